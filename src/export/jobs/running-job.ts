import type { EncodedRowGroup } from '../../parquet/encoded.ts';
import type { BackendKey } from '../../postgres/session.ts';
import type { JobResult } from './job.ts';
import type { JobStart } from './job-messages.ts';
import type { Part } from './part.ts';
import type { RowGroupListener, RowGroupQueue } from './row-group-queue.ts';

/** What the main thread does for its jobs. */
export interface JobsHost {
  /** The next part to read; null when there is none left. */
  nextPart(): Part | null;
  onProgress(job: number, rows: number, bytesReceived: number): void;
  onLog(line: string): void;
  /** Resolves when the row group is written. */
  writeRowGroup(rowGroup: EncodedRowGroup): Promise<void>;
}

/** How long a job that is to end may take for it: it finishes the chunk and the intermediate file that it is at. */
export const JOB_STOP_LIMIT_MS = 1_000;

/** A job as the main thread knows it, wherever it runs: over a connection of its own that adopts the snapshot. */
export abstract class RunningJob implements RowGroupListener {
  /** Resolves when it is logged in and sees the snapshot; rejects where that fails. */
  readonly ready: Promise<void>;
  /** Resolves when all its row groups are written. */
  readonly done: Promise<JobResult>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<JobResult>();
  #backend: BackendKey | null = null;
  #serverProcess: number | null = null;
  /** Where its row groups wait. */
  #queue: RowGroupQueue | null = null;
  /** When something last came from the job, or went there that lets it go on. */
  #lastSign = performance.now();

  constructor() {
    this.ready = this.#ready.promise;
    this.done = this.#done.promise;
    // Whoever awaits these learns of a failure; nobody needs to, once the export has failed for another reason.
    this.ready.catch(() => {});
    this.done.catch(() => {});
  }

  /** Begins the job. */
  abstract start(index: number, start: JobStart, host: JobsHost): void;

  /** Has the job read what it is reading over another connection. */
  abstract reconnect(): void;

  /** Ends the job, whatever it does. */
  abstract stop(): Promise<void>;

  /** Its connection; null until there is one. */
  get backend(): BackendKey | null {
    return this.#backend;
  }

  /** The process of the server behind it. */
  get serverProcess(): number | null {
    return this.#serverProcess;
  }

  /** Milliseconds for which nothing has come although the job is reading. */
  get silentMs(): number {
    return this.#queue?.full ? 0 : performance.now() - this.#lastSign;
  }

  rowGroupWritten(): void {
    this.sign();
  }

  rowGroupFailed(error: unknown): void {
    this.fail(error);
  }

  /** To be called once, before the job reads: its row groups go into the queue. */
  protected follow(queue: RowGroupQueue): void {
    this.#queue = queue;
    queue.listen(this);
  }

  protected sign(): void {
    this.#lastSign = performance.now();
  }

  protected connected(backend: BackendKey, serverProcess: number): void {
    this.sign();
    this.#backend = backend;
    this.#serverProcess = serverProcess;
  }

  protected readied(): void {
    this.#ready.resolve();
  }

  /** All is read. What other jobs add to the queue later is theirs to wait for. */
  protected finish(result: JobResult): void {
    this.#queue!.written.then(
      () => this.#done.resolve(result),
      (error) => this.fail(error),
    );
  }

  protected fail(error: unknown): void {
    this.#ready.reject(error);
    this.#done.reject(error);
  }
}
