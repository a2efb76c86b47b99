import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import type { PostgresServer } from '../../tools/postgres-server.ts';
import { serverUser, temporaryFolder } from '../../tools/postgres-user.ts';
import { freePort } from '../support/free-port.ts';

export interface Standby {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Starts a hot standby from a copy of a running server (with `wal_level` replica). It receives nothing further, unless
 * `more` settings say from where.
 */
export async function startStandby(
  primary: PostgresServer,
  more: Readonly<Record<string, string>> = {},
): Promise<Standby> {
  const user = serverUser();
  const folder = mkdtempSync(join(temporaryFolder(user), 'ddpp-standby-'));
  await copyCluster(primary, folder);
  if (user.uid !== undefined) {
    for (const name of ['', ...(readdirSync(folder, { recursive: true }) as string[])]) {
      chownSync(join(folder, name), user.uid, user.gid!);
    }
  }
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_wal_senders: 0,
    fsync: 'off',
    ...more,
  };
  const child = spawn(
    join(primary.binDir, 'postgres'),
    ['-D', folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } },
  );
  const kill = () => child.kill('SIGQUIT');
  process.once('exit', kill);
  const stop = async () => {
    process.off('exit', kill);
    if (child.exitCode === null) {
      kill();
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const log: string[] = [];
  for await (const line of createInterface(child.stderr)) {
    log.push(line);
    if (line.includes('ready to accept read-only connections')) {
      child.stderr.resume();
      return { port, stop };
    }
  }
  await stop();
  throw new Error(`the standby did not start:\n${log.join('\n')}`);
}

/** A base backup by hand (PostgreSQL documentation, "Making a Base Backup Using the Low Level API"). */
async function copyCluster(primary: PostgresServer, folder: string): Promise<void> {
  const client = new pg.Client({ connectionString: primary.dsn });
  await client.connect();
  await client.query("SELECT pg_backup_start('standby', true)");
  const skipped = ['postmaster.pid', 'postmaster.opts', 'postgresql.conf', 'pg_wal'];
  cpSync(primary.dataDir, folder, {
    recursive: true,
    filter: (source) => !skipped.some((name) => source === join(primary.dataDir, name)),
  });
  const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
  cpSync(join(primary.dataDir, 'pg_wal'), join(folder, 'pg_wal'), { recursive: true });
  await client.end();
  writeFileSync(join(folder, 'backup_label'), rows[0]!.labelfile);
  writeFileSync(join(folder, 'standby.signal'), '');
  writeFileSync(join(folder, 'postgresql.conf'), '');
  writeFileSync(join(folder, 'pg_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
}
