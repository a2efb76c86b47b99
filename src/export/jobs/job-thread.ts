import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ExportError } from '../../errors.ts';
import { within } from '../stopping.ts';
import { fromRecord, type JobCommand, type JobMessage, type JobStart } from './job-messages.ts';
import { RowGroupQueue } from './row-group-queue.ts';
import { JOB_STOP_LIMIT_MS, type JobsHost, RunningJob } from './running-job.ts';

// tsc rewrites the extensions of imports, but not of URLs: the worker has the one that this file runs with.
const WORKER = new URL(`./job-worker${extname(import.meta.url)}`, import.meta.url);

/** Runs a job in a worker thread. */
export class JobThread extends RunningJob {
  // Hardly any object outlives its page: with the default of 48 MB the young ones only pile up, most where columns are many.
  readonly #worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: 16 } });
  #ended = false;

  /** Starts the thread, which loads the program and waits for its job. */
  constructor() {
    super();
    this.#worker.on('error', (error) => this.fail(error));
    this.#worker.on('exit', (status) => {
      this.#ended = true;
      this.fail(endedEarly(status));
    });
  }

  /** Gives the thread its job. */
  start(index: number, start: JobStart, host: JobsHost): void {
    const queue = new RowGroupQueue(host.writeRowGroup);
    this.follow(queue);
    this.#worker.on('message', (message: JobMessage) => {
      try {
        this.#handle(message, index, host, queue);
      } catch (error) {
        // What a caller's own function throws is a failure of the export, not an uncaught exception.
        this.fail(error);
      }
    });
    this.#post({ kind: 'start', start });
  }

  reconnect(): void {
    this.#post({ kind: 'reconnect' });
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    const exit = once(this.#worker, 'exit').catch(() => {});
    this.#post({ kind: 'stop' });
    await within(JOB_STOP_LIMIT_MS, exit);
    await this.#worker.terminate();
  }

  override rowGroupWritten(): void {
    super.rowGroupWritten();
    this.#post({ kind: 'rowGroupWritten' });
  }

  #handle(message: JobMessage, index: number, host: JobsHost, queue: RowGroupQueue): void {
    this.sign();
    switch (message.kind) {
      case 'connected':
        this.connected(message.backend, message.serverProcess);
        break;
      case 'ready':
        this.readied();
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
        queue.add(message.rowGroup);
        break;
      case 'done':
        this.finish(message.result);
        break;
      case 'failed':
        this.fail(fromRecord(message.error));
    }
  }

  #post(command: JobCommand): void {
    this.#worker.postMessage(command);
  }
}

function endedEarly(status: number): ExportError {
  return new ExportError('internal', `a worker thread ended early with status ${status}`, { stage: 'copy' });
}
