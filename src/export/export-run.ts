import type { Conninfo } from '../postgres/connect/conninfo.ts';
import { Session } from '../postgres/session.ts';
import { Jobs } from './jobs/jobs.ts';
import { aborted, cancelQueries, STOP_LIMIT_MS, within } from './stopping.ts';

/** The connections of one export, or of several in one snapshot: what fails or is aborted ends together. */
export class ExportRun {
  readonly #signal: AbortSignal | undefined;
  readonly #jobs: Jobs[] = [];
  #session: Session | null = null;
  /** Set when the run has failed or was aborted: nothing new is started then. */
  #failed = false;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /**
   * Settles as `work` does, or rejects when the signal fires. If it rejects, by then the queries are cancelled on the
   * server, the connections closed and `work` has ended, unless one of these took longer than some seconds.
   */
  async run<Result>(work: (run: ExportRun) => Promise<Result>): Promise<Result> {
    if (this.#signal?.aborted) throw aborted(this.#signal);
    const abortion = rejectOnAbort(this.#signal);
    const working = work(this);
    try {
      return await Promise.race([working, abortion.promise]);
    } catch (error) {
      this.#failed = true;
      const settled = working.catch(() => {});
      await within(
        STOP_LIMIT_MS,
        this.#stop().then(() => settled),
      );
      throw error;
    } finally {
      abortion.dispose();
    }
  }

  /** Opens the connection that will hold the snapshot; `onLog` is told of each attempt that is to be followed by another. */
  async connect(
    conninfo: Conninfo,
    blockSize: number,
    onLog?: ((line: string) => void) | undefined,
  ): Promise<Session> {
    const retries = conninfo.connectRetries;
    const session = await Session.open(conninfo, blockSize, { signal: this.#signal, retries, onLog });
    this.#session = session;
    if (this.#failed) session.destroy();
    return session;
  }

  /** The jobs of one export, which use this thread if they may and no other export's do: see `Jobs`. */
  newJobs(mayUseThread: boolean): Jobs {
    if (this.#failed) throw aborted(this.#signal);
    const jobs = new Jobs(mayUseThread && !this.#jobs.some(({ usesThread }) => usesThread));
    this.#jobs.push(jobs);
    return jobs;
  }

  /** Cancels what runs on the server and closes all connections; best effort, and within a limit of time. */
  async #stop(): Promise<void> {
    const session = this.#session;
    if (session !== null) {
      const backends = this.#jobs.flatMap((jobs) => jobs.backends);
      await cancelQueries(session.pinned, [session.backend, ...backends]);
    }
    await Promise.all(this.#jobs.map((jobs) => jobs.stop()));
    session?.destroy();
  }
}

/** A promise that rejects when the signal fires; `dispose` stops listening. */
function rejectOnAbort(signal: AbortSignal | undefined): { promise: Promise<never>; dispose(): void } {
  let onAbort = () => {};
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(aborted(signal));
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
  });
  return { promise, dispose: () => signal?.removeEventListener('abort', onAbort) };
}
