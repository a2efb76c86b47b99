import { within } from '../stopping.ts';
import type { JobStart } from './job-messages.ts';
import { JobRun } from './job-run.ts';
import type { RowGroupMaker } from './row-group-maker.ts';
import type { RowGroupQueue } from './row-group-queue.ts';
import { JOB_STOP_LIMIT_MS, type JobsHost, RunningJob } from './running-job.ts';

/**
 * Runs a job in this thread, which is busy with it then, a few milliseconds at a time: for programs that have nothing
 * else to do. It spares the start of a thread and what compiling the decoder anew costs there.
 */
export class JobHere extends RunningJob {
  readonly #rowGroups: RowGroupMaker;
  #run: JobRun | null = null;
  #ended: Promise<void> = Promise.resolve();

  /** All jobs of this thread make the same row groups, which go into the same queue. */
  constructor(rowGroups: RowGroupMaker, queue: RowGroupQueue) {
    super();
    this.#rowGroups = rowGroups;
    this.follow(queue);
  }

  start(index: number, start: JobStart, host: JobsHost): void {
    const run = new JobRun(start, this.#rowGroups, {
      onConnected: (backend, serverProcess) => this.connected(backend, serverProcess),
      onReady: () => this.readied(),
      onLog: (line) => host.onLog(line),
      nextPart: async () => host.nextPart(),
      onProgress: (rows, bytesReceived) => {
        this.sign();
        host.onProgress(index, rows, bytesReceived);
      },
    });
    this.#run = run;
    this.#ended = run.run().then(
      (result) => this.finish(result),
      (error) => this.fail(error),
    );
  }

  reconnect(): void {
    this.#run?.reconnect();
  }

  async stop(): Promise<void> {
    this.#run?.destroy();
    await within(JOB_STOP_LIMIT_MS, this.#ended);
  }
}
