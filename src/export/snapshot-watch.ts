import { ExportError } from '../errors.ts';
import { queryError } from '../postgres/server-error.ts';
import type { Session } from '../postgres/session.ts';
import { within } from './stopping.ts';

/**
 * How often the idle connection is used. Balancers and NATs forget connections that are silent for some minutes, the
 * strictest for four; TCP's own keepalives would come after two hours, and a server's idle_in_transaction_session_timeout
 * does not count them.
 */
const HEARTBEAT_MS = 30_000;
/** How long `check` waits for an answer. */
const CHECK_LIMIT_MS = 5_000;

/** Watches the connection that exported the snapshot, which is idle while the jobs read over theirs. */
export class SnapshotWatch {
  /** Rejects when the connection is lost. */
  readonly lost: Promise<never>;
  readonly #session: Session;
  readonly #timer: NodeJS.Timeout;

  constructor(session: Session) {
    this.#session = session;
    this.lost = session.lost.then((reason) => {
      throw snapshotLost(reason);
    });
    this.lost.catch(() => {});
    this.#timer = setInterval(() => this.#beat().catch(() => {}), HEARTBEAT_MS);
  }

  /** Asks whether the connection still is there. Throws what `lost` rejects with. */
  async check(): Promise<void> {
    try {
      await within(CHECK_LIMIT_MS, this.#beat());
    } catch (error) {
      throw snapshotLost(error);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    await this.#session.query('SELECT 1');
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
