import { ExportError } from '../../errors.ts';
import { backOff } from '../../postgres/back-off.ts';
import type { CopyConsumer } from '../../postgres/copy-tap.ts';
import { ConnectionLost, queryError } from '../../postgres/server-error.ts';
import type { Session } from '../../postgres/session.ts';
import type { Part } from './part.ts';
import { Replay } from './replay.ts';

/** How a job gets another session within the export's snapshot when its own has died. */
export interface Reconnection {
  /** Opens it; throws `ExportError`. */
  open(): Promise<Session>;
  /** How often to read a part again at most. */
  readonly retries: number;
  onLog(line: string): void;
}

/**
 * What a job reads over. When its session dies in the middle of a part that gives the same rows each time, the part is
 * read again over a new one, and what had been taken is compared and skipped.
 */
export class JobConnection {
  #session: Session;
  readonly #reconnection: Reconnection | null;
  #paused = false;

  /** `session` must be in a transaction that sees the export's snapshot; without `reconnection` it is the only one. */
  constructor(session: Session, reconnection: Reconnection | null) {
    this.#session = session;
    this.#reconnection = reconnection;
  }

  /** Reads one part and returns the number of rows that the server says it sent. Throws `ExportError`. */
  async read(part: Part, consumer: CopyConsumer): Promise<number> {
    const reconnection = part.repeatable ? this.#reconnection : null;
    try {
      return reconnection === null
        ? await this.#session.copyOut(part.copySql, consumer)
        : await this.#readRepeatedly(part, new Replay(consumer), reconnection);
    } catch (error) {
      throw queryError(error, 'copy');
    }
  }

  /** Stops reading from the server, which then waits; may be called from within the consumer. */
  pause(): void {
    this.#paused = true;
    this.#session.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#session.resume();
  }

  /** Ends the last session in an orderly way. */
  close(): Promise<void> {
    return this.#session.close();
  }

  /** Closes at once, whatever runs. */
  destroy(): void {
    this.#session.destroy();
  }

  /** Gives the session up, as if it had broken. */
  abandon(reason: Error): void {
    this.#session.destroy(reason);
  }

  async #readRepeatedly(part: Part, replay: Replay, reconnection: Reconnection): Promise<number> {
    for (let failures = 0; ; ) {
      try {
        const rows = await this.#session.copyOut(part.copySql, replay);
        replay.end();
        return rows;
      } catch (error) {
        if (!(error instanceof ConnectionLost)) throw error;
        failures = await this.#reconnect(error, part, failures + 1, reconnection);
      }
      replay.again();
      if (this.#paused) this.#session.pause();
    }
  }

  /** Replaces the session, trying as often as is left; returns how many times this part has failed by then. */
  async #reconnect(
    lost: ConnectionLost,
    part: Part,
    failures: number,
    { retries, open, onLog }: Reconnection,
  ): Promise<number> {
    this.#session.destroy();
    const place = part.label ?? 'the rows';
    let reason = queryError(lost, 'copy');
    for (; ; failures++) {
      if (failures > retries) throw gaveUp(reason, part, retries);
      onLog(`reading ${place} again (${failures} of ${retries}): ${reason.message}`);
      await backOff(failures);
      try {
        this.#session = await open();
        return failures;
      } catch (error) {
        reason = queryError(error, 'connect');
      }
    }
  }
}

function gaveUp(
  { code, message, hint, sqlState, cause }: ExportError,
  part: Part,
  retries: number,
): ExportError {
  const where = part.label === null ? [] : [part.label];
  const times = retries === 0 ? [] : [`tried again ${retries} ${retries === 1 ? 'time' : 'times'}`];
  const details = [...where, ...times].join('; ');
  return new ExportError(code, details === '' ? message : `${message} (${details})`, {
    stage: 'copy',
    hint,
    sqlState,
    cause,
  });
}
