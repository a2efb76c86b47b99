import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProduct } from '../../src/product/run-product.ts';
import { verifyManifest } from '../../src/product/verify/verify-manifest.ts';
import { testDatabase } from '../support/server.ts';
import { exportOf, productOf, productRoots, runOptions } from './products.ts';

const database = testDatabase(
  'keep_increments',
  'CREATE TABLE stars AS SELECT n AS id, 0 AS mag FROM generate_series(1, 9) n; ALTER TABLE stars ADD PRIMARY KEY (id)',
);
const { root } = productRoots();
const increment = { by: 'snapshot', key: ['id'], fullEvery: undefined } as const;

const run = async (path: string, day: number, sql: string, overwrite = false) => {
  const stars = exportOf('stars', sql, { increment, minRows: 9, maxRowDrop: 0, unique: [['id']] });
  const date = `2026-11-0${day}`;
  await database.settled();
  return runProduct(
    productOf(path, [stars], { keep: 1 }),
    runOptions(database.dsn, { date, overwrite, jobs: 1 }),
  );
};

test('what increments build on is kept until there is a full export', async () => {
  const path = root('increments');
  const made: string[] = [];
  for (const day of [1, 2, 3]) {
    await database.sql(`UPDATE stars SET mag = ${day} WHERE id = ${day}`);
    const { manifest, pruned } = await run(path, day, 'SELECT * FROM stars');
    const [stars] = manifest.exports;
    expect(stars!.kind).toBe(day === 1 ? 'full' : 'increment');
    // The checks concern the whole table, of which an increment has less.
    expect(stars!.files[0]!.rows).toBe(day === 1 ? 9 : 1);
    expect(pruned).toEqual([]);
    expect((await verifyManifest(join(path, 'latest/manifest.json'))).problems).toEqual([]);
    made.push(manifest.run);
  }
  expect(readdirSync(join(path, 'runs')).sort()).toEqual(made);

  const replacing = await run(path, 3, 'SELECT * FROM stars', true);
  expect(replacing.manifest.previous!.run).toBe(made[1]);
  expect(replacing.manifest.exports[0]).toMatchObject({ kind: 'increment', files: [{ rows: 1 }, {}, {}] });
  expect(replacing.pruned).toEqual([made[2]]);

  const other = await run(path, 4, 'SELECT * FROM stars WHERE id < 100');
  expect(other.manifest.exports[0]).toMatchObject({ kind: 'full', fullBecause: 'the query has changed' });
  expect([...other.pruned].sort()).toEqual([made[0], made[1], replacing.manifest.run]);
  expect(readdirSync(join(path, 'runs'))).toEqual([other.manifest.run]);
});

test('checks look at the whole table also where an increment is exported', async () => {
  const path = root('checked');
  await run(path, 1, 'SELECT * FROM stars');
  await database.sql('DELETE FROM stars WHERE id = 9');
  await expect(run(path, 2, 'SELECT * FROM stars')).rejects.toMatchObject({
    message:
      'export stars has 8 rows, fewer than its min_rows, 9; export stars has 8 rows, 11 % fewer than the 9 before; its max_row_drop is 0',
  });
});
