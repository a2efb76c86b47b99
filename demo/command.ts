import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PostgresServer } from '../tools/postgres-server.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
const command = join(root, 'bin', 'fast-export.js');

/** Runs the real command as a user would, with its progress on this terminal. */
export class FastExport {
  readonly #env: NodeJS.ProcessEnv;
  #running: ChildProcess | undefined;

  constructor({ host, port, user, database, password }: PostgresServer) {
    this.#env = {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGDATABASE: database,
      PGPASSWORD: password,
    };
  }

  /** Runs it in the checkout; `expected` is the exit status without which the demo fails. */
  async run(args: readonly string[], expected = 0): Promise<void> {
    console.log(`$ fast-export ${args.map(shellQuoted).join(' ')}`);
    this.#running = spawn(process.execPath, ['--', command, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: this.#env,
    });
    const [status, signal] = await once(this.#running, 'exit');
    this.#running = undefined;
    if (status !== expected) throw new Error(`fast-export ended with ${signal ?? `exit status ${status}`}`);
  }

  /** Waits for the end of what is running. */
  async ended(): Promise<void> {
    if (this.#running !== undefined) await once(this.#running, 'exit');
  }
}

function shellQuoted(argument: string): string {
  return /^[\w./:=-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
