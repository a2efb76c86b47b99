/** A PgBouncer in front of a server, for tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '../../tools/postgres-server.ts';
import { serverUser, temporaryFolder } from '../../tools/postgres-user.ts';
import { freePort } from '../support/free-port.ts';

/** Where packages of Linux distributions put it. */
const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(existsSync);

/** Why there are no tests with PgBouncer; null where there are. */
export const NO_PGBOUNCER =
  PROGRAM === undefined ? 'skipped: PgBouncer is not installed (package pgbouncer)' : null;

export interface PgBouncer {
  /** Connection URI through it. */
  readonly dsn: string;
  stop(): Promise<void>;
}

/** Starts it with further lines of `[pgbouncer]`. The server must trust connections from 127.0.0.1. */
export async function startPgBouncer(
  server: PostgresServer,
  settings: Readonly<Record<string, string | number>>,
): Promise<PgBouncer> {
  const user = serverUser();
  const folder = mkdtempSync(join(temporaryFolder(user), 'ddpp-pgbouncer-'));
  const port = await freePort();
  const own = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(folder, 'users'),
    logfile: join(folder, 'log'),
    ...settings,
  };
  const lines = Object.entries(own).map(([name, value]) => `${name} = ${value}`);
  const databases = `[databases]\n* = host=${server.host} port=${server.port}\n`;
  writeFileSync(join(folder, 'ini'), `${databases}[pgbouncer]\n${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'users'), '"postgres" ""\n');
  writeFileSync(join(folder, 'log'), '');
  if (user.uid !== undefined) {
    for (const name of ['', 'ini', 'users', 'log']) chownSync(join(folder, name), user.uid, user.gid!);
  }
  const child = spawn(PROGRAM!, ['--quiet', join(folder, 'ini')], { ...user, cwd: '/', stdio: 'ignore' });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode === null && child.signalCode === null) {
      kill();
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true });
  };
  try {
    await ready(child, join(folder, 'log'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { dsn: `postgresql://postgres@127.0.0.1:${port}/postgres?sslmode=disable`, stop };
}

/** Waits for the line that PgBouncer logs when it listens. */
async function ready(child: ChildProcess, log: string): Promise<void> {
  for (;;) {
    const text = readFileSync(log, 'utf8');
    if (text.includes('process up')) return;
    if (child.exitCode !== null) throw new Error(`PgBouncer did not start:\n${text}`);
    await sleep(10);
  }
}
