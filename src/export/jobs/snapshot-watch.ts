import { setTimeout as sleep } from 'node:timers/promises';
import { ExportError } from '../../errors.ts';
import { queryError } from '../../postgres/server-error.ts';
import type { Session } from '../../postgres/session.ts';
import type { RunningJob } from './running-job.ts';

/**
 * How often the connection that exported the snapshot is used at least, which is idle while the jobs read. Balancers and
 * NATs forget connections that are silent for some minutes, the strictest after four; TCP's own keepalives begin after
 * two hours by default, and a server's idle_in_transaction_session_timeout does not heed them.
 */
const LONGEST_PAUSE_MS = 30_000;
const SHORTEST_PAUSE_MS = 500;
/** Without it a transaction sees each time what other processes did when it first asked. */
const LOOK_AGAIN = 'SELECT pg_catalog.pg_stat_clear_snapshot()';

/** How long `check` waits for an answer. */
const CHECK_LIMIT_MS = 5_000;

/**
 * Which of some of the server's processes work for their clients. One that waits until a client takes what it sends does
 * not, nor one that waits for the client to ask, nor one that has ended.
 */
const WORKING = `SELECT pid FROM pg_catalog.pg_stat_activity WHERE pid = ANY ($1::int[])
  AND (state IS NULL OR state IN ('active', 'disabled') AND wait_event IS DISTINCT FROM 'ClientWrite')`;

/** Watches the connection that exported the snapshot, and by it the connections of the jobs. */
export class SnapshotWatch {
  /** Rejects when the connection is lost, or has been silent for too long. */
  readonly lost: Promise<never>;
  readonly #session: Session;
  readonly #jobs: readonly RunningJob[];
  readonly #onLog: (line: string) => void;
  readonly #stopped = new AbortController();

  constructor(session: Session, jobs: readonly RunningJob[], onLog: (line: string) => void) {
    this.#session = session;
    this.#jobs = jobs;
    this.#onLog = onLog;
    const ended = session.lost.then((reason) => {
      throw snapshotLost(reason);
    });
    this.lost = Promise.race([ended, this.#watch()]);
    // Whoever awaits it learns of it; after the end of the jobs nobody does.
    this.lost.catch(() => {});
  }

  /** Asks whether the connection still is there, if it can be asked. Throws what `lost` rejects with. */
  async check(): Promise<void> {
    if (!this.#session.busy) await this.#ask(CHECK_LIMIT_MS);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Never resolves. */
  async #watch(): Promise<never> {
    const { signal } = this.#stopped;
    const limit = this.#session.pinned.silenceLimitMs || Number.POSITIVE_INFINITY;
    const pause = Math.max(SHORTEST_PAUSE_MS, Math.min(LONGEST_PAUSE_MS, limit / 2));
    let suspects: readonly RunningJob[] = [];
    while (!signal.aborted) {
      await sleep(pause, undefined, { signal, ref: false }).catch(() => {});
      // Another export may be reading over it.
      if (signal.aborted || this.#session.busy) continue;
      const silent = this.#jobs.filter((job) => job.serverProcess !== null && job.silentMs > limit);
      const working = await this.#ask(limit, silent);
      const stuck = silent.filter((job) => !working.has(job.serverProcess) && job.silentMs > limit);
      // What the server has just sent is still on its way: only the second time it is late.
      for (const job of stuck.filter((suspect) => suspects.includes(suspect))) {
        this.#onLog(
          `nothing has come over a connection for ${limit / 1000} s, though the server has sent it`,
        );
        job.reconnect();
      }
      suspects = stuck;
    }
    return new Promise(() => {});
  }

  /** Asks the server which jobs it works for. */
  async #ask(limitMs: number, jobs: readonly RunningJob[] = []): Promise<ReadonlySet<number | null>> {
    const processes = jobs.map(({ serverProcess }) => serverProcess);
    const ask = async () => {
      await this.#session.query(LOOK_AGAIN);
      return this.#session.query<{ pid: string }>(WORKING, [processes]);
    };
    try {
      const rows = await inTime(limitMs, ask());
      return new Set(rows.map(({ pid }) => Number(pid)));
    } catch (error) {
      throw snapshotLost(error);
    }
  }
}

async function inTime<T>(limitMs: number, answer: Promise<T>): Promise<T> {
  if (limitMs === Number.POSITIVE_INFINITY) return answer;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer for ${limitMs / 1000} s`)),
    limitMs,
  ).unref();
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function snapshotLost(reason: unknown): ExportError {
  const { message, hint, sqlState, cause } = queryError(reason, 'copy');
  return new ExportError('connection', `the snapshot that all connections share is lost: ${message}`, {
    stage: 'copy',
    hint,
    sqlState,
    cause,
  });
}
