import { availableParallelism } from 'node:os';
import { ExportError } from '../../errors.ts';
import type { EncodedRowGroup } from '../../parquet/encoded.ts';
import type { BackendKey, Session } from '../../postgres/session.ts';
import type { SharedSnapshot } from '../../postgres/transaction.ts';
import { Job, type JobResult } from './job.ts';
import { JobConnection } from './job-connection.ts';
import { JobHere } from './job-here.ts';
import type { JobStart } from './job-messages.ts';
import { type JobPlan, planTogether } from './job-plan.ts';
import { JobThread } from './job-thread.ts';
import type { Part } from './part.ts';
import { RowGroupMaker } from './row-group-maker.ts';
import { RowGroupQueue } from './row-group-queue.ts';
import type { JobsHost, RunningJob } from './running-job.ts';
import { SnapshotWatch } from './snapshot-watch.ts';

/** What the jobs of an export are to do, and what becomes of what they make. */
export interface JobsTask {
  readonly plan: JobPlan;
  /** How many connections to read over. */
  readonly jobs: number;
  readonly parts: readonly Part[];
  readonly snapshot: SharedSnapshot;
  readonly blockSize: number;
  /** Called when the jobs are about to read. */
  onStarted(): void;
  onProgress(rows: number, bytesReceived: number): void;
  /** Called for one row group at a time. */
  writeRowGroup(rowGroup: EncodedRowGroup): Promise<void>;
  onLog(line: string): void;
}

/**
 * Reads the parts of a result over several connections that adopt one snapshot, each by a job; one that is free takes
 * the next part. Where no further connection to the same server can be had (a pooler, a load balancer, a limit),
 * everything is read over the connection that exported the snapshot.
 */
export class Jobs {
  readonly #here: boolean;
  #ended = false;
  readonly #running: RunningJob[];
  readonly #progress: { rows: number; bytesReceived: number }[] = [];
  #written = Promise.resolve();

  /**
   * With `here` this thread runs the first job, or two, and each of the others has a thread of its own. Without it the
   * first thread starts at once and loads the program while the export is being planned.
   */
  constructor(here: boolean) {
    this.#here = here;
    this.#running = here ? [] : [new JobThread()];
  }

  /** Whether a job keeps this thread busy. */
  get usesThread(): boolean {
    return this.#here && !this.#ended;
  }

  /** The connections of the jobs, to be cancelled if the export fails. */
  get backends(): BackendKey[] {
    return this.#running.map(({ backend }) => backend).filter((backend) => backend !== null);
  }

  /** Resolves when everything is written. `session` exported the snapshot. Throws `ExportError`. */
  async run(session: Session, task: JobsTask): Promise<JobResult> {
    const { plan, snapshot, jobs } = task;
    const host = this.#host(task);
    if (this.#here) this.#running.push(...jobsHere(plan, host, jobsInThread(jobs, session.onThisMachine)));
    while (this.#running.length < jobs) this.#running.push(new JobThread());
    const blockSize = Math.floor(task.blockSize / jobs);
    const serial = task.parts.every(({ label }) => label !== null);
    const start: JobStart = { conninfo: session.pinned, snapshot, serial, blockSize, plan };
    for (const [index, job] of this.#running.entries()) job.start(index, start, host);
    const results = (await this.#runJobs(session, task)) ?? [await this.#runAlone(session, task, host)];
    await this.stop();
    return sum(results);
  }

  /** Waits for the jobs, but no longer than the snapshot lasts; null where none of them gets a connection. */
  async #runJobs(session: Session, task: JobsTask): Promise<JobResult[] | null> {
    const watch = new SnapshotWatch(session, this.#running, task.onLog);
    try {
      const ready = await Promise.race([watch.lost, this.#ready(task)]);
      task.onStarted();
      if (ready.length === 0) return null;
      return await Promise.race([watch.lost, Promise.all(ready.map((job) => job.done))]);
    } catch (error) {
      // Both may be lost to one cause; that the snapshot is gone says more than that a connection is.
      if (error instanceof ExportError && error.code === 'connection') await watch.check();
      throw error;
    } finally {
      watch.stop();
    }
  }

  /** The jobs that have a connection, when those that get none have said so. */
  async #ready(task: JobsTask): Promise<RunningJob[]> {
    const started = await Promise.allSettled(this.#running.map((job) => job.ready));
    for (const outcome of started) {
      if (outcome.status === 'rejected') forgive(outcome.reason, task);
    }
    return this.#running.filter((_, i) => started[i]!.status === 'fulfilled');
  }

  /** Ends the jobs, whatever they do. */
  async stop(): Promise<void> {
    await Promise.all(this.#running.map((job) => job.stop()));
    this.#ended = true;
  }

  /** Runs one job in this thread, over the connection that exported the snapshot. */
  async #runAlone(session: Session, task: JobsTask, host: JobsHost): Promise<JobResult> {
    task.onLog('reading over the first connection');
    // What cannot be written need not be read; the failure shows when the writing is awaited.
    const queue = new RowGroupQueue(host.writeRowGroup);
    const rowGroups = rowGroupsInto(queue, task.plan, () => session.destroy());
    const job = new Job(task.plan, new JobConnection(session, null), rowGroups, {
      nextPart: async () => host.nextPart(),
      onProgress: (rows, bytesReceived) => host.onProgress(0, rows, bytesReceived),
    });
    try {
      return await job.run();
    } finally {
      await this.#written;
    }
  }

  #host(task: JobsTask): JobsHost {
    const parts = [...task.parts];
    return {
      nextPart: () => parts.shift() ?? null,
      onProgress: (job, rows, bytesReceived) => {
        this.#progress[job] = { rows, bytesReceived };
        const total = this.#progress.reduce((a, b) => ({
          rows: a.rows + b.rows,
          bytesReceived: a.bytesReceived + b.bytesReceived,
        }));
        task.onProgress(total.rows, total.bytesReceived);
      },
      onLog: task.onLog,
      writeRowGroup: (rowGroup) => {
        this.#written = this.#written.then(() => task.writeRowGroup(rowGroup));
        return this.#written;
      },
    };
  }
}

/**
 * How many jobs this thread runs. Where the server's processes need cores of this machine too, and there are no two for
 * each job, it is two: the one's rows arrive while the other's are decoded, and what a further thread costs for its start
 * and its compilers is spared (measured on two cores: 5 to 12 % of the time).
 */
function jobsInThread(jobs: number, serverHere: boolean): number {
  return Math.min(jobs, serverHere && availableParallelism() < 2 * jobs ? 2 : 1);
}

/** The jobs of this thread, which fill the same row groups. */
function jobsHere(plan: JobPlan, host: JobsHost, count: number): JobHere[] {
  const queue = new RowGroupQueue(host.writeRowGroup);
  // A failure is the jobs' own.
  const rowGroups = rowGroupsInto(queue, planTogether(plan, count), () => {});
  return Array.from({ length: count }, () => new JobHere(rowGroups, queue));
}

function rowGroupsInto(queue: RowGroupQueue, plan: JobPlan, onFailure: () => void): RowGroupMaker {
  const rowGroups = new RowGroupMaker(plan, (rowGroup) => queue.add(rowGroup));
  queue.listen({ rowGroupWritten: () => rowGroups.rowGroupWritten(), rowGroupFailed: onFailure });
  return rowGroups;
}

/** A connection that cannot be had leaves its work to the others; any other failure of a job is the export's. */
function forgive(error: unknown, task: JobsTask): void {
  if (!(error instanceof ExportError && error.stage === 'connect')) throw error;
  task.onLog(`a further connection failed: ${error.message}`);
}

function sum(results: readonly JobResult[]): JobResult {
  const unrepresentable: Record<string, number> = {};
  for (const [column, count] of results.flatMap((result) => Object.entries(result.unrepresentable))) {
    unrepresentable[column] = (unrepresentable[column] ?? 0) + count;
  }
  return { rows: results.reduce((rows, result) => rows + result.rows, 0), unrepresentable };
}
