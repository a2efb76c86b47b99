import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import { oldestBinDir } from '../../tools/postgres-binaries.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { inEachJobPlace, jobPlace } from '../support/job-places.ts';
import { otherSessions, testDatabase, testServer } from '../support/server.ts';
import { askFile } from './exported.ts';
import { startGate } from './gate.ts';

const ROWS = 3_000;
const TABLE = (sign: string) =>
  `CREATE TABLE t AS SELECT ${sign}g AS id, repeat('x', 900) AS pad FROM generate_series(1, ${ROWS}) g; ANALYZE t`;
const database = testDatabase('slice_fallback', TABLE(''));
const RIGHT = [String(ROWS), String((ROWS * (ROWS + 1)) / 2)];
const SQL = 'SELECT id, pad FROM t';

let folder: string;
let other: PostgresServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-fallback-'));
  other = await startPostgres({ hba: ['host all all 127.0.0.1/32 trust'] });
  await onOther('postgres', `CREATE DATABASE ${pg.escapeIdentifier(database.name)}`);
  await onOther(database.name, TABLE('-'));
});
afterAll(async () => {
  await other.stop('immediate');
  rmSync(folder, { recursive: true });
});

async function onOther(name: string, sql: string): Promise<void> {
  const client = new pg.Client({ host: other.host, port: other.port, user: 'postgres', database: name });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Exports with three jobs; gives the file's rows and sum, and the log. */
async function exported(dsn: string, signal?: AbortSignal, onLog = (_line: string) => {}) {
  const out = join(folder, 'out.parquet');
  const log: string[] = [];
  const options = {
    sql: SQL,
    out,
    connection: { dsn },
    jobs: 3,
    signal,
    onLog: (line: string) => {
      log.push(line);
      onLog(line);
    },
  };
  await exportToParquet(options, jobPlace);
  return { file: await askFile(out, 'count(*), sum(id)'), log: log.join('\n') };
}

/**
 * Makes the other server have a snapshot of this name, as a server with exports of its own may: names are made of the
 * number of a backend and of how many transactions it has had. The transaction that it is of stays open.
 */
async function sameNamedSnapshot(name: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: other.host,
    port: other.port,
    user: 'postgres',
    database: database.name,
  });
  // Its server may be stopped under it.
  client.on('error', () => {});
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await client.query('SELECT pg_export_snapshot() AS name');
  const copy = join(other.dataDir, 'pg_snapshots', name);
  copyFileSync(join(other.dataDir, 'pg_snapshots', rows[0].name), copy);
  chmodSync(copy, 0o644);
  return client;
}

inEachJobPlace(() => {
  describe('a load balancer that leads further connections to another server', () => {
    test('which does not have the snapshot: all is read over the first connection', async () => {
      const { host, port } = testServer();
      const gate = await startGate({ upstream: async (index) => (index === 1 ? { host, port } : other) });
      const { file, log } = await exported(gate.dsn(database.dsn));
      await gate.close();
      expect(file).toEqual(RIGHT);
      expect(log).toMatch(/a further connection failed: .*snapshot/);
      expect(log).toMatch(/over the first connection/);
    });

    test('which has another snapshot of that name', async () => {
      const { host, port } = testServer();
      let exporter: pg.Client | undefined;
      const gate = await startGate({
        upstream: async (index) => (index === 1 ? { host, port } : other),
        onStatement: async (sql) => {
          const name = /SET TRANSACTION SNAPSHOT '([^']+)'/.exec(sql)?.[1];
          if (name !== undefined) exporter ??= await sameNamedSnapshot(name);
        },
      });
      const { file, log } = await exported(gate.dsn(database.dsn));
      await gate.close();
      await exporter?.end();
      expect(file).toEqual(RIGHT);
      expect(log).toMatch(/came to another server/);
      expect(log).toMatch(/over the first connection/);
    });

    test('sometimes: the connections to the right one read everything', async () => {
      const { host, port } = testServer();
      const gate = await startGate({ upstream: async (index) => (index % 2 === 1 ? { host, port } : other) });
      const { file, log } = await exported(gate.dsn(database.dsn));
      await gate.close();
      expect(file).toEqual(RIGHT);
      expect(log).toMatch(/a further connection failed/);
      expect(log).not.toMatch(/over the first connection/);
    });
  });

  describe('a limit to connections', () => {
    const limited = async (connections: number) => {
      await database.sql(`
      DO $$ BEGIN CREATE ROLE few LOGIN PASSWORD 'few'; EXCEPTION WHEN duplicate_object THEN END $$;
      ALTER ROLE few CONNECTION LIMIT ${connections}; GRANT SELECT ON t TO few`);
      // A job that has read everything would leave its connection to one that comes late.
      const refused = Promise.withResolvers<void>();
      const { host, port } = testServer();
      const gate = await startGate({
        upstream: { host, port },
        onStatement: async (sql) => {
          if (sql.startsWith('COPY')) await refused.promise;
        },
      });
      const dsn = new URL(gate.dsn(database.dsn));
      dsn.username = 'few';
      dsn.password = 'few';
      const onLog = (line: string) => {
        if (line.startsWith('a further connection failed')) refused.resolve();
      };
      return exported(dsn.href, undefined, onLog).finally(() => gate.close());
    };

    test('that leaves fewer jobs', async () => {
      const { file, log } = await limited(2);
      expect(file).toEqual(RIGHT);
      expect(log).toMatch(/a further connection failed: .*too many connections/);
      expect(log).not.toMatch(/over the first connection/);
    });

    test('that leaves none but the first', async () => {
      const { file, log } = await limited(1);
      expect(file).toEqual(RIGHT);
      expect(log).toMatch(/over the first connection/);
    });
  });

  test('the first connection ended by an administrator, in the middle: a clear error or a complete file', async () => {
    const { host, port } = testServer();
    let copies = 0;
    const gate = await startGate({
      upstream: { host, port },
      onStatement: async (sql) => {
        if (!sql.startsWith('COPY') || ++copies !== 3) return;
        await database.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction' AND query NOT LIKE 'COPY%'
           AND backend_start = (SELECT min(backend_start) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())`,
        );
      },
    });
    const outcome = await exported(gate.dsn(database.dsn)).then(
      ({ file }) => file,
      (error: unknown) => error,
    );
    await gate.close();
    if (outcome instanceof Error) expect(outcome.message).toMatch(/terminating|connection/);
    else expect(outcome).toEqual(RIGHT);
    expect(await otherSessions(database)).toBe(0);
  });

  test.skipIf(oldestBinDir() === null)('a server before version 14 is read over one connection', async () => {
    const oldest = await startPostgres({ binDir: oldestBinDir()! });
    try {
      const client = new pg.Client({ connectionString: oldest.dsn });
      await client.connect();
      await client.query(TABLE(''));
      await client.end();
      const { file, log } = await exported(oldest.dsn);
      expect(file).toEqual(RIGHT);
      expect(log).toMatch(/over one connection: the server is older than version 14/);
    } finally {
      await oldest.stop('immediate');
    }
  });
});
