import type { CopyDecoder } from '../../decode/copy-decoder.ts';
import { DecodeFailures } from '../../decode/failures.ts';
import type { EncodedRowGroup } from '../../parquet/encoded.ts';
import { sharedMemory } from '../../parquet/memory/arena.ts';
import type { ParquetOptions } from '../../parquet/options.ts';
import { RowGroupEncoder } from '../../parquet/row-group-encoder.ts';
import type { Transport } from '../../postgres/copy-sql.ts';
import { queryError } from '../../postgres/server-error.ts';
import type { Field } from '../../types/kinds.ts';
import type { ColumnPlan } from '../../types/pg-type.ts';
import { DECODE_FUNCTIONS } from '../../types/registry.ts';
import { CsvSpool } from './csv-spool.ts';
import type { JobConnection } from './job-connection.ts';
import { PacedEncoder, type RowGroupLimits } from './paced-encoder.ts';
import type { Part } from './part.ts';
import { DECODERS, RowReader } from './row-reader.ts';

/** How a job decodes and encodes: plain data, posted to its worker thread. */
export interface JobPlan {
  readonly transport: Transport;
  /** Where the rows are also kept as they come; null for nowhere. Only for the csv transport. */
  readonly tempFile: string | null;
  readonly columns: readonly ColumnPlan[];
  readonly fields: readonly Field[];
  readonly parquet: ParquetOptions;
  readonly rowGroupLimits: RowGroupLimits;
  readonly onUnrepresentable: 'error' | 'null';
}

/** What a finished job says. */
export interface JobResult {
  readonly rows: number;
  /** As `ExportSummary.unrepresentable`. */
  readonly unrepresentable: Readonly<Record<string, number>>;
}

/** What a job asks for and reports while it runs. */
export interface JobHost {
  /** The next part to read; null when there is none left. */
  nextPart(): Promise<Part | null>;
  onProgress(rows: number, bytesReceived: number): void;
  /** A finished row group. The job reads on while it is being written, but stops when the next one is finished too. */
  onRowGroup(rowGroup: EncodedRowGroup): void;
}

/** Finished row groups that may wait to be written before the job stops reading. */
export const MAX_WAITING_ROW_GROUPS = 1;

/** Reads parts of a result over one connection and encodes them into row groups, which go on from part to part. */
export class Job {
  readonly #host: JobHost;
  readonly #connection: JobConnection;
  readonly #decoder: CopyDecoder;
  readonly #failures: DecodeFailures;
  readonly #reader: RowReader;
  readonly #rowGroups: RowGroupEncoder;
  readonly #encoder: PacedEncoder;
  #spool: CsvSpool | null;
  /** The memory of row groups that wait to be written. */
  readonly #waiting: (readonly Uint8Array[])[] = [];

  /** Throws `ExportError` (`output`). */
  constructor(plan: JobPlan, connection: JobConnection, host: JobHost) {
    this.#host = host;
    this.#connection = connection;
    this.#rowGroups = new RowGroupEncoder(plan.fields, plan.parquet, sharedMemory);
    this.#encoder = new PacedEncoder(this.#rowGroups, plan.rowGroupLimits, {
      onRowGroup: (rowGroup) => this.#handOver(rowGroup),
      recycle: (index, column) => this.#decoder.recycleColumn(index, column),
    });
    this.#failures = new DecodeFailures(plan.columns, plan.onUnrepresentable);
    this.#decoder = new DECODERS[plan.transport](plan.columns, DECODE_FUNCTIONS, this.#failures, {
      onBatch: (batch) => this.#encoder.push(batch),
      maxRows: () => this.#encoder.maxRows,
    });
    this.#reader = new RowReader(this.#decoder, (rows, bytes) => host.onProgress(rows, bytes));
    this.#spool = plan.tempFile === null ? null : new CsvSpool(plan.tempFile);
  }

  /** Resolves when all parts have been handed to `onRowGroup`. Throws `ExportError`. */
  async run(): Promise<JobResult> {
    try {
      for (;;) {
        const part = await this.#host.nextPart();
        if (part === null) break;
        this.#failures.beginPart(part.label);
        this.#reader.begin();
        this.#reader.end(await this.#connection.read(part, this));
      }
      this.#decoder.finish();
      this.#encoder.finish();
      return { rows: this.#decoder.rowCount, unrepresentable: this.#failures.unrepresentableCounts() };
    } catch (error) {
      throw queryError(error, 'copy');
    } finally {
      this.closeTempFile();
    }
  }

  /** Writes what is still to go into the intermediate file and closes it; rows that come later are not kept. */
  closeTempFile(): void {
    const spool = this.#spool;
    this.#spool = null;
    spool?.close();
  }

  /** Consumes CopyData messages: see `CopyConsumer`. */
  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    // Kept before it is decoded: a row that cannot be is the one to look at.
    this.#spool?.add(b, v, p, stop);
    const end = this.#reader.decode(b, v, p, stop);
    this.#encoder.keepPace(this.#decoder.fill);
    return end;
  }

  /** The first of the row groups that `onRowGroup` got and that wait has been written. */
  rowGroupWritten(): void {
    this.#rowGroups.recycle(this.#waiting.shift()!);
    if (this.#waiting.length === MAX_WAITING_ROW_GROUPS) this.#connection.resume();
  }

  #handOver(rowGroup: EncodedRowGroup): void {
    this.#waiting.push(rowGroup.blocks);
    if (this.#waiting.length > MAX_WAITING_ROW_GROUPS) this.#connection.pause();
    this.#host.onRowGroup(rowGroup);
  }
}
