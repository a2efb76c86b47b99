import type { RecordBatch, Schema } from 'apache-arrow';
import { fromArrowBatch, fromArrowSchema } from '../arrow/from-record-batch.ts';
import { ExportError } from '../errors.ts';
import type { Compression } from '../parquet/compression/compress.ts';
import { ParquetFileWriter } from '../parquet/file/file-writer.ts';
import type { ByteOutput } from '../parquet/file/slice-writer.ts';
import type { EncodingChoice } from '../parquet/options.ts';
import { type ParquetChoices, parquetOptions, type SortingColumn } from '../parquet/options.ts';
import { RowGroupEncoder } from '../parquet/row-group-encoder.ts';
import { arrowSchemaKey } from '../parquet/schema/arrow-schema.ts';
import type { Field } from '../types/kinds.ts';
import { VERSION } from '../version.ts';
import { DEFAULT_ROW_GROUP_SIZE } from './settings.ts';

export type { Compression, EncodingChoice };

/**
 * Where a file's bytes go: the chunks are to be written in order, and the promise to resolve when their memory may be
 * used again.
 */
export type ParquetOutput = ByteOutput;

/** One column that the rows are sorted by. */
export interface SortedBy {
  readonly column: string;
  /** Default false. */
  readonly descending?: boolean | undefined;
  /** Default false. */
  readonly nullsFirst?: boolean | undefined;
}

export interface ParquetWriterOptions extends ParquetChoices {
  /** Rows per row group; default 1,000,000. */
  readonly rowGroupSize?: number | undefined;
  /** What the rows are sorted by, in the order that the Parquet format gives each type. It is not checked. */
  readonly sortedBy?: readonly SortedBy[] | undefined;
  /** Entries of the file's key-value metadata. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** What has been written. */
export interface ParquetSummary {
  readonly rows: number;
  readonly rowGroups: number;
  /** Size of the file in bytes. */
  readonly fileBytes: number;
}

/** Writes `apache-arrow` record batches into a Parquet file; see `ddpp/parquet`. */
export class ParquetWriter {
  readonly #fields: readonly Field[];
  readonly #encoder: RowGroupEncoder;
  readonly #rowGroupSize: number;
  readonly #types: string;
  readonly #open: () => Promise<ParquetFileWriter>;
  #file: ParquetFileWriter | null = null;
  #rows = 0;
  #closed = false;

  constructor(output: ParquetOutput, schema: Schema, options: ParquetWriterOptions = {}) {
    const parquet = parquetOptions(options);
    const fields = fromArrowSchema(schema);
    const sortingColumns = (options.sortedBy ?? []).map((sorted) => sortingColumn(fields, sorted));
    this.#fields = fields;
    this.#types = typesOf(schema);
    this.#rowGroupSize = rowGroupSizeOf(options);
    this.#encoder = new RowGroupEncoder(fields, parquet);
    this.#open = async () =>
      new ParquetFileWriter(output, fields, {
        ...parquet,
        sortingColumns,
        keyValueMetadata: { 'ARROW:schema': await arrowSchemaKey(fields), ...options.metadata },
        createdBy: `ddpp version ${VERSION}`,
      });
  }

  /** Adds a batch, whose schema must be the writer's. Await each call before the next. */
  async write(batch: RecordBatch): Promise<void> {
    this.#requireOpen();
    if (typesOf(batch.schema) !== this.#types) {
      throw new ExportError('unsupported', "a record batch has another schema than the writer's", {
        stage: 'encode',
        hint: 'make all batches of the schema that the writer was given',
      });
    }
    for (let from = 0; from < batch.numRows; ) {
      const to = Math.min(batch.numRows, from + this.#rowGroupSize - this.#rows);
      this.#append(from === 0 && to === batch.numRows ? batch : batch.slice(from, to));
      if (this.#rows === this.#rowGroupSize) await this.#finishRowGroup();
      from = to;
    }
  }

  /** Writes the last row group and the footer. Does not close the output. */
  async close(): Promise<ParquetSummary> {
    this.#requireOpen();
    this.#closed = true;
    if (this.#rows > 0) await this.#finishRowGroup();
    this.#file ??= await this.#open();
    const { rows, rowGroups, bytes } = await this.#file.finish();
    return { rows, rowGroups, fileBytes: bytes };
  }

  #append(batch: RecordBatch): void {
    fromArrowBatch(batch, this.#fields).columns.forEach((column, i) => {
      this.#encoder.appendColumn(i, column);
    });
    this.#rows += batch.numRows;
  }

  async #finishRowGroup(): Promise<void> {
    const rowGroup = this.#encoder.finish(this.#rows);
    this.#rows = 0;
    this.#file ??= await this.#open();
    await this.#file.writeRowGroup(rowGroup);
    this.#encoder.recycle(rowGroup.blocks);
  }

  #requireOpen(): void {
    if (!this.#closed) return;
    throw new ExportError('usage', 'the Parquet writer is closed', {
      stage: 'encode',
      hint: 'make a writer for each file',
    });
  }
}

/** What must not differ between the batches of a file: names and types. */
function typesOf(schema: Schema): string {
  return JSON.stringify(schema.fields.map(({ name, type }) => [name, String(type)]));
}

function rowGroupSizeOf({ rowGroupSize = DEFAULT_ROW_GROUP_SIZE }: ParquetWriterOptions): number {
  if (Number.isInteger(rowGroupSize) && rowGroupSize >= 1 && rowGroupSize <= 0x7fffffff) return rowGroupSize;
  throw new ExportError('usage', `rowGroupSize is ${rowGroupSize}`, {
    stage: 'options',
    hint: `give a whole number from 1 to ${0x7fffffff}`,
  });
}

function sortingColumn(
  fields: readonly Field[],
  { column, descending, nullsFirst }: SortedBy,
): SortingColumn {
  const field = fields.findIndex(({ name }) => name === column);
  if (field >= 0 && !['list', 'struct', 'map'].includes(fields[field]!.type.id)) {
    return { field, descending: descending ?? false, nullsFirst: nullsFirst ?? false };
  }
  throw new ExportError('unsupported', `the rows cannot be sorted by ${column}`, {
    stage: 'options',
    column,
    hint: 'name columns of the schema that are not nested',
  });
}
