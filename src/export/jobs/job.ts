import type { CopyDecoder } from '../../decode/copy-decoder.ts';
import { DecodeFailures } from '../../decode/failures.ts';
import { queryError } from '../../postgres/server-error.ts';
import { CsvSpool } from './csv-spool.ts';
import type { JobConnection } from './job-connection.ts';
import type { JobPlan } from './job-plan.ts';
import type { Part } from './part.ts';
import type { RowGroupMaker } from './row-group-maker.ts';
import { RowReader } from './row-reader.ts';

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
}

/** Reads parts of a result over one connection into row groups, which go on from part to part. */
export class Job {
  readonly #host: JobHost;
  readonly #connection: JobConnection;
  readonly #failures: DecodeFailures;
  readonly #rowGroups: RowGroupMaker;
  readonly #decoder: CopyDecoder;
  readonly #reader: RowReader;
  #spool: CsvSpool | null;

  /** Throws `ExportError` (`output`). */
  constructor(plan: JobPlan, connection: JobConnection, rowGroups: RowGroupMaker, host: JobHost) {
    this.#host = host;
    this.#connection = connection;
    this.#failures = new DecodeFailures(plan.columns, plan.onUnrepresentable);
    this.#rowGroups = rowGroups;
    this.#decoder = rowGroups.join(connection, this.#failures);
    this.#reader = new RowReader(this.#decoder, (rows, bytes) => host.onProgress(rows, bytes));
    this.#spool = plan.tempFile === null ? null : new CsvSpool(plan.tempFile);
  }

  /**
   * Resolves when all parts are decoded. The last of the jobs that fill the same row groups has handed over all of them by
   * then. Throws `ExportError`.
   */
  async run(): Promise<JobResult> {
    try {
      for (;;) {
        const part = await this.#host.nextPart();
        if (part === null) break;
        this.#failures.beginPart(part.label);
        this.#reader.begin();
        this.#reader.end(await this.#connection.read(part, this));
      }
      this.#rowGroups.leave(this.#connection);
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
    this.#rowGroups.keepPace();
    return end;
  }
}
