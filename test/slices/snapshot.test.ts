import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import { inEachJobPlace, jobPlace } from '../support/job-places.ts';
import { testDatabase, testServer } from '../support/server.ts';
import { askFile } from './exported.ts';
import { startGate } from './gate.ts';

const ACCOUNTS = 4_000;
const BALANCE = 1_000;

/**
 * Accounts whose balances add up to the same in every committed state, while their number changes: a transfer updates
 * two rows, an account is closed by paying its balance to another one, and opened with money from another one. Some
 * 570 pages.
 */
const database = testDatabase(
  'slice_snapshot',
  `CREATE TABLE accounts (id serial PRIMARY KEY, balance int, pad text DEFAULT repeat('x', 900));
   INSERT INTO accounts (balance) SELECT ${BALANCE} FROM generate_series(1, ${ACCOUNTS});
   CREATE FUNCTION any_account() RETURNS int LANGUAGE sql AS 'SELECT id FROM accounts OFFSET floor(random() * 3000) LIMIT 1';
   CREATE PROCEDURE churn() LANGUAGE plpgsql AS $$
     DECLARE a int := any_account(); b int := any_account(); amount int := floor(random() * 100); left_over int; held int;
     BEGIN
       -- Whoever waited here may find an account closed: without both of them the money would come from nowhere.
       PERFORM 1 FROM accounts WHERE id IN (a, b) ORDER BY id FOR UPDATE;
       GET DIAGNOSTICS held = ROW_COUNT;
       IF held < 2 THEN RETURN; END IF;
       UPDATE accounts SET balance = balance - amount WHERE id = least(a, b);
       UPDATE accounts SET balance = balance + amount WHERE id = greatest(a, b);
       IF random() < 0.5 THEN
         DELETE FROM accounts WHERE id = least(a, b) RETURNING balance INTO left_over;
         UPDATE accounts SET balance = balance + left_over WHERE id = greatest(a, b);
       ELSE
         INSERT INTO accounts (balance) VALUES (amount);
         UPDATE accounts SET balance = balance - amount WHERE id = greatest(a, b);
       END IF;
     END $$`,
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-snapshot-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Keeps changing the accounts until the promise is settled; gives how many changes were committed. */
async function churnWhile(running: Promise<unknown>): Promise<number> {
  let over = false;
  running.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  let changes = 0;
  const writer = async () => {
    const client = new pg.Client({ connectionString: database.dsn });
    await client.connect();
    while (!over) {
      await client.query('CALL churn()');
      changes++;
    }
    await client.end();
  };
  await Promise.all([writer(), writer()]);
  return changes;
}

/** What the file says, and what the snapshot says that the export's jobs adopted: asked by adopting it as well. */
async function exportWhileWriting(sql: string, name: string) {
  const { host, port } = testServer();
  const out = join(folder, name);
  const seen: Record<string, unknown>[] = [];
  const ask = async (snapshot: string) => {
    const client = new pg.Client({ connectionString: database.dsn });
    await client.connect();
    await client.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '${snapshot}'`,
    );
    const { rows } = await client.query(
      'SELECT count(*)::int AS n, sum(balance)::int AS total, sum(id::int8 * balance)::text AS hash FROM accounts',
    );
    await client.end();
    return rows[0] as Record<string, unknown>;
  };
  const gate = await startGate({
    upstream: { host, port },
    onStatement: async (statement) => {
      const snapshot = /SET TRANSACTION SNAPSHOT '([^']+)'/.exec(statement)?.[1];
      if (snapshot !== undefined) seen.push(await ask(snapshot));
    },
  });
  const connection = { dsn: gate.dsn(database.dsn) };
  const running = exportToParquet({ sql, out, connection, jobs: 3 }, jobPlace);
  try {
    const changes = await churnWhile(running);
    const summary = await running;
    const [n, ids, total, hash] = await askFile(
      out,
      'count(*), count(DISTINCT id), sum(balance), sum(id::int8 * balance)',
    );
    return { file: { n: Number(n), ids: Number(ids), total: Number(total), hash }, seen, summary, changes };
  } finally {
    await gate.close();
  }
}

inEachJobPlace(() => {
  test('while others insert, update and delete, each row of the snapshot is there once', async () => {
    for (let round = 0; round < 3; round++) {
      const { file, seen, summary, changes } = await exportWhileWriting(
        'SELECT id, balance, pad FROM accounts',
        'all.parquet',
      );
      expect(summary.jobs).toBe(3);
      expect(changes).toBeGreaterThan(5);
      expect(file.ids).toBe(file.n);
      expect(file.total).toBe(ACCOUNTS * BALANCE);
      expect(seen.length).toBe(3);
      for (const { n, total, hash } of seen) {
        expect({ n, total, hash }).toEqual({ n: file.n, total: file.total, hash: file.hash });
      }
    }
  });

  test('the same with a snapshot of its own for each part is wrong, so the test above can fail', async () => {
    const half = (order: string, name: string) =>
      exportWhileWriting(`SELECT id, balance FROM accounts WHERE ctid ${order} '(280,0)'`, name);
    let differs = false;
    for (let round = 0; round < 5 && !differs; round++) {
      const low = await half('<', 'low.parquet');
      const high = await half('>=', 'high.parquet');
      differs = low.file.total + high.file.total !== ACCOUNTS * BALANCE;
    }
    expect(differs).toBe(true);
  });
});
