import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import type { ExportOptions } from '../../src/export/options.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { type Faults, type FaultyProxy, startProxy } from '../../tools/proxy.ts';
import { type Standby, startStandby } from '../postgres/standby.ts';
import { STARS_SQL } from './stars.ts';

let server: PostgresServer;
let standby: Standby;
let client: pg.Client;
let folder: string;
let proxy: FaultyProxy | null = null;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-named-'));
  server = await startPostgres({
    settings: { wal_level: 'replica', max_wal_senders: 3 },
    hba: ['host all,replication all 127.0.0.1/32 trust'],
  });
  client = new pg.Client({ connectionString: server.dsn });
  await client.connect();
  await client.query(STARS_SQL);
  standby = await startStandby(server, {
    primary_conninfo: `host=127.0.0.1 port=${server.port} user=postgres password=${server.password}`,
    max_standby_streaming_delay: '50ms',
    hot_standby_feedback: 'off',
    max_wal_senders: '3',
  });
});
afterEach(async () => {
  await proxy?.close();
  proxy = null;
});
afterAll(async () => {
  await client.end().catch(() => {});
  await standby?.stop();
  await server.stop('immediate');
  rmSync(folder, { recursive: true });
});

/** Waits until the condition holds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The error of an export with settings of the connection's own. */
async function failure(
  sql: string,
  { settings = '', port = server.port }: { settings?: string; port?: number } = {},
  options: Partial<ExportOptions> = {},
) {
  const dsn = new URL(server.dsn);
  dsn.port = String(port);
  // libpq takes no "+" for a blank.
  if (settings !== '') dsn.search = `options=${encodeURIComponent(settings)}`;
  try {
    await exportToParquet({
      sql,
      out: join(folder, 'out.parquet'),
      connection: { dsn: dsn.href },
      ...options,
    });
  } catch (error) {
    return error;
  }
  throw new Error('the export succeeded');
}

async function through(port: number, faults: (connection: number) => Faults): Promise<number> {
  proxy = await startProxy({ upstream: { host: '127.0.0.1', port }, faults });
  return proxy.port;
}

describe('limits that the connection itself sets are named', () => {
  test.each([
    [
      'statement_timeout',
      '57014',
      'query',
      'canceling statement due to statement timeout',
      'SELECT pg_sleep(30)',
    ],
    [
      'idle_in_transaction_session_timeout',
      '25P03',
      'connection',
      'the snapshot that all connections share is lost: terminating connection due to idle-in-transaction timeout',
      'SELECT pg_sleep(30)',
    ],
    [
      'transaction_timeout',
      '25P04',
      'connection',
      expect.stringContaining('terminating connection due to transaction timeout'),
      'SELECT pg_sleep(30)',
    ],
  ])('%s', async (setting, sqlState, code, message, sql) => {
    expect(await failure(sql, { settings: `-c ${setting}=1500` })).toMatchObject({
      code,
      sqlState,
      message,
      hint: expect.stringMatching(new RegExp(`^raise ${setting}: .*PGOPTIONS`)),
    });
  });

  test('lock_timeout', async () => {
    await client.query('BEGIN; LOCK TABLE stars');
    try {
      expect(await failure('SELECT * FROM stars', { settings: '-c lock_timeout=100' })).toMatchObject({
        code: 'query',
        sqlState: '55P03',
        message: expect.stringContaining('canceling statement due to lock timeout'),
        hint: expect.stringContaining('raise lock_timeout'),
      });
    } finally {
      await client.query('ROLLBACK');
    }
  });
});

test('limits of the role or the server are lifted', async () => {
  await client.query("ALTER ROLE postgres SET statement_timeout = '300ms'");
  try {
    const dsn = server.dsn;
    const out = join(folder, 'lifted.parquet');
    const summary = await exportToParquet({ sql: 'SELECT pg_sleep(0.6)::text', out, connection: { dsn } });
    expect(summary.rows).toBe(1);
  } finally {
    await client.query('ALTER ROLE postgres RESET statement_timeout');
  }
});

test('a query that an administrator cancels', async () => {
  const failed = failure('SELECT pg_sleep(30)');
  await until(async () => {
    const { rowCount } = await client.query(
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND wait_event = 'PgSleep'",
    );
    return rowCount === 1;
  });
  expect(await failed).toMatchObject({
    code: 'query',
    sqlState: '57014',
    message: 'canceling statement due to user request',
    hint: expect.stringContaining('an administrator'),
  });
});

test("a standby's conflict with recovery", async () => {
  const ask = new pg.Client({
    host: '127.0.0.1',
    port: standby.port,
    user: 'postgres',
    password: server.password,
  });
  await ask.connect();
  await client.query('CREATE TABLE doomed AS SELECT g AS id FROM generate_series(1, 1000) g');
  await until(async () => (await ask.query("SELECT to_regclass('doomed') AS there")).rows[0].there !== null);
  const failed = failure('SELECT id, pg_sleep(0.05) IS NULL AS slept FROM doomed', { port: standby.port });
  await until(
    async () => (await ask.query("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rowCount! > 0,
  );
  await client.query('DELETE FROM doomed WHERE id > 10');
  await client.query('VACUUM doomed');
  expect(await failed).toMatchObject({
    sqlState: '40001',
    message: expect.stringMatching(/due to conflict with recovery/),
    hint: expect.stringMatching(/max_standby_streaming_delay .*hot_standby_feedback/),
  });
  await ask.end();
});

test('a session that is ended after a few rows: its last words are told', async () => {
  const sql =
    'SELECT g, CASE WHEN g = 100 THEN pg_terminate_backend(pg_backend_pid()) END AS t FROM generate_series(1, 200) g';
  expect(await failure(sql, {}, { jobs: 1 })).toMatchObject({
    code: 'connection',
    sqlState: '57P01',
    message: expect.stringContaining('terminating connection due to administrator command'),
  });
});

describe('a server that is stopped', () => {
  test.each([
    [
      'fast',
      /^the snapshot that all connections share is lost: terminating connection due to administrator command/,
      '57P01',
    ],
    ['immediate', /^the snapshot that all connections share is lost: terminating connection/, /57P0[12]/],
  ] as const)('%s: its last words are told rather than the reset', async (mode, message, sqlState) => {
    const port = await through(server.port, (connection) => (connection > 1 ? { stallAfter: 200_000 } : {}));
    const failed = failure('SELECT * FROM stars', { port }, { jobs: 2 });
    await until(() => proxy!.counters.bytesFromServer > 400_000);
    client.on('error', () => {});
    await server.restart(mode);
    client = new pg.Client({ connectionString: server.dsn });
    await client.connect();
    const error = (await failed) as Error & { sqlState: string };
    expect(error).toMatchObject({ code: 'connection', message: expect.stringMatching(message) });
    expect(error.sqlState).toMatch(sqlState);
  });
});
