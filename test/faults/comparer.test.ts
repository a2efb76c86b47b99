import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS, Source } from '../../faults/source.ts';
import { exportToParquet } from '../../src/index.ts';
import { python } from '../support/python.ts';

const ROWS = 1000;

describe.skipIf(python() === null)('a file against its table', () => {
  let source: Source;
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-comparer-'));
  beforeAll(async () => {
    source = await Source.start(ROWS);
  });
  afterAll(async () => {
    await source.stop();
    rmSync(folder, { recursive: true });
  });

  async function compared(sql: string) {
    const out = join(folder, 'out.parquet');
    await exportToParquet({ connection: { dsn: source.server.dsn }, sql, out });
    return source.comparer.compare(out);
  }
  const all = `SELECT ${COLUMNS} FROM stars`;

  test('that has all rows, in any order', async () => {
    expect(await compared(`${all} ORDER BY name`)).toEqual({
      rows: ROWS,
      lost: 0,
      extra: 0,
      changedCells: 0,
    });
  });

  test('that has lost a row, or has one twice', async () => {
    expect(await compared(`${all} WHERE id <> 500`)).toMatchObject({ rows: ROWS - 1, lost: 1, extra: 0 });
    expect(await compared(`${all} UNION ALL ${all} WHERE id = 7`)).toMatchObject({ lost: 0, extra: 1 });
    expect(await compared(`${all} WHERE id <> 500 UNION ALL ${all} WHERE id = 7`)).toMatchObject({
      rows: ROWS,
      lost: 1,
      extra: 1,
    });
  });

  test.each([
    ['id', 'id + 5000'],
    ['name', "name || 'x'"],
    ['ra', 'ra + 1e-10'],
    ['mag', 'coalesce(mag, 0)::numeric(8,3) + 0.001::numeric(8,3)'],
    ['flux', '-sqrt(id)::float4'],
    ['seen', "seen + interval '1 microsecond'"],
    ['note', "CASE WHEN note = '' THEN NULL ELSE '' END"],
  ])('in which one value of %s is another', async (column, value) => {
    const changed = COLUMNS.replace(
      new RegExp(`\\b${column}\\b`),
      `(CASE WHEN id = 501 THEN ${value} ELSE ${column} END)${column === 'mag' ? '::numeric(8,3)' : ''} AS ${column}`,
    );
    expect(await compared(`SELECT ${changed} FROM stars`)).toEqual({
      rows: ROWS,
      lost: 1,
      extra: 1,
      changedCells: 1,
    });
  });

  test('with other columns', async () => {
    expect(await compared('SELECT id, name FROM stars')).toHaveProperty('error');
  });
});
