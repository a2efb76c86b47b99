import { ParquetFileWriter } from '../../parquet/file/file-writer.ts';
import { type ParquetChoices, parquetOptions } from '../../parquet/options.ts';
import { RowGroupEncoder } from '../../parquet/row-group-encoder.ts';
import { arrowSchemaKey } from '../../parquet/schema/arrow-schema.ts';
import type { Sink } from '../../sink/sink.ts';
import type { Field } from '../../types/kinds.ts';
import { VERSION } from '../../version.ts';
import { checkTypes } from './check-types.ts';
import { type Collector, collectorOf } from './collectors.ts';
import type { DuckDB } from './duckdb.ts';
import { vectorMemory } from './vector.ts';

/** A page, as exports have them at most. */
const PAGE_ROWS = 16_384;
const PAGE_BYTES = 8 << 20;

/** How the rows become a file. */
export interface OutputFormat {
  readonly fields: readonly Field[];
  /** Key-value metadata besides the Arrow schema. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly choices: ParquetChoices;
  readonly rowGroupSize: number;
  /** Bytes of compressed pages at which a row group ends. */
  readonly rowGroupBytes: number;
}

/** What has been written. */
export interface OutputTotals {
  readonly rows: number;
  readonly rowGroups: number;
  readonly bytes: number;
  /** NULLs by column; only columns that have any. */
  readonly nulls: Readonly<Record<string, number>>;
}

/** Writes results of DuckDB into a Parquet file, every value as the fields have it. */
export class ParquetOutput {
  readonly #duckdb: DuckDB;
  readonly #format: OutputFormat;
  readonly #file: ParquetFileWriter;
  readonly #encoder: RowGroupEncoder;
  readonly #collectors: readonly Collector[];
  /** Rows that are gathered for a page, and those of the row group that are encoded. */
  #gathered = 0;
  #encoded = 0;
  /** The chunk whose memory is being read, so that it is not collected meanwhile. */
  #chunk: unknown = null;

  private constructor(duckdb: DuckDB, format: OutputFormat, file: ParquetFileWriter) {
    this.#duckdb = duckdb;
    this.#format = format;
    this.#file = file;
    this.#encoder = new RowGroupEncoder(format.fields, parquetOptions(format.choices));
    this.#collectors = format.fields.map(({ type }) => collectorOf(type, duckdb.vectors));
  }

  static async create(duckdb: DuckDB, sink: Sink, format: OutputFormat): Promise<ParquetOutput> {
    const { fields, metadata, choices } = format;
    const file = new ParquetFileWriter(sink, fields, {
      ...parquetOptions(choices),
      sortingColumns: [],
      keyValueMetadata: { 'ARROW:schema': await arrowSchemaKey(fields), ...metadata },
      createdBy: `ddpp version ${VERSION}`,
    });
    return new ParquetOutput(duckdb, format, file);
  }

  /** Appends all rows of a query, whose columns are the fields in their order. */
  async append(sql: string): Promise<void> {
    const result = await this.#duckdb.connection.stream(sql);
    checkTypes(this.#duckdb, result.columnTypes(), this.#format.fields);
    for (let chunk = await result.fetchChunk(); chunk !== null; chunk = await result.fetchChunk()) {
      if (chunk.rowCount === 0) break;
      this.#chunk = chunk.chunk;
      await this.#appendChunk(chunk.rowCount);
    }
    this.#chunk = null;
  }

  /** Writes what is left and the footer; the sink stays open. */
  async finish(): Promise<OutputTotals> {
    await this.#endPage();
    if (this.#encoded > 0) await this.#endRowGroup();
    const { rows, rowGroups, bytes, nulls } = await this.#file.finish();
    const names = this.#format.fields.map(({ name }) => name);
    const counts = names.map((name, i) => [name, nulls[i]!] as const).filter(([, count]) => count > 0);
    return { rows, rowGroups, bytes, nulls: Object.fromEntries(counts) };
  }

  async #appendChunk(rows: number): Promise<void> {
    const { vectors } = this.#duckdb;
    const memories = this.#format.fields.map(({ type }, i) =>
      vectorMemory(vectors, vectors.data_chunk_get_vector(this.#chunk, i), rows, type),
    );
    for (let from = 0; from < rows; ) {
      const room = Math.min(PAGE_ROWS, this.#format.rowGroupSize - this.#encoded) - this.#gathered;
      const count = Math.min(rows - from, room);
      this.#collectors.forEach((collector, i) => {
        collector.append(memories[i]!, from, count);
      });
      this.#gathered += count;
      from += count;
      if (count === room || this.#gatheredBytes() >= PAGE_BYTES) await this.#endPage();
    }
  }

  #gatheredBytes(): number {
    return this.#collectors.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async #endPage(): Promise<void> {
    if (this.#gathered === 0) return;
    this.#collectors.forEach((collector, i) => {
      this.#encoder.appendColumn(i, collector.column());
      collector.clear();
    });
    this.#encoded += this.#gathered;
    this.#gathered = 0;
    const { rowGroupSize, rowGroupBytes } = this.#format;
    if (this.#encoded === rowGroupSize || this.#encoder.encodedBytes >= rowGroupBytes)
      await this.#endRowGroup();
  }

  async #endRowGroup(): Promise<void> {
    const rowGroup = this.#encoder.finish(this.#encoded);
    this.#encoded = 0;
    await this.#file.writeRowGroup(rowGroup);
    this.#encoder.recycle(rowGroup.blocks);
  }
}
