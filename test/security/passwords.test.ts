import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { type FaultyProxy, startProxy } from '../../tools/proxy.ts';
import { type CommandOptions, type RunningCommand, spawnFastExport } from '../support/command.ts';
import { testServer } from '../support/server.ts';

/** With characters that URIs, connection strings and service files write in other ways. */
const PASSWORD = "Tr0ub4d'or%2F/&3 é";
const SPELLINGS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  PASSWORD.replaceAll("'", "\\'"),
  Buffer.from(PASSWORD).toString('base64'),
  'Tr0ub4d',
];

let server: PostgresServer;
let dir: string;
beforeAll(async () => {
  server = await startPostgres({
    binDir: testServer().binDir,
    settings: { log_connections: 'authentication' },
  });
  const client = new pg.Client({ connectionString: server.dsn });
  await client.connect();
  await client.query(`CREATE ROLE reader LOGIN PASSWORD ${pg.escapeLiteral(PASSWORD)}`);
  await client.end();
});
afterAll(() => server.stop());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-security-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A way to give a password: arguments and environment of the command. */
type Way = (
  port: number,
  user?: string,
) => { readonly args: readonly string[]; readonly env?: Record<string, string> };

const file = (name: string, text: string, mode = 0o600) => {
  const path = join(dir, name);
  writeFileSync(path, text, { mode });
  return path;
};
const at = (port: number, user = 'reader') => [
  ...['--host', '127.0.0.1', '--port', String(port), '--dbname', 'postgres', '--user', user],
];

const WAYS: Record<string, Way> = {
  '--password': (port, user) => ({ args: [...at(port, user), '--password', PASSWORD] }),
  'a URI': (port, user) => ({
    args: [
      '--dsn',
      `postgresql://${user ?? 'reader'}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`,
    ],
  }),
  'a connection string': (port, user) => ({
    args: [
      '--dsn',
      `host=127.0.0.1 port=${port} dbname=postgres user=${user ?? 'reader'} password='${PASSWORD.replaceAll("'", "\\'")}'`,
    ],
  }),
  PGPASSWORD: (port, user) => ({ args: at(port, user), env: { PGPASSWORD: PASSWORD } }),
  'a password file': (port, user) => ({
    args: at(port, user),
    env: { PGPASSFILE: file('pgpass', `*:*:*:*:${PASSWORD.replaceAll(':', '\\:')}\n`) },
  }),
  'a service file': (port, user) => ({
    args: [...at(port, user), '--service', 's'],
    env: { PGSERVICEFILE: file('service', `[s]\npassword=${PASSWORD}\n`) },
  }),
  '--env-file': (port, user) => ({
    args: [...at(port, user), '--env-file', file('env', `PGPASSWORD="${PASSWORD}"\n`)],
  }),
};

const CREATES_PASSWORD_FILES = ['pgpass', 'service', 'env'];

/** Runs the command in `dir`/work, and gives all that it has said and left, and its entries in the process list. */
async function run(
  args: readonly string[],
  options: CommandOptions = {},
  meanwhile: (running: RunningCommand) => Promise<void> = async () => {},
) {
  const seen: string[] = [];
  const running = spawnFastExport(args, {
    ...options,
    env: { TMPDIR: dir, ...options.env },
    onStderr: () => seen.push(...processEntries(running.child.pid!)),
  });
  const [result] = await Promise.all([running.result, meanwhile(running)]);
  const files = readdirSync(dir)
    .filter((name) => !CREATES_PASSWORD_FILES.includes(name))
    .map((name) => readFileSync(join(dir, name)).toString('latin1'));
  const said = [result.stdout, result.stderr, ...seen].join('\n');
  return { result, seen, everything: [said, Buffer.from(said).toString('latin1'), ...files] };
}

/** What other users see of a process. */
function processEntries(pid: number): string[] {
  if (process.platform !== 'linux') return [];
  return ['cmdline', 'comm', 'stat', 'status'].flatMap((name) => {
    const path = `/proc/${pid}/${name}`;
    return existsSync(path) ? [readFileSync(path, 'utf8')] : [];
  });
}

function expectNoPassword(everything: readonly string[]): void {
  const found = SPELLINGS.flatMap((spelling) => [spelling, Buffer.from(spelling).toString('latin1')]).filter(
    (spelling) => everything.some((text) => text.includes(spelling)),
  );
  expect(found).toEqual([]);
}

const SQL = ['--sql', 'SELECT g AS id FROM generate_series(1, 50000) g', '--compression', 'uncompressed'];
const out = () => ['--out', join(dir, 'x.parquet'), '--verbose'];

describe.each(Object.keys(WAYS))('a password by %s', (name) => {
  test('is in no message and no file of an export', async () => {
    const { args, env } = WAYS[name]!(server.port);
    const { result, seen, everything } = await run(
      [...args, ...SQL, ...out(), '--keep-temp', '--temp-dir', dir],
      { env },
    );
    expect(result.status).toBe(0);
    expect(everything).toHaveLength(4);
    if (process.platform === 'linux') expect(seen.length).toBeGreaterThan(4);
    expectNoPassword(everything);
    expect(server.log()).toMatch(/connection authenticated: identity="reader" method=scram-sha-256/);
  });
});

test.each(['--password', 'a URI', 'PGPASSWORD', 'a password file'])(
  'a password by %s is in no message of an export whose connection is cut, stack traces included',
  async (name) => {
    const proxy = await startProxy({ upstream: server, faults: { cutAfter: 5_000 } });
    const { args, env } = WAYS[name]!(proxy.port);
    const { result, everything } = await run([...args, ...SQL, ...out()], { env });
    await proxy.close();
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/\n\s+at /);
    expectNoPassword(everything);
  },
);

test.each(['--password', 'a URI', 'PGPASSWORD', 'a password file'])(
  'a wrong password by %s is in no message',
  async (name) => {
    const { args, env } = WAYS[name]!(server.port, 'postgres');
    const { result, everything } = await run([...args, ...SQL, ...out()], { env });
    expect(result).toMatchObject({ status: 1 });
    expect(result.stderr).toMatch(/password authentication failed for user "postgres"/);
    expectNoPassword(everything);
  },
);

describe('a crash', () => {
  /** Throws at SIGUSR2 where nobody catches, with the password in the message, as a defect in some package might. */
  const crash = `--import=data:text/javascript,${encodeURIComponent(
    `import { isMainThread } from 'node:worker_threads';
     const password = ${JSON.stringify(PASSWORD)};
     if (isMainThread) process.on('SIGUSR2', () => { throw new Error('lost password=' + password); });`,
  )}`;

  /** Sends the signal when the export has stalled in the middle. */
  const signalWhenStalled = (proxy: FaultyProxy) => async (running: RunningCommand) => {
    while (proxy.counters.faults === 0) await new Promise((next) => setTimeout(next, 10));
    running.child.kill('SIGUSR2');
  };

  test.each(['--password', 'a URI', 'PGPASSWORD'])('shows no password given by %s', async (name) => {
    const proxy = await startProxy({ upstream: server, faults: { stallAfter: 3_000 } });
    const { args, env } = WAYS[name]!(proxy.port);
    const { result, everything } = await run(
      [...args, ...SQL, ...out()],
      { env: { ...env, NODE_OPTIONS: crash } },
      signalWhenStalled(proxy),
    );
    await proxy.close();
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/internal error: lost password=\*\*\*/);
    expectNoPassword(everything);
  });

  test("Node.js's report of it, for those who ask for one, holds no environment", async () => {
    const proxy = await startProxy({ upstream: server, faults: { stallAfter: 3_000 } });
    const { args, env } = WAYS.PGPASSWORD!(proxy.port);
    const options = ['--report-on-signal', '--report-signal=SIGUSR2', `--report-directory=${dir}`];
    const running = spawnFastExport([...args, ...SQL, ...out()], {
      env: { ...env, NODE_OPTIONS: options.join(' ') },
    });
    await signalWhenStalled(proxy)(running);
    await running.waitForStderr(/Node\.js report completed/);
    running.child.kill('SIGTERM');
    await running.result;
    await proxy.close();
    const [report] = readdirSync(dir).filter((name) => name.endsWith('.json'));
    const text = readFileSync(join(dir, report!), 'utf8');
    expect(text).toMatch(/"javascriptStack"/);
    expectNoPassword([text]);
  });
});
