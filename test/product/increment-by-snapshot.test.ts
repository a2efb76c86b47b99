import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { exportSession, multisetOf, plannedSlices, sliceQueries } from '../slices/planned.ts';
import { exportOf, type Taken, take } from './increment-session.ts';

let server: PostgresServer;
let client: pg.Client;

beforeAll(async () => {
  server = await startPostgres({ settings: { max_prepared_transactions: 10 } });
  client = await connect();
});
afterAll(async () => {
  await client.end();
  await server.stop();
});

async function connect(): Promise<pg.Client> {
  const opened = new pg.Client({ connectionString: server.dsn });
  await opened.connect();
  return opened;
}

/** A consumer's copy of the table, by key, that is kept up to date with increments alone. */
class Copy {
  readonly #rows = new Map<string, string>();

  apply({ planned, rows, keys }: Taken): void {
    if (planned.kind === 'full') this.#rows.clear();
    for (const row of rows) this.#rows.set(row.id!, JSON.stringify(row));
    if (keys === null) return;
    const kept = new Set(keys.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!kept.has(id)) this.#rows.delete(id);
  }

  get rows(): string[] {
    return [...this.#rows.values()].sort();
  }
}

const rowsOf = ({ all }: Taken) => all.map((row) => JSON.stringify(row)).sort();

describe('nothing is missed', () => {
  const WRITERS = 4;
  const RUNS = 50;

  test.each(['ordinary', 'partitioned'])(
    'with writers running all the time, in an %s table',
    async (kind) => {
      const table = `busy_${kind}`;
      await client.query(`CREATE TABLE ${table} (id int PRIMARY KEY, v int NOT NULL, note text)
      ${kind === 'partitioned' ? 'PARTITION BY RANGE (id)' : ''}`);
      if (kind === 'partitioned') {
        await client.query(`CREATE TABLE ${table}_a PARTITION OF ${table} FOR VALUES FROM (MINVALUE) TO (150);
        CREATE TABLE ${table}_b PARTITION OF ${table} DEFAULT`);
      }
      await client.query(`INSERT INTO ${table} SELECT i, 0 FROM generate_series(1, 200) AS i`);
      const config = exportOf(`SELECT id, v, note FROM ${table} WHERE v % 5 <> 3`);
      let stopped = false;
      const writing = Array.from({ length: WRITERS }, (_, i) => write(table, i, () => stopped));
      const copy = new Copy();
      let last = await take(server.dsn, config, null);
      copy.apply(last);
      let increments = 0;
      try {
        for (let run = 0; run < RUNS; run++) {
          last = await take(server.dsn, config, last.product);
          expect(last.planned.fullBecause).toBeNull();
          increments += last.rows.length;
          copy.apply(last);
          expect(copy.rows).toEqual(rowsOf(last));
        }
      } finally {
        stopped = true;
        await Promise.all(writing);
      }
      expect(increments).toBeGreaterThan(RUNS);
      last = await take(server.dsn, config, last.product);
      copy.apply(last);
      expect(copy.rows).toEqual(rowsOf(last));
      // Nobody writes any more: what was in flight comes once more at most, then nothing.
      last = await take(server.dsn, config, last.product);
      expect(last.rows).toEqual([]);
    },
  );
});

/** Writes in transactions of random shape: savepoints, rollbacks, prepared ones, and some that stay open for a while. */
async function write(table: string, seed: number, stopped: () => boolean): Promise<void> {
  const own = await connect();
  const pick = (n: number) => Math.floor(Math.random() * n);
  const statement = () =>
    [
      `INSERT INTO ${table} VALUES (${pick(300)}, ${pick(1000)}, 'new') ON CONFLICT (id) DO UPDATE SET v = ${table}.v + 1`,
      `UPDATE ${table} SET v = ${pick(1000)}, note = repeat('x', ${pick(50)}) WHERE id = ${pick(300)}`,
      `DELETE FROM ${table} WHERE id = ${pick(300)}`,
      `UPDATE ${table} SET id = id + 1000 WHERE id = ${pick(300)} AND NOT EXISTS (SELECT FROM ${table} WHERE id > 1000)`,
      `SELECT FROM ${table} WHERE id = ${pick(300)} FOR UPDATE`,
    ][pick(5)]!;
  try {
    while (!stopped()) {
      try {
        await own.query('BEGIN');
        for (let n = pick(4); n >= 0; n--) {
          await own.query(`SAVEPOINT s; ${statement()}`);
          if (pick(4) === 0) await own.query('ROLLBACK TO SAVEPOINT s');
        }
        if (pick(4) === 0) await own.query(`SELECT pg_sleep(0.0${pick(9)})`);
        const end = pick(6);
        if (end === 0) {
          await own.query(`PREPARE TRANSACTION 'p${seed}'`);
          await own.query(`SELECT pg_sleep(0.0${pick(9)})`);
          await own.query(`${pick(3) === 0 ? 'ROLLBACK' : 'COMMIT'} PREPARED 'p${seed}'`);
        } else {
          await own.query(end === 1 ? 'ROLLBACK' : 'COMMIT');
        }
      } catch (error) {
        // Deadlocks and keys that another writer has taken meanwhile.
        if (!(error instanceof pg.DatabaseError)) throw error;
        await own.query('ROLLBACK');
      }
    }
  } finally {
    await own.end();
  }
}

test.each(['ordinary', 'partitioned'])(
  'an increment of a large %s table is read in slices, and so are its keys',
  async (kind) => {
    const table = `large_${kind}`;
    await client.query(
      `CREATE TABLE ${table} (id int PRIMARY KEY, v text) ${kind === 'partitioned' ? 'PARTITION BY RANGE (id)' : ''}`,
    );
    if (kind === 'partitioned') await client.query(`CREATE TABLE ${table}_all PARTITION OF ${table} DEFAULT`);
    await client.query(`INSERT INTO ${table} SELECT i, repeat('x', 200) FROM generate_series(1, 30000) AS i`);
    await client.query(`ANALYZE ${table}`);
    const config = exportOf(`SELECT * FROM ${table} WHERE id > 5`);
    const { product } = await take(server.dsn, config, null);
    await client.query(`UPDATE ${table} SET v = 'y' WHERE id % 100 = 0`);
    const { planned } = await take(server.dsn, config, product);
    const session = await exportSession(server.dsn);
    for (const [query, rows] of [
      [planned.sql, 300],
      [planned.keys!.sql, 29_995],
    ] as const) {
      const sliced = await plannedSlices(session, query);
      if (typeof sliced === 'string') throw new Error(sliced);
      expect(sliced.count).toBeGreaterThan(1);
      expect(await multisetOf(session, sliceQueries(sliced))).toBe(await multisetOf(session, [query]));
      expect(await multisetOf(session, [query])).toMatch(new RegExp(`^${rows} rows`));
    }
    await session.close();
  },
);

describe('a row in flight at the previous snapshot comes with the next one', () => {
  test.each([
    ['a transaction', "INSERT INTO flight VALUES (1, 'a')", 'COMMIT'],
    ['a savepoint that was released', "SAVEPOINT s; INSERT INTO flight VALUES (1, 'a'); RELEASE s", 'COMMIT'],
    ['a savepoint that is open', "SAVEPOINT s; INSERT INTO flight VALUES (1, 'a'); SAVEPOINT t", 'COMMIT'],
    [
      'more savepoints than the server keeps of a transaction',
      `DO $$ BEGIN FOR i IN 2..100 LOOP BEGIN INSERT INTO flight VALUES (i, 'x'); EXCEPTION WHEN others THEN END; END LOOP; END $$;
       INSERT INTO flight VALUES (1, 'a')`,
      'COMMIT',
    ],
    [
      'a prepared transaction',
      "INSERT INTO flight VALUES (1, 'a'); PREPARE TRANSACTION 'flight'",
      "COMMIT PREPARED 'flight'",
    ],
  ])('of %s', async (_, before, after) => {
    await client.query('DROP TABLE IF EXISTS flight; CREATE TABLE flight (id int PRIMARY KEY, v text)');
    const config = exportOf('TABLE flight');
    const writer = await connect();
    await writer.query('BEGIN');
    await writer.query(before);
    // Its ids are no longer the last ones that the snapshot knows of.
    await client.query("INSERT INTO flight VALUES (999, 'sooner')");
    const base = await take(server.dsn, config, null);
    expect(base.rows).toEqual([{ id: '999', v: 'sooner' }]);
    await client.query("INSERT INTO flight VALUES (1000, 'later')");
    await writer.query(after);
    await writer.end();
    const { planned, rows, all } = await take(server.dsn, config, base.product);
    expect(planned.kind).toBe('increment');
    expect(rows).toContainEqual({ id: '1', v: 'a' });
    expect(rows.length).toBe(all.length);
  });
});
