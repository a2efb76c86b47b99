import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { ExportError } from '../errors.ts';
import { hexChecksum } from '../parquet/file/checksum-keys.ts';
import { Coverage, gaps } from './coverage.ts';
import { type ByteSource, FileBytes } from './file-bytes.ts';
import type { FileContext } from './file-context.ts';
import { type Footer, readFooter } from './footer.ts';
import { damaged, Problem } from './problem.ts';
import { type ExpectedRowGroup, type Files, RowGroupCheck } from './row-group-check.ts';
import { checkArrowSchema } from './schema/arrow-schema.ts';
import { type FileSchema, fileSchema } from './schema/file-schema.ts';
import { CompactReader } from './thrift/compact-reader.ts';
import { type RowGroup, rowGroupKind } from './thrift/metadata.ts';

/** What a file that is good consists of. */
export interface FileReport {
  readonly rows: number;
  readonly rowGroups: number;
  /** Leaf columns. */
  readonly columns: number;
  /** Data pages. */
  readonly pages: number;
  readonly bytes: number;
  /** Program and version that wrote it, in its own words; null where it does not say. */
  readonly createdBy: string | null;
  /** What is in the file but could not be checked, in words; empty for files of ddpp. */
  readonly notChecked: readonly string[];
}

export interface VerifyOptions {
  /** What the row groups must hold, in file order; without it the file is only held against itself. */
  readonly expected?: readonly ExpectedRowGroup[] | undefined;
  /** Ends it, between two pages. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks a whole Parquet file of any writer: footer, schema, every page and every value, all statistics and indexes. One
 * page at a time is in memory. Throws `ExportError`: `corrupt` for a file that is not good, naming row group, column and
 * page, which are counted from 0; `usage` for one that cannot be read; `unsupported` where a codec's package is missing.
 *
 * @example
 * const { rows, rowGroups } = await verifyFile('obs_sbn.parquet');
 */
export async function verifyFile(path: string, options: VerifyOptions = {}): Promise<FileReport> {
  const handle = await open(path, 'r').catch(unreadable(path));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw notAFile(path);
    const read = async (into: Uint8Array, position: number) =>
      (await handle.read(into, 0, into.length, position)).bytesRead;
    return await verifySource({ size: stats.size, read }, path, options);
  } finally {
    await handle.close();
  }
}

/** As `verifyFile`, for a file that is open already; `name` is what messages call it. */
export async function verifySource(
  source: ByteSource,
  name: string,
  options: VerifyOptions = {},
): Promise<FileReport> {
  try {
    return await new FileCheck(source, options).run();
  } catch (error) {
    throw error instanceof Problem ? damaged(error, name) : error;
  }
}

class FileCheck {
  readonly #files: Files;
  readonly #options: VerifyOptions;
  readonly #notChecked = new Set<string>();
  readonly #unknownFields = new Set<string>();
  readonly #pages = new Coverage();
  readonly #others = new Coverage();

  constructor(source: ByteSource, options: VerifyOptions) {
    this.#files = { pages: new FileBytes(source), indexes: new FileBytes(source) };
    this.#options = options;
  }

  async run(): Promise<FileReport> {
    const footer = await inFooter(() => readFooter(this.#files.indexes, this.#unknownFields));
    const { metadata } = footer;
    const schema = await inFooter(async () => fileSchema(metadata.schema));
    const context = await inFooter(async () => this.#context(footer, schema));
    const pages = await this.#checkRowGroups(footer, schema, context);
    await this.#checkRest(footer);
    if (this.#unknownFields.size > 0) {
      const names = [...this.#unknownFields].join(', ');
      if (footer.own) throw new Problem(`its metadata have fields that there are not: ${names}`);
      this.#notChecked.add(`metadata that are newer than this program (${names})`);
    }
    return {
      rows: metadata.num_rows,
      rowGroups: metadata.row_groups.length,
      columns: schema.leaves.length,
      pages,
      bytes: this.#files.pages.size,
      createdBy: metadata.created_by ?? null,
      notChecked: [...this.#notChecked],
    };
  }

  #context({ metadata, own, start }: Footer, schema: FileSchema): FileContext {
    const { column_orders: orders } = metadata;
    if (orders !== undefined && orders.length !== schema.leaves.length) {
      throw new Problem(`it orders ${orders.length} columns, the schema has ${schema.leaves.length}`);
    }
    if (own && orders?.some(({ member }) => member !== 'TYPE_ORDER') !== false) {
      throw new Problem('it does not say how the columns are ordered');
    }
    const arrowSchema = metadata.key_value_metadata?.find(({ key }) => key === 'ARROW:schema')?.value;
    if (arrowSchema !== undefined) this.#checkArrowSchema(arrowSchema, schema, own);
    return {
      own,
      notChecked: this.#notChecked,
      unknownFields: this.#unknownFields,
      footerStart: start,
      orderOf: (leaf) => (orders?.[leaf.index]?.member === 'TYPE_ORDER' ? leaf.order : null),
    };
  }

  #checkArrowSchema(value: Uint8Array, schema: FileSchema, own: boolean): void {
    try {
      const unknown = checkArrowSchema(value, schema, own);
      if (unknown !== null) this.#notChecked.add(unknown);
    } catch (error) {
      throw error instanceof Problem ? error.at({ part: 'ARROW:schema' }) : error;
    }
  }

  async #checkRowGroups(
    { metadata, bytes }: Footer,
    schema: FileSchema,
    context: FileContext,
  ): Promise<number> {
    const { expected, signal } = this.#options;
    const count = metadata.row_groups.length;
    if (expected !== undefined && expected.length !== count) {
      throw new Problem(`it has ${count} row groups, ${expected.length} were written`);
    }
    const check = new RowGroupCheck(this.#files, schema, context, () => signal?.throwIfAborted());
    let rows = 0;
    let pages = 0;
    for (const [ordinal, position] of metadata.row_groups.entries()) {
      try {
        const reader = new CompactReader(bytes, position, this.#unknownFields);
        const rowGroup: RowGroup = rowGroupKind.read(reader);
        const checked = await check.check(rowGroup, ordinal, expected?.[ordinal] ?? null);
        this.#pages.add(checked.pageRanges);
        this.#others.add(checked.otherRanges);
        rows += rowGroup.num_rows;
        pages += checked.pages;
      } catch (error) {
        throw error instanceof Problem ? error.at({ rowGroup: ordinal }) : error;
      }
    }
    if (rows !== metadata.num_rows) {
      throw new Problem(`its row groups have ${rows} rows, the footer says ${metadata.num_rows}`);
    }
    return pages;
  }

  /** Checks that nothing overlaps; of ddpp's own files that nothing lies between, and the checksum of all but pages. */
  async #checkRest({ own, indexChecksum, start }: Footer): Promise<void> {
    const all = Coverage.all(this.#pages, this.#others);
    if (!own) return;
    const [gap] = gaps(all, 4, start);
    if (gap !== undefined) throw new Problem(`bytes ${gap.from} to ${gap.end} belong to nothing`);
    let checksum = 0;
    for (const { from, end } of gaps(Coverage.all(this.#pages), 4, start)) {
      for (let at = from; at < end; ) {
        const piece = await this.#files.indexes.upTo(at, PIECE, end);
        checksum = crc32(piece, checksum);
        at += piece.length;
      }
    }
    if (hexChecksum(checksum) !== indexChecksum)
      throw new Problem('the checksum of its page indexes and bloom filters is wrong');
  }
}

const PIECE = 1 << 18;

async function inFooter<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof Problem ? error.at({ part: 'footer' }) : error;
  }
}

function unreadable(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const missing = error.code === 'ENOENT';
    throw new ExportError(
      'usage',
      missing ? `there is no file ${path}` : `${path} cannot be read: ${error.message}`,
      {
        stage: 'verify',
        hint: missing ? 'check the path for a typing error' : 'name a file that you may read',
        cause: error,
      },
    );
  };
}

function notAFile(path: string): ExportError {
  return new ExportError('usage', `${path} is no regular file`, {
    stage: 'verify',
    hint: 'name Parquet files; a directory must be named file by file',
  });
}
