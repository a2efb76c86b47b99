import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { PlainExport } from '../../src/product/config/config.ts';
import type { RunEvent } from '../../src/product/run.ts';
import { runPlain } from '../../src/product/run-plain.ts';
import { runProduct } from '../../src/product/run-product.ts';
import { startGate } from '../slices/gate.ts';
import { readWithDuckDB } from '../support/readers.ts';
import { otherSessions, testDatabase, testServer } from '../support/server.ts';
import { exportOf, listing, productOf, productRoots, runOptions } from './products.ts';

const database = testDatabase(
  'together',
  `CREATE TABLE small AS SELECT n AS id FROM generate_series(1, 5) n;
   CREATE TABLE middle AS SELECT n AS id FROM generate_series(1, 300) n;
   CREATE TABLE large AS SELECT n AS id, repeat('x', 900) AS pad FROM generate_series(1, 4000) n;
   ANALYZE;`,
);
const { root } = productRoots();
const tables = ['small', 'large', 'middle'].map((name) => exportOf(name, `SELECT * FROM ${name}`));

async function rowsIn(directory: string, names: readonly string[]): Promise<number[]> {
  const read = names.map(async (name) => (await readWithDuckDB(join(directory, `${name}.parquet`))).rows);
  return Promise.all(read);
}

test.each([1, 4])(
  'with %i jobs the largest table comes first, and no more than that many run at a time',
  async (jobs) => {
    const started: string[] = [];
    let running = 0;
    let most = 0;
    const taken = new Map<string, number>();
    const onEvent = (event: RunEvent) => {
      if (event.kind === 'started') {
        started.push(event.name);
        taken.set(event.name, event.jobs);
        running += event.jobs;
        most = Math.max(most, running);
      }
      if (event.kind === 'finished') running -= taken.get(event.summary.name)!;
    };
    const summary = await runProduct(
      productOf(root(`jobs-${jobs}`), tables),
      runOptions(database.dsn, { jobs, onEvent }),
    );
    expect(started).toEqual(['large', 'middle', 'small']);
    expect(most).toBeLessThanOrEqual(jobs);
    expect(taken.get('large')).toBe(jobs);
    expect(summary.exports.map(({ name, rows }) => [name, rows])).toEqual([
      ['small', 5],
      ['large', 4000],
      ['middle', 300],
    ]);
  },
);

test('memory that is too little for the jobs is an error before the first row', async () => {
  const starved = runProduct(
    productOf(root('starved'), tables),
    runOptions(database.dsn, { jobs: 16, maxMemory: 512 << 20 }),
  );
  await expect(starved).rejects.toMatchObject({
    code: 'usage',
    hint: expect.stringContaining('--max-memory'),
  });
  expect(readdirSync(join(root('starved'), 'runs'))).toEqual([]);
});

describe('DDL of others', () => {
  /** Runs a product over a gate, which shows each statement before the server gets it. */
  async function gated(name: string, onStatement: (sql: string) => Promise<void>) {
    const { host, port } = testServer();
    const gate = await startGate({ upstream: { host, port }, onStatement });
    try {
      return await runProduct(productOf(root(name), tables), runOptions(gate.dsn(database.dsn)));
    } finally {
      await gate.close();
    }
  }

  test('between the snapshot and the lock of a table lets all begin again', async () => {
    let changed = false;
    const { directory } = await gated('begins-again', async (sql) => {
      if (changed || !sql.includes('FROM middle')) return;
      changed = true;
      await database.sql(
        'BEGIN; TRUNCATE middle; INSERT INTO middle SELECT generate_series(1, 200); INSERT INTO small VALUES (6); COMMIT',
      );
    });
    expect(changed).toBe(true);
    // Without beginning again `middle` would be empty, and `small` without its sixth row.
    expect(await rowsIn(directory, ['small', 'middle', 'large'])).toEqual([6, 200, 4000]);
  });

  test('that waits for the run to end does not stop it', async () => {
    const clients = ['middle', 'large'].map((table) => ({
      table,
      client: new pg.Client({ connectionString: database.dsn }),
    }));
    const truncating: Promise<unknown>[] = [];
    let waiting: Promise<void> | null = null;
    const wait = async () => {
      for (const { table, client } of clients) {
        await client.connect();
        truncating.push(client.query(`TRUNCATE ${table}`));
      }
      for (let waiters = 0; waiters < clients.length; ) {
        const [row] = await database.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted
             AND relation IN ('middle'::regclass, 'large'::regclass)`,
        );
        waiters = row!.n;
      }
    };
    // No further connection gets a lock then, so the tables are read over the first one.
    const { directory, exports } = await gated('waited-for', async (sql) => {
      if (!sql.includes('SET TRANSACTION SNAPSHOT')) return;
      waiting ??= wait();
      await waiting;
    });
    await Promise.all(truncating);
    for (const { client } of clients) await client.end();
    expect(exports.map(({ rows }) => rows)).toEqual([6, 4000, 200]);
    expect(await rowsIn(directory, ['small', 'middle', 'large'])).toEqual([6, 200, 4000]);
    await database.sql(
      "INSERT INTO large SELECT n, repeat('x', 900) FROM generate_series(1, 4000) n; INSERT INTO middle VALUES (1)",
    );
  });
});

test('where the connection is lost that holds the snapshot, all ends, and nothing is left', async () => {
  const slow = exportOf('slow', 'SELECT id, pg_sleep(60)::text FROM small');
  const lost = runProduct(
    productOf(root('lost'), [slow]),
    runOptions(database.dsn, {
      onEvent: ({ kind }) => {
        if (kind !== 'started') return;
        void database.sql(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'fast-export'`,
        );
      },
    }),
  );
  await expect(lost).rejects.toMatchObject({
    code: 'connection',
    message: expect.stringMatching(/^export slow: the snapshot that all connections share is lost/),
  });
  expect(listing(root('lost'))).toEqual(['runs']);
  expect(await otherSessions(database)).toBe(0);
});

describe('the plain form', () => {
  const plain = (folder: string, sql: Readonly<Record<string, string>>): PlainExport[] =>
    Object.entries(sql).map(([name, query]) => ({
      sql: query,
      out: join(root(folder), `${name}.parquet`),
      options: {},
    }));
  const options = { connection: { dsn: database.dsn }, jobs: 2 };

  test('gives all files their names, and nothing else', async () => {
    mkdirSync(root('plain'));
    const exports = plain('plain', { a: 'TABLE small', b: 'SELECT id::text FROM large' });
    const summary = await runPlain(exports, options);
    expect(summary.exports.map(({ name, out }) => [name, out])).toEqual(exports.map(({ out }) => [out, out]));
    expect(readdirSync(root('plain')).sort()).toEqual(['a.parquet', 'b.parquet']);
    expect(await rowsIn(root('plain'), ['a', 'b'])).toEqual([6, 4000]);
  });

  test('leaves all files as they were where one fails', async () => {
    mkdirSync(root('fails'));
    const exports = plain('fails', { a: 'TABLE small', b: 'SELECT 1 / (id - 4000) FROM large' });
    for (const { out } of exports) writeFileSync(out, 'before');
    await expect(runPlain(exports, options)).rejects.toMatchObject({
      message: expect.stringMatching(/^export .*b\.parquet: .*division by zero/),
    });
    expect(readdirSync(root('fails')).sort()).toEqual(['a.parquet', 'b.parquet']);
    for (const { out } of exports) expect(readFileSync(out, 'utf8')).toBe('before');
    expect(await otherSessions(database)).toBe(0);
  });

  test('looks at all outputs and options before anything runs', async () => {
    const missing = plain('missing', { a: 'SELECT pg_sleep(100)' });
    await expect(runPlain(missing, options)).rejects.toMatchObject({
      code: 'output',
      message: expect.stringContaining('does not exist'),
    });
    mkdirSync(root('usage'));
    const [good, bad] = plain('usage', { a: 'SELECT pg_sleep(100)', b: 'SELECT 1' });
    const wrong = [good!, { ...bad!, options: { rowGroupSize: 0 } }];
    await expect(runPlain(wrong, options)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/^export .*b\.parquet: rowGroupSize is 0/),
    });
    expect(readdirSync(root('usage'))).toEqual([]);
  });
});
