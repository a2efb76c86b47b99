import { ChunkCheck, type Observers } from './chunk/chunk-check.ts';
import { readPageHeader } from './chunk/page-header.ts';
import { PageIndexCheck, type Range } from './chunk/page-index.ts';
import type { FileBytes } from './file-bytes.ts';
import type { FileContext } from './file-context.ts';
import { type BloomFilterCheck, readBloomFilter } from './observers/bloom-filter.ts';
import { ChunkChecksum } from './observers/checksum.ts';
import { SortCheck, type Ties } from './observers/sorting.ts';
import { Problem, within } from './problem.ts';
import type { FileSchema, Leaf } from './schema/file-schema.ts';
import type { ColumnChunk, ColumnMetaData, RowGroup } from './thrift/metadata.ts';

/** What a row group must hold, as it was before it was encoded. */
export interface ExpectedRowGroup {
  readonly rows: number;
  /** Three numbers per leaf column: see `LeafChecksum`. */
  readonly checksums: ArrayLike<number>;
}

/** The file, through one window for its pages and one for what is elsewhere. */
export interface Files {
  readonly pages: FileBytes;
  readonly indexes: FileBytes;
}

/** Where a row group's pages lie, and where all else that belongs to it. */
export interface CheckedRowGroup {
  readonly pages: number;
  readonly pageRanges: readonly Range[];
  readonly otherRanges: readonly Range[];
}

/** Checks a row group, one column chunk after the other. */
export class RowGroupCheck {
  readonly #files: Files;
  readonly #schema: FileSchema;
  readonly #context: FileContext;
  readonly #onPage: () => void;
  #pages = 0;
  #pageRanges: Range[] = [];
  #otherRanges: Range[] = [];

  /** `onPage` is called before each page, and may throw to end it. */
  constructor(files: Files, schema: FileSchema, context: FileContext, onPage: () => void) {
    this.#files = files;
    this.#schema = schema;
    this.#context = context;
    this.#onPage = onPage;
  }

  /** Throws `Problem`. */
  async check(
    rowGroup: RowGroup,
    ordinal: number,
    expected: ExpectedRowGroup | null,
  ): Promise<CheckedRowGroup> {
    this.#pages = 0;
    this.#pageRanges = [];
    this.#otherRanges = [];
    const { leaves } = this.#schema;
    if (rowGroup.columns.length !== leaves.length) {
      throw new Problem(`it has ${rowGroup.columns.length} columns, the schema ${leaves.length}`);
    }
    if (expected !== null && expected.rows !== rowGroup.num_rows) {
      throw new Problem(`it has ${rowGroup.num_rows} rows, ${expected.rows} were read from the server`);
    }
    checkTotals(rowGroup, ordinal, this.#context);
    // Sorting columns come first, each needing to know which rows are equal in those before.
    const sorted = this.#sortChecks(rowGroup);
    const order = [...sorted.keys(), ...leaves.filter((leaf) => !sorted.has(leaf))];
    for (const leaf of order) {
      const chunk = rowGroup.columns[leaf.index]!;
      const checksums =
        expected === null
          ? null
          : Array.from({ length: 3 }, (_, i) => expected.checksums[3 * leaf.index + i]!);
      try {
        await this.#chunk(chunk, leaf, rowGroup.num_rows, sorted.get(leaf) ?? null, checksums);
      } catch (error) {
        throw error instanceof Problem ? error.at({ column: leaf.name }) : error;
      }
    }
    return { pages: this.#pages, pageRanges: this.#pageRanges, otherRanges: this.#otherRanges };
  }

  #sortChecks({ sorting_columns: columns = [] }: RowGroup): Map<Leaf, SortCheck> {
    const checks = new Map<Leaf, SortCheck>();
    let above: Ties | null = null;
    for (const { column_idx: index, descending, nulls_first: nullsFirst } of columns) {
      const leaf = this.#schema.leaves[index];
      if (leaf === undefined) throw new Problem(`it is sorted by column ${index}, which there is not`);
      const order = this.#context.orderOf(leaf);
      if (order === null || leaf.maxRepetition > 0 || checks.has(leaf)) {
        this.#context.notChecked.add(`the order of the rows from ${leaf.name} on`);
        break;
      }
      const check = new SortCheck(leaf, order, { descending, nullsFirst }, above);
      checks.set(leaf, check);
      above = check.ties;
    }
    return checks;
  }

  async #chunk(
    chunk: ColumnChunk,
    leaf: Leaf,
    rows: number,
    sorting: SortCheck | null,
    expected: readonly number[] | null,
  ): Promise<void> {
    const context = this.#context;
    const meta = metadataOf(chunk, leaf, context);
    if (leaf.maxRepetition === 0 ? meta.num_values !== rows : meta.num_values < rows) {
      throw new Problem(`it has ${meta.num_values} values, the row group ${rows} rows`);
    }
    const index = await PageIndexCheck.read(this.#files.indexes, chunk, leaf, context);
    this.#otherRanges.push(...index.ranges);
    const bloomFilter = await this.#bloomFilter(meta);
    const checksum = expected === null ? null : new ChunkChecksum(leaf);
    const observers: Observers = {
      values: [bloomFilter, sorting, checksum].filter((each) => each !== null),
      levels: [sorting, checksum].filter((each) => each !== null),
      endPage: () => sorting?.endPage(),
    };
    const check = new ChunkCheck(meta, leaf, context, index, observers);
    await this.#readPages(check, meta);
    check.finish();
    if (check.rows !== rows) throw new Problem(`it has ${check.rows} rows, the row group ${rows}`);
    if (checksum?.take().some((crc, i) => crc !== expected![i])) {
      throw new Problem('its values are not those that were read from the server');
    }
    this.#pages += check.pages;
  }

  async #readPages(check: ChunkCheck, meta: ColumnMetaData): Promise<void> {
    const { pages } = this.#files;
    const start = firstPageOf(meta);
    const end = start + meta.total_compressed_size;
    // Other writers give columns without pages no place.
    if (meta.total_compressed_size === 0 && meta.num_values === 0 && !this.#context.own) return;
    if (start < 4 || meta.total_compressed_size < 0 || end > this.#context.footerStart) {
      throw new Problem(
        `its pages, bytes ${start} to ${end}, are not between the file's begin and its footer`,
      );
    }
    this.#pageRanges.push({ from: start, end, what: 'a column chunk' });
    for (let at = start; at < end; ) {
      this.#onPage();
      try {
        const page = await readPageHeader(pages, at, end, this.#context.unknownFields);
        const body = at + page.headerLength;
        if (page.length > end - body)
          throw new Problem(`its header says ${page.length} bytes, the chunk has ${end - body} left`);
        const stored = await pages.at(body, page.length);
        within(page.contents.kind === 'dictionary' ? { part: 'dictionary page' } : {}, () =>
          check.page(page, stored),
        );
        at = body + page.length;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        throw error.place.part === 'dictionary page' ? error : error.at({ page: check.pages });
      }
    }
  }

  async #bloomFilter(meta: ColumnMetaData): Promise<BloomFilterCheck | null> {
    const { bloom_filter_offset: offset, bloom_filter_length: length } = meta;
    if (offset === undefined) {
      if (length !== undefined) throw new Problem('its bloom filter has a length but no offset');
      return null;
    }
    try {
      const { check, end } = await readBloomFilter(
        this.#files.indexes,
        offset,
        length,
        this.#context.unknownFields,
      );
      if (end > this.#context.footerStart) throw new Problem('it is not before the footer');
      this.#otherRanges.push({ from: offset, end, what: 'a bloom filter' });
      return check;
    } catch (error) {
      throw error instanceof Problem ? error.at({ part: 'bloom filter' }) : error;
    }
  }
}

/** Some writers have an offset of 0 where there is no dictionary, or no page of data. */
function firstPageOf({
  data_page_offset: data,
  dictionary_page_offset: dictionary = 0,
}: ColumnMetaData): number {
  return dictionary > 0 && (dictionary < data || data === 0) ? dictionary : data;
}

function checkTotals(rowGroup: RowGroup, ordinal: number, { own }: FileContext): void {
  const {
    columns,
    total_byte_size: total,
    total_compressed_size: compressed,
    file_offset: offset,
  } = rowGroup;
  if (rowGroup.num_rows < 0) throw new Problem(`it counts ${rowGroup.num_rows} rows`);
  if (rowGroup.ordinal !== undefined && rowGroup.ordinal !== ordinal) {
    throw new Problem(`it calls itself row group ${rowGroup.ordinal}`);
  }
  const sum = (size: (meta: ColumnMetaData) => number) =>
    columns.reduce((bytes, { meta_data }) => bytes + (meta_data === undefined ? 0 : size(meta_data)), 0);
  const uncompressedSum = sum((meta) => meta.total_uncompressed_size);
  if (total !== uncompressedSum)
    throw new Problem(`its columns have ${uncompressedSum} bytes, it says ${total}`);
  const compressedSum = sum((meta) => meta.total_compressed_size);
  if (compressed !== undefined && compressed !== compressedSum) {
    throw new Problem(`its columns have ${compressedSum} compressed bytes, it says ${compressed}`);
  }
  const first = columns[0]?.meta_data;
  if (own && first !== undefined && offset !== firstPageOf(first)) {
    throw new Problem(`it begins at ${firstPageOf(first)}, it says ${offset}`);
  }
}

function metadataOf(chunk: ColumnChunk, leaf: Leaf, { own }: FileContext): ColumnMetaData {
  const { meta_data: meta, file_path: path, crypto_metadata: crypto } = chunk;
  if (crypto !== undefined || chunk.encrypted_column_metadata !== undefined) {
    throw new Problem('it is encrypted, and cannot be checked');
  }
  if (path !== undefined) throw new Problem('its data are in another file, and cannot be checked');
  if (meta === undefined) throw new Problem('the footer says nothing of it');
  if (meta.type !== leaf.physical) throw new Problem("its type is not the schema's");
  if (meta.path_in_schema.join('\0') !== leaf.path.join('\0')) {
    throw new Problem(`its path is ${meta.path_in_schema.join('.')}`);
  }
  if (own && chunk.file_offset !== 0) throw new Problem(`its file offset is ${chunk.file_offset}`);
  return meta;
}
