import type { CopyDecoder } from '../decode/copy-decoder.ts';
import { DecodeFailures } from '../decode/failures.ts';
import type { EncodedRowGroup } from '../parquet/encoded.ts';
import type { ParquetOptions } from '../parquet/options.ts';
import { RowGroupEncoder } from '../parquet/row-group-encoder.ts';
import type { Conninfo } from '../postgres/conninfo.ts';
import type { Transport } from '../postgres/copy-sql.ts';
import { queryError } from '../postgres/server-error.ts';
import { type BackendKey, Session } from '../postgres/session.ts';
import { adoptSnapshot } from '../postgres/transaction.ts';
import type { Field } from '../types/kinds.ts';
import type { ColumnPlan } from '../types/pg-type.ts';
import { DECODE_FUNCTIONS } from '../types/registry.ts';
import { CsvSpool } from './csv-spool.ts';
import { PacedEncoder } from './paced-encoder.ts';
import { DECODERS, RowReader } from './row-reader.ts';

/** What one job reads and how it encodes it: plain data, posted to its worker thread. */
export interface JobPlan {
  readonly conninfo: Conninfo;
  readonly snapshot: string;
  readonly copySql: string;
  readonly transport: Transport;
  /** Where the rows are also kept as they come; null for nowhere. Only for the csv transport. */
  readonly tempFile: string | null;
  readonly columns: readonly ColumnPlan[];
  readonly fields: readonly Field[];
  readonly parquet: ParquetOptions;
  readonly rowGroupSize: number;
  readonly blockSize: number;
  readonly onUnrepresentable: 'error' | 'null';
}

/** What a finished job says. */
export interface JobResult {
  readonly rows: number;
  /** As `ExportSummary.unrepresentable`. */
  readonly unrepresentable: Readonly<Record<string, number>>;
}

/** What a job reports while it runs. */
export interface JobReports {
  /** The connection is there and the COPY is about to start; `backend` can be cancelled from now on. */
  onStarted(backend: BackendKey): void;
  onProgress(rows: number, bytesReceived: number): void;
  /** A finished row group. The job reads on while it is being written, but stops when the next one is finished too. */
  onRowGroup(rowGroup: EncodedRowGroup): void;
}

/** Finished row groups that may wait to be written before the job stops reading. */
const MAX_WAITING_ROW_GROUPS = 1;

/**
 * Reads one COPY over a connection of its own and encodes it into row groups. `run` resolves when all of it was handed
 * to `onRowGroup`. Throws `ExportError`.
 */
export class Job {
  readonly #plan: JobPlan;
  readonly #reports: JobReports;
  readonly #decoder: CopyDecoder;
  readonly #failures: DecodeFailures;
  readonly #reader: RowReader;
  readonly #encoder: PacedEncoder;
  #session: Session | null = null;
  #spool: CsvSpool | null = null;
  #waiting = 0;

  constructor(plan: JobPlan, reports: JobReports) {
    this.#plan = plan;
    this.#reports = reports;
    const encoder = new RowGroupEncoder(plan.fields, plan.parquet);
    this.#encoder = new PacedEncoder(encoder, plan.rowGroupSize, {
      onRowGroup: (rowGroup) => this.#handOver(rowGroup),
      recycle: (index, column) => this.#decoder.recycleColumn(index, column),
    });
    this.#failures = new DecodeFailures(plan.columns, plan.onUnrepresentable);
    this.#decoder = new DECODERS[plan.transport](plan.columns, DECODE_FUNCTIONS, this.#failures, {
      onBatch: (batch) => this.#encoder.push(batch),
      maxRows: () => this.#encoder.maxRows,
    });
    this.#reader = new RowReader(this.#decoder, (rows, bytes) => reports.onProgress(rows, bytes));
  }

  async run(): Promise<JobResult> {
    const session = await Session.open(this.#plan.conninfo, this.#plan.blockSize);
    this.#session = session;
    try {
      await adoptSnapshot(session, this.#plan.snapshot);
      if (this.#plan.tempFile !== null) this.#spool = new CsvSpool(this.#plan.tempFile);
      this.#reports.onStarted(session.backend);
      const sent = await session.copyOut(this.#plan.copySql, this);
      this.#reader.finish(sent);
      this.#encoder.finish();
      await session.close();
      return { rows: sent, unrepresentable: this.#failures.unrepresentableCounts() };
    } catch (error) {
      session.destroy();
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

  /** A row group that `onRowGroup` got has been written. */
  rowGroupWritten(): void {
    this.#waiting--;
    if (this.#waiting === MAX_WAITING_ROW_GROUPS) this.#session?.resume();
  }

  #handOver(rowGroup: EncodedRowGroup): void {
    this.#waiting++;
    if (this.#waiting > MAX_WAITING_ROW_GROUPS) this.#session?.pause();
    this.#reports.onRowGroup(rowGroup);
  }
}
