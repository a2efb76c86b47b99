import { once } from 'node:events';
import { extname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ExportError } from '../errors.ts';
import type { EncodedRowGroup } from '../parquet/encoded.ts';
import type { BackendKey } from '../postgres/session.ts';
import type { JobPlan, JobResult } from './job.ts';
import { fromRecord, type JobCommand, type JobMessage } from './job-messages.ts';

/** What the main thread does with a job's reports. */
export interface JobHandlers {
  onStarted(backend: BackendKey): void;
  onProgress(rows: number, bytesReceived: number): void;
  /** Called with one row group at a time: the next one comes when the promise has resolved. */
  writeRowGroup(rowGroup: EncodedRowGroup): Promise<void>;
}

// tsc rewrites the extensions of imports, but not of URLs: the worker has the one that this file runs with.
const WORKER = new URL(`./job-worker${extname(import.meta.url)}`, import.meta.url);

/** How long a thread that is to end may take for it: it finishes the chunk and the intermediate file that it is at. */
const STOP_LIMIT_MS = 1_000;

/** Runs a job in a worker thread. `done` resolves when all its row groups are written. */
export class JobThread {
  readonly done: Promise<JobResult>;
  readonly #worker: Worker;
  #ended = false;

  constructor(plan: JobPlan, handlers: JobHandlers) {
    const worker = new Worker(WORKER, { workerData: plan });
    this.#worker = worker;
    let written = Promise.resolve();
    this.done = new Promise((resolve, reject) => {
      // What a caller's own function throws is a failure of the export, not an uncaught exception.
      const guarded = (handle: () => void) => {
        try {
          handle();
        } catch (error) {
          reject(error);
        }
      };
      worker.on('message', (message: JobMessage) => {
        switch (message.kind) {
          case 'started':
            return guarded(() => handlers.onStarted(message.backend));
          case 'progress':
            return guarded(() => handlers.onProgress(message.rows, message.bytesReceived));
          case 'rowGroup':
            written = written.then(async () => {
              await handlers.writeRowGroup(message.rowGroup);
              worker.postMessage({ kind: 'rowGroupWritten' } satisfies JobCommand);
            });
            return written.catch(reject);
          case 'done':
            return written.then(() => resolve(message.result), reject);
          case 'failed':
            return reject(fromRecord(message.error));
        }
      });
      worker.on('error', reject);
      worker.on('exit', (status) => {
        this.#ended = true;
        reject(endedEarly(status));
      });
    });
    // Whoever awaits `done` learns of a failure; nobody needs to, once the export has failed for another reason.
    this.done.catch(() => {});
  }

  /** Ends the thread, whatever it does. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const exit = once(this.#worker, 'exit').catch(() => {});
    this.#worker.postMessage({ kind: 'stop' } satisfies JobCommand);
    await Promise.race([exit, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    await this.#worker.terminate();
  }
}

function endedEarly(status: number): ExportError {
  return new ExportError('internal', `a worker thread ended early with status ${status}`, { stage: 'copy' });
}
