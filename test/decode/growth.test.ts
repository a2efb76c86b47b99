import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exportToParquet } from '../../src/index.ts';
import { readWithDuckDB } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase('growth');
const folder = mkdtempSync(join(tmpdir(), 'ddpp-growth-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Lists that become longer: the memory of earlier, shorter batches is used again, but not where it is too small. */
test.each([
  ['batches of one row', 1, 40, 1],
  ['small batches', 5, 400, 20],
  ['large batches', 1_000_000, 70_000, 30_000],
])('lists that grow from batch to batch: %s', async (_, rowGroupSize, rows, step) => {
  const out = join(folder, `${rowGroupSize}.parquet`);
  const sql = `SELECT g::int4, a::int4[], a::text[] AS t, ARRAY(SELECT ROW(x, x % 2 = 0)::pair FROM unnest(a) x) AS s
    FROM generate_series(1, ${rows}) g, LATERAL (SELECT array_agg(g + i) FROM generate_series(0, g / ${step}) i) l(a)`;
  await database.sql('DROP TYPE IF EXISTS pair; CREATE TYPE pair AS (x int4, even bool)');
  await exportToParquet({ connection: { dsn: database.dsn }, sql, out, rowGroupSize });
  const { columns } = await readWithDuckDB(out);
  const expected = Array.from({ length: rows }, (_, r) =>
    Array.from({ length: Math.floor((r + 1) / step) + 1 }, (_, i) => String(r + 1 + i)),
  );
  expect(columns[1]).toEqual(expected);
  expect(columns[2]).toEqual(expected);
  expect(columns[3]).toEqual(expected.map((list) => list.map((x) => [x, Number(x) % 2 === 0])));
});
