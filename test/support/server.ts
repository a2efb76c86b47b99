import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import type { PostgresServer } from '../../tools/postgres-server.ts';

/** What tests know about the server that they share. */
export type TestServer = Omit<PostgresServer, 'restart' | 'stop' | 'log'>;

/** A row as `pg` gives it: values by column name, int8 and numeric as strings. */
export type Row = Record<string, unknown>;

/** Session settings under which query results read as usual, whatever the server's defaults are. */
const plainSession =
  '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=3 -c bytea_output=hex';

/** The server shared by all test files. Its session defaults are odd on purpose: see `global-setup.ts`. */
export function testServer(): TestServer {
  return inject('server');
}

/** One database of the shared server, empty at first and dropped after the test file. */
export interface TestDatabase {
  readonly name: string;
  /** Connection URI for TCP, with the password. */
  readonly dsn: string;
  /** Runs one or more SQL statements. */
  sql(text: string): Promise<void>;
  /** Runs one statement and gives its rows. */
  query<R extends Row = Row>(text: string, values?: readonly unknown[]): Promise<R[]>;
  /**
   * Waits until every transaction of now has ended, those of other test files on the same server too: what is written
   * while one runs comes in two increments by snapshot.
   */
  settled(): Promise<void>;
}

/**
 * A database of the calling test file's own, filled by `sql`, so that files run in parallel and in any order. Call it
 * at the top level of the file or of a `describe`; the database exists from `beforeAll` on.
 */
export function testDatabase(name: string, sql = ''): TestDatabase {
  const server = testServer();
  const database = `${name}_${process.pid}`;
  const dsn = new URL(server.dsn);
  dsn.pathname = `/${database}`;
  const owner = new pg.Client({ connectionString: server.dsn });
  const client = new pg.Client({ connectionString: dsn.href, options: plainSession });

  beforeAll(async () => {
    await owner.connect();
    await owner.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
    await client.connect();
    await client.query(sql);
  });
  afterAll(async () => {
    await client.end();
    await owner.query(`DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE)`);
    await owner.end();
  });

  return {
    name: database,
    dsn: dsn.href,
    sql: async (text) => {
      await client.query(text);
    },
    query: async <R extends Row>(text: string, values: readonly unknown[] = []) =>
      (await client.query<R>(text, [...values])).rows,
    settled: async () => {
      const [now] = (await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xid')).rows;
      const over = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS over';
      while (!(await client.query(over, [now.xid])).rows[0].over) await sleep(20);
    },
  };
}

/**
 * Sessions on a database other than the asking one: what an export has left behind.
 *
 * Polls until there are `expected` of them or `within` milliseconds have passed, then gives how many there are.
 */
export async function otherSessions(database: TestDatabase, expected = 0, within = 2000): Promise<number> {
  const deadline = performance.now() + within;
  for (;;) {
    const [row] = await database.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    if (row!.n === expected || performance.now() > deadline) return row!.n;
    await sleep(20);
  }
}
