import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { startProxy } from '../../tools/proxy.ts';
import { startGate } from '../slices/gate.ts';
import { NO_PGBOUNCER, startPgBouncer } from './pgbouncer.ts';
import { difference, STARS, STARS_SQL } from './stars.ts';

let server: PostgresServer;
let client: pg.Client;
let folder: string;
const cleanups: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-poolers-'));
  server = await startPostgres({ hba: ['host all all 127.0.0.1/32 trust'] });
  client = new pg.Client({ connectionString: server.dsn });
  await client.connect();
  await client.query(STARS_SQL);
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  await client.end();
  await server.stop('immediate');
  rmSync(folder, { recursive: true });
});

async function through(settings: Readonly<Record<string, string | number>>): Promise<string> {
  const pooler = await startPgBouncer(server, settings);
  cleanups.push(() => pooler.stop());
  return pooler.dsn;
}

async function exported(dsn: string, sql = 'SELECT * FROM stars') {
  const out = join(folder, 'out.parquet');
  const log: string[] = [];
  const onLog = (line: string) => log.push(line);
  const summary = await exportToParquet({ sql, out, jobs: 3, connection: { dsn }, onLog });
  return { summary, out, log: log.join('\n') };
}

if (NO_PGBOUNCER !== null) console.warn(NO_PGBOUNCER);

describe.skipIf(NO_PGBOUNCER !== null)('PgBouncer', () => {
  test.each(['session', 'transaction'])('in %s mode: read over several connections', async (pool_mode) => {
    const { summary, out, log } = await exported(await through({ pool_mode }));
    expect(summary).toMatchObject({ rows: STARS, jobs: 3 });
    expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
    expect(log).not.toMatch(/failed/);
  });

  test.each(['session', 'transaction'])(
    'in %s mode, where others used its connections',
    async (pool_mode) => {
      const dsn = await through({ pool_mode, default_pool_size: 4, server_reset_query: '' });
      // What an export sets must be its transaction's own, and what others left must not reach the file.
      for (let i = 0; i < 4; i++) {
        const other = new pg.Client({ connectionString: dsn });
        await other.connect();
        await other.query(
          "SET datestyle = 'SQL, DMY'; SET extra_float_digits = -15; SET bytea_output = 'escape'",
        );
        await other.end();
      }
      const { out } = await exported(dsn);
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      const after = new pg.Client({ connectionString: dsn });
      await after.connect();
      const { rows } = await after.query(
        "SELECT current_setting('synchronize_seqscans') AS scans, current_setting('statement_timeout') AS limit",
      );
      await after.end();
      expect(rows).toEqual([{ scans: 'on', limit: '0' }]);
    },
  );

  test.each(['session', 'transaction'])(
    'in %s mode with room for one connection: read over that',
    async (pool_mode) => {
      const dsn = await through({ pool_mode, default_pool_size: 1, query_wait_timeout: 1 });
      const { summary, out, log } = await exported(dsn);
      expect(summary.rows).toBe(STARS);
      expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
      expect(log).toMatch(/a further connection failed: .*query_wait_timeout/);
      expect(log).toMatch(/over the first connection/);
    },
  );

  test('that takes two clients: read over those', async () => {
    const { summary, out, log } = await exported(
      await through({ pool_mode: 'transaction', max_client_conn: 3 }),
    );
    expect(summary.rows).toBe(STARS);
    expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
    expect(log).toMatch(/a further connection failed: .*no more connections allowed/);
  });

  test('in statement mode: an error', async () => {
    const dsn = await through({ pool_mode: 'statement' });
    await expect(exported(dsn)).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringMatching(/transaction/i),
    });
  });

  test.each(['session', 'transaction'])(
    'in %s mode, whose server connection is lost: read again',
    async (pool_mode) => {
      const dsn = await through({ pool_mode });
      // Slow enough to be met while it reads.
      const sql = 'SELECT id, repeat(name, 300) AS names FROM stars';
      const running = exported(dsn, sql);
      let terminated = 0;
      const over = running.then(
        () => true,
        () => true,
      );
      while (
        terminated === 0 &&
        !(await Promise.race([over, new Promise((next) => setTimeout(next, 2, false))]))
      ) {
        const { rowCount } = await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND state = 'active' LIMIT 1",
        );
        terminated = rowCount!;
      }
      const { summary, log } = await running;
      expect(terminated).toBe(1);
      expect(summary.rows).toBe(STARS);
      expect(log).toMatch(/again \(1 of 3\)/);
    },
  );
});

describe('a load balancer that leads a connection to another server', () => {
  test('when a slice is read again: tried until it is the right one', async () => {
    const other = await startPostgres({ hba: ['host all all 127.0.0.1/32 trust'] });
    cleanups.push(() => other.stop('immediate'));
    const wrong = new pg.Client({ connectionString: other.dsn });
    await wrong.connect();
    await wrong.query(STARS_SQL.replaceAll('g * 0.5', 'g * -0.5'));
    await wrong.end();
    // The first four connections are the export's first and its jobs'; then every second one goes astray.
    const gate = await startGate({
      upstream: async (index) => (index > 4 && index % 2 === 1 ? other : server),
    });
    cleanups.push(() => gate.close());
    const { port } = new URL(gate.dsn(server.dsn));
    const proxy = await startProxy({
      upstream: { host: '127.0.0.1', port: Number(port) },
      faults: (connection) => (connection === 2 || connection === 3 ? { cutAfter: 200_000 } : {}),
    });
    cleanups.push(() => proxy.close());
    const { summary, out, log } = await exported(
      `postgresql://postgres@127.0.0.1:${proxy.port}/postgres?sslmode=disable`,
    );
    expect(summary.rows).toBe(STARS);
    expect(await difference(out)).toEqual({ missing: 0, extra: 0 });
    expect(log).toMatch(/again \(2 of 3\): .*snapshot/);
  });
});
