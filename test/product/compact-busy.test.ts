import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { compactProduct } from '../../src/product/compact/compact.ts';
import { testDatabase } from '../support/server.ts';
import { Days, expectWhole, twice } from './days.ts';
import { productRoots } from './products.ts';

const { dsn, sql } = testDatabase('compact_busy');
const { root } = productRoots();

test('a compacted product equals a full export of the same snapshot after 50 increments with writers running all the time', async () => {
  await sql(`CREATE TABLE busy (v int NOT NULL, part int, id int, note text, PRIMARY KEY (id, part));
      INSERT INTO busy SELECT 0, i % 3, i, 'first' FROM generate_series(1, 500) AS i`);
  const exports = twice('SELECT * FROM busy WHERE v % 10 <> 9', ['part', 'id']);
  const days = new Days(dsn, root('busy'), exports);
  let stopped = false;
  const writers = [1, 2].map(() => write(() => stopped));
  let changed = 0;
  try {
    await days.next();
    for (let run = 1; run <= 50; run++) {
      const isCompared = run % 25 === 0;
      const { manifest } = await days.next(isCompared ? exports : [exports[0]!]);
      expect(manifest.exports[0]!.fullBecause).toBeNull();
      changed += manifest.exports[0]!.files[0]!.rows;
      if (!isCompared) continue;
      const out = join(root('busy'), `compacted-${run}`);
      await compactProduct({ products: [join(days.root, 'latest')], out });
      await expectWhole(out);
    }
  } finally {
    stopped = true;
    await Promise.all(writers);
  }
  expect(changed).toBeGreaterThan(50);
}, 600_000);

/** Updates, inserts and deletes, some under savepoints, some rolled back, some that stay open for longer than a run. */
async function write(stopped: () => boolean): Promise<void> {
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  const pick = (n: number) => Math.floor(Math.random() * n);
  while (!stopped()) {
    try {
      await client.query('BEGIN');
      for (let n = pick(5); n >= 0; n--) {
        const id = pick(800);
        await client.query(
          [
            `SAVEPOINT s; UPDATE busy SET v = ${pick(1000)} WHERE id = ${id}; ${pick(3) === 0 ? 'ROLLBACK TO s' : 'RELEASE s'}`,
            `DELETE FROM busy WHERE id = ${id}`,
            `INSERT INTO busy VALUES (${pick(1000)}, ${id % 3}, ${id}, 'new') ON CONFLICT DO NOTHING`,
            `UPDATE busy SET note = note || '.' WHERE id = ${id}`,
          ][pick(4)]!,
        );
      }
      if (pick(50) === 0) await client.query('SELECT pg_sleep(1)');
      else await client.query('SELECT pg_sleep(0.03)');
      await client.query(pick(5) === 0 ? 'ROLLBACK' : 'COMMIT');
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      await client.query('ROLLBACK');
    }
  }
  await client.end();
}
