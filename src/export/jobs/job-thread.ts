import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ExportError } from '../../errors.ts';
import type { EncodedRowGroup } from '../../parquet/encoded.ts';
import type { BackendKey } from '../../postgres/session.ts';
import { within } from '../stopping.ts';
import { type JobResult, MAX_WAITING_ROW_GROUPS } from './job.ts';
import { fromRecord, type JobCommand, type JobMessage, type JobStart } from './job-messages.ts';
import type { Part } from './part.ts';

/** What the main thread does for its jobs. */
export interface JobsHost {
  /** The next part to read; null when there is none left. */
  nextPart(): Part | null;
  onProgress(job: number, rows: number, bytesReceived: number): void;
  onLog(line: string): void;
  /** Resolves when the row group is written. */
  writeRowGroup(rowGroup: EncodedRowGroup): Promise<void>;
}

// tsc rewrites the extensions of imports, but not of URLs: the worker has the one that this file runs with.
const WORKER = new URL(`./job-worker${extname(import.meta.url)}`, import.meta.url);

/** How long a thread that is to end may take for it: it finishes the chunk and the intermediate file that it is at. */
const STOP_LIMIT_MS = 1_000;

/** Runs a job in a worker thread, over a connection of its own that adopts the snapshot. */
export class JobThread {
  /** Resolves when it is logged in and sees the snapshot; rejects where that fails. */
  readonly ready: Promise<void>;
  /** Resolves when all its row groups are written. */
  readonly done: Promise<JobResult>;
  /** Its connection; set once there is one. */
  backend: BackendKey | null = null;
  /** The process of the server behind it. */
  serverProcess: number | null = null;
  // Hardly any object outlives its page: with the default of 48 MB the young ones only pile up, most where columns are many.
  readonly #worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: 16 } });
  readonly #ready = Promise.withResolvers<void>();
  readonly #done = Promise.withResolvers<JobResult>();
  #written = Promise.resolve();
  /** Row groups that are not written yet. */
  #waiting = 0;
  /** When something last came from the thread, or went there that lets it go on. */
  #lastSign = performance.now();
  #ended = false;

  /** Starts the thread, which loads the program and waits for its job. */
  constructor() {
    this.ready = this.#ready.promise;
    this.done = this.#done.promise;
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (status) => {
      this.#ended = true;
      this.#fail(endedEarly(status));
    });
    // Whoever awaits these learns of a failure; nobody needs to, once the export has failed for another reason.
    this.ready.catch(() => {});
    this.done.catch(() => {});
  }

  /** Gives the thread its job. */
  start(index: number, start: JobStart, host: JobsHost): void {
    this.#worker.on('message', (message: JobMessage) => {
      try {
        this.#handle(message, index, host);
      } catch (error) {
        // What a caller's own function throws is a failure of the export, not an uncaught exception.
        this.#fail(error);
      }
    });
    this.#post({ kind: 'start', start });
  }

  /** Milliseconds for which nothing has come although the thread is reading. */
  get silentMs(): number {
    return this.#waiting > MAX_WAITING_ROW_GROUPS ? 0 : performance.now() - this.#lastSign;
  }

  /** Has the thread read what it is reading over another connection. */
  reconnect(): void {
    this.#post({ kind: 'reconnect' });
  }

  /** Ends the thread, whatever it does. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const exit = once(this.#worker, 'exit').catch(() => {});
    this.#post({ kind: 'stop' });
    await within(STOP_LIMIT_MS, exit);
    await this.#worker.terminate();
  }

  #handle(message: JobMessage, index: number, host: JobsHost): void {
    this.#lastSign = performance.now();
    switch (message.kind) {
      case 'connected':
        this.backend = message.backend;
        this.serverProcess = message.serverProcess;
        break;
      case 'ready':
        this.#ready.resolve();
        break;
      case 'log':
        host.onLog(message.line);
        break;
      case 'nextPart':
        this.#post({ kind: 'part', part: host.nextPart() });
        break;
      case 'progress':
        host.onProgress(index, message.rows, message.bytesReceived);
        break;
      case 'rowGroup':
        this.#waiting++;
        this.#written = this.#written.then(() => this.#write(message.rowGroup, host));
        this.#written.catch((error) => this.#fail(error));
        break;
      case 'done':
        this.#written.then(
          () => this.#done.resolve(message.result),
          (error) => this.#fail(error),
        );
        break;
      case 'failed':
        this.#fail(fromRecord(message.error));
    }
  }

  #fail(error: unknown): void {
    this.#ready.reject(error);
    this.#done.reject(error);
  }

  async #write(rowGroup: EncodedRowGroup, host: JobsHost): Promise<void> {
    await host.writeRowGroup(rowGroup);
    this.#waiting--;
    this.#lastSign = performance.now();
    this.#post({ kind: 'rowGroupWritten' });
  }

  #post(command: JobCommand): void {
    this.#worker.postMessage(command);
  }
}

function endedEarly(status: number): ExportError {
  return new ExportError('internal', `a worker thread ended early with status ${status}`, { stage: 'copy' });
}
