import { ExportError } from '../../errors.ts';
import { queryError } from '../../postgres/server-error.ts';
import { type BackendKey, Session } from '../../postgres/session.ts';
import { adoptSnapshot } from '../../postgres/transaction.ts';
import { Job, type JobHost, type JobResult } from './job.ts';
import { JobConnection } from './job-connection.ts';
import type { JobStart } from './job-messages.ts';
import type { RowGroupMaker } from './row-group-maker.ts';

/** What a job asks for and reports from its start on. */
export interface JobRunHost extends JobHost {
  /** Logged in, for the first time or again, within the snapshot: `backend` can be cancelled from now on. */
  onConnected(backend: BackendKey, serverProcess: number): void;
  /** About to ask for the first part. */
  onReady(): void;
  onLog(line: string): void;
}

/** How long a further connection may take; without it everything is read over fewer, or the first one. */
const OPEN_LIMIT_MS = 30_000;

/** A job over a connection of its own that adopts the export's snapshot, whatever thread it runs in. */
export class JobRun {
  readonly #start: JobStart;
  readonly #rowGroups: RowGroupMaker;
  readonly #host: JobRunHost;
  #connection: JobConnection | null = null;
  #job: Job | null = null;
  readonly #ending = new AbortController();

  constructor(start: JobStart, rowGroups: RowGroupMaker, host: JobRunHost) {
    this.#start = start;
    this.#rowGroups = rowGroups;
    this.#host = host;
  }

  /** Resolves when all is read, see `Job`, and the connection closed. Throws `ExportError`. */
  async run(): Promise<JobResult> {
    try {
      const connection = new JobConnection(await this.#openSession(), {
        open: () => this.#openSession(),
        retries: this.#start.conninfo.connectRetries,
        onLog: (line) => this.#host.onLog(line),
      });
      this.#connection = connection;
      this.#job = new Job(this.#start.plan, connection, this.#rowGroups, this.#host);
      this.#host.onReady();
      const result = await this.#job.run();
      await connection.close();
      return result;
    } catch (error) {
      this.#connection?.destroy();
      throw error;
    }
  }

  /** The connection is dead, though it does not look so. */
  reconnect(): void {
    this.#connection?.abandon(new Error('nothing has come over it for too long'));
  }

  /** See `Job`. */
  closeTempFile(): void {
    this.#job?.closeTempFile();
  }

  /** Ends it soon, and for good. */
  destroy(): void {
    this.#ending.abort();
    this.#connection?.destroy();
  }

  /** A connection that sees the export's snapshot. Throws `ExportError` of the stage `connect`. */
  async #openSession(): Promise<Session> {
    const { conninfo, snapshot, serial, blockSize } = this.#start;
    const limit = AbortSignal.timeout(OPEN_LIMIT_MS);
    const signal = AbortSignal.any([limit, this.#ending.signal]);
    let session: Session | null = null;
    const onAbort = () => session?.destroy();
    signal.addEventListener('abort', onAbort);
    try {
      session = await Session.open(conninfo, blockSize, { signal });
      const serverProcess = await adoptSnapshot(session, snapshot, serial);
      this.#host.onConnected(session.backend, serverProcess);
      return session;
    } catch (error) {
      session?.destroy();
      if (!limit.aborted) throw queryError(error, 'connect');
      const message = `a further connection had no answer within ${OPEN_LIMIT_MS / 1000} s`;
      throw new ExportError('connection', message, { stage: 'connect', cause: error });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
