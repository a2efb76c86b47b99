import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Comparison } from './comparer.ts';
import type { Random } from './random.ts';
import type { LibraryAnswer, LibraryOrder } from './soak-library.ts';
import { COLUMNS, type Source } from './source.ts';

/** What one export by the library came to. */
export interface LibraryTurn {
  readonly answer: LibraryAnswer;
  readonly fault: string;
  /** The file that it made, against the table; null without one. */
  readonly output: Comparison | null;
  /** What is wrong; null if nothing is. */
  readonly complaint: string | null;
}

const FAULTS = ['none', 'none', 'aborted', 'session terminated', 'left early'] as const;

/** The process that uses the library again and again. */
export class LibraryProcess {
  readonly #child: ChildProcess;
  readonly #source: Source;
  readonly #folder: string;
  #turns = 0;

  /** `folder` is where its files go. */
  constructor(source: Source, folder: string) {
    this.#source = source;
    this.#folder = folder;
    this.#child = fork(fileURLToPath(new URL('./soak-library.ts', import.meta.url)), {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', TMPDIR: folder },
    });
  }

  /** Has one export made, under a fault or none, and looks at what came of it. */
  async turn(random: Random): Promise<LibraryTurn> {
    const fault = random.pick(FAULTS);
    const kind = fault === 'left early' ? 'batches' : random.pick(['file', 'batches'] as const);
    const out = join(this.#folder, 'library.parquet');
    rmSync(out, { force: true });
    const application = `library ${process.pid} ${++this.#turns}`;
    const answer = await this.#ask(
      {
        kind,
        connection: { dsn: this.#source.server.dsn, application },
        sql: `SELECT ${COLUMNS} FROM stars`,
        rows: this.#source.comparer.rows,
        out,
        abortAfter: fault === 'aborted' ? random.integer(0, 1500) : null,
        leaveAfter: fault === 'left early' ? random.integer(1, 8) : null,
        jobs: random.pick([1, 2]),
      },
      fault === 'session terminated'
        ? () => this.#terminate(application, random.integer(0, 1000))
        : async () => {},
    );
    const output = existsSync(out) ? await this.#source.comparer.compare(out) : null;
    const left = readdirSync(this.#folder).filter((name) => name !== 'library.parquet');
    const sessions = await this.#sessionsLeft(application);
    return {
      answer,
      fault: `${kind}, ${fault}`,
      output,
      complaint: complaint(kind, answer, output, left, sessions),
    };
  }

  /** Lets the process end. */
  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #ask(order: LibraryOrder, meanwhile: () => Promise<void>): Promise<LibraryAnswer> {
    const answered = new Promise<LibraryAnswer>((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`the library's process ended with ${code}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (answer) => {
        this.#child.off('exit', onExit);
        resolve(answer as LibraryAnswer);
      });
    });
    this.#child.send(order);
    const [answer] = await Promise.all([answered, meanwhile()]);
    return answer;
  }

  async #terminate(application: string, delay: number): Promise<void> {
    await sleep(delay);
    await this.#source.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 ORDER BY random() LIMIT 1',
      [application],
    );
  }

  async #sessionsLeft(application: string): Promise<number> {
    for (let attempt = 0; attempt < 500; attempt++) {
      if ((await this.#source.sessions(application)) === 0) return 0;
      await sleep(20);
    }
    return this.#source.sessions(application);
  }
}

function complaint(
  kind: 'file' | 'batches',
  { outcome, message }: LibraryAnswer,
  output: Comparison | null,
  left: readonly string[],
  sessions: number,
): string | null {
  if (outcome === 'wrong') return message || 'rows lost or doubled';
  if (left.length > 0) return `left behind: ${left.join(', ')}`;
  if (sessions > 0) return `${sessions} session(s) left`;
  if (kind === 'batches') return null;
  if ((output !== null) !== (outcome === 'done')) return `${outcome}, but ${output ? 'a' : 'no'} file`;
  return null;
}
