import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type ExportOptions, exportToParquet } from '../../src/index.ts';
import { inspect } from '../parquet/inspect.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase('page_rows');
const folder = mkdtempSync(join(tmpdir(), 'ddpp-page-rows-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The first row of each page, by row group. */
async function pages(options: Partial<ExportOptions>): Promise<number[][]> {
  const out = join(folder, 'rows.parquet');
  const sql = 'SELECT n FROM generate_series(1, 20) n';
  await exportToParquet({ connection: { dsn: database.dsn }, sql, out, ...options });
  return inspect(out).map(([chunk]) => chunk!.offsetIndex.map(({ firstRow }) => Number(firstRow)));
}

test('pages have pageRows rows, the last one of a row group what is left', async () => {
  expect(await pages({})).toEqual([[0]]);
  expect(await pages({ pageRows: 8 })).toEqual([[0, 8, 16]]);
  expect(await pages({ pageRows: 5, rowGroupSize: 12, transport: 'csv' })).toEqual([
    [0, 5, 10],
    [0, 5],
  ]);
});

test.each([0, 16_385, 1.5])('pageRows of %d is refused', async (pageRows) => {
  await expect(pages({ pageRows })).rejects.toMatchObject({
    code: 'usage',
    message: `pageRows is ${pageRows}`,
  });
});
