import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import { type ExportPlan, planExport } from '../../src/export/plan.ts';
import { serverFacts } from '../../src/postgres/server-facts.ts';
import type { Session } from '../../src/postgres/session.ts';
import { exportSession } from '../slices/planned.ts';
import { python, runPython } from '../support/python.ts';
import { readWithHyparquet } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase(
  'sorting',
  `
  CREATE COLLATION elsewhere (provider = icu, locale = 'en');
  CREATE DOMAIN code AS text COLLATE "C";
  CREATE TYPE mood AS ENUM ('wild', 'calm');
  CREATE TABLE t (id int, big int8, price numeric(10,2), any_price numeric, ra float8, at timestamptz, day date, u uuid,
    raw bytea, c text COLLATE "C", n name, code code, e text COLLATE elsewhere, d text, fixed char(3), m mood, tags text[],
    ok bool);
  CREATE TABLE other (id int, x int);
  INSERT INTO t (id, c) SELECT g, CASE WHEN g % 5 > 0 THEN chr(60 + g) END FROM generate_series(1, 30) g;`,
);

let session: Session;
beforeAll(async () => {
  session = await exportSession(database.dsn);
});
afterAll(() => session.close());

async function plan(sql: string, options = {}): Promise<ExportPlan> {
  return planExport(session, await serverFacts(session), { sql, ...options }, new Map());
}

/** In the words of SQL. */
async function sorting(sql: string, options = {}): Promise<string> {
  const { fields, sortingColumns } = await plan(sql, options);
  return sortingColumns
    .map(({ field, descending, nullsFirst }) => {
      return `${fields[field]!.name} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
    })
    .join(', ');
}

describe('what ORDER BY says', () => {
  test.each([
    ['SELECT * FROM t ORDER BY id', 'id ASC NULLS LAST'],
    ['SELECT * FROM t ORDER BY id DESC', 'id DESC NULLS FIRST'],
    [
      'SELECT * FROM t ORDER BY id NULLS FIRST, big DESC NULLS LAST',
      'id ASC NULLS FIRST, big DESC NULLS LAST',
    ],
    ['SELECT id, c FROM t ORDER BY 2, 1', 'c ASC NULLS LAST, id ASC NULLS LAST'],
    ['SELECT id AS n, c FROM t ORDER BY n', 'n ASC NULLS LAST'],
    ['SELECT id AS n, c FROM t ORDER BY id', 'n ASC NULLS LAST'],
    ['SELECT id, big AS c FROM t ORDER BY c', 'c ASC NULLS LAST'],
    ['SELECT t.id FROM t ORDER BY t.id', 'id ASC NULLS LAST'],
    ['SELECT id + 1 AS next FROM t ORDER BY id + 1', 'next ASC NULLS LAST'],
    ['WITH w AS (SELECT * FROM t) SELECT * FROM w ORDER BY id LIMIT 3 -- last', 'id ASC NULLS LAST'],
    ['SELECT id FROM t UNION ALL SELECT x FROM other ORDER BY id', 'id ASC NULLS LAST'],
    ['VALUES (1), (2) ORDER BY 1', 'column1 ASC NULLS LAST'],
  ])('%s', async (sql, expected) => {
    expect(await sorting(sql)).toBe(expected);
  });
});

describe('only up to the first part that is no column of the result', () => {
  test.each([
    ['SELECT * FROM t', ''],
    ['SELECT * FROM (SELECT * FROM t ORDER BY id) s', ''],
    ['SELECT id, big FROM t ORDER BY id, ra, big', 'id ASC NULLS LAST'],
    ['SELECT id, big FROM t ORDER BY -id, big', ''],
    ['SELECT id, big FROM t ORDER BY id USING >', ''],
    ['SELECT * FROM t ORDER BY t.id', ''],
    ['SELECT * FROM t JOIN other ON t.id = other.x ORDER BY t.id', ''],
    // The name of an input column, not of the result's.
    ['SELECT lower(c) AS c, id FROM t ORDER BY c COLLATE "C"', ''],
  ])('%s', async (sql, expected) => {
    expect(await sorting(sql, { duplicateColumns: 'rename' })).toBe(expected);
  });
});

describe('only where Postgres and Parquet sort alike', () => {
  test.each(['id', 'big', 'price', 'at', 'day', 'u', 'raw', 'c', 'n', 'code', 'ok'])('%s', async (column) => {
    expect(await sorting(`SELECT ${column} AS x FROM t ORDER BY x`)).toBe('x ASC NULLS LAST');
  });

  test.each(['any_price', 'ra', 'e', 'fixed', 'm', 'tags'])('not %s', async (column) => {
    expect(await sorting(`SELECT ${column} AS x, id FROM t ORDER BY x, id`)).toBe('');
  });

  test("text under the database's own collation", async () => {
    const [row] = await database.query<{ bytewise: boolean }>(
      "SELECT datcollate IN ('C', 'POSIX') AS bytewise FROM pg_database WHERE datname = current_database()",
    );
    expect(await sorting('SELECT d FROM t ORDER BY d')).toBe(row!.bytewise ? 'd ASC NULLS LAST' : '');
  });

  test('text under a collation that the query names', async () => {
    expect(await sorting('SELECT * FROM t ORDER BY e COLLATE "C"')).toBe('e ASC NULLS LAST');
    expect(await sorting('SELECT c FROM t ORDER BY c COLLATE elsewhere')).toBe('');
    expect(await sorting('SELECT e COLLATE "C" AS x FROM t ORDER BY x')).toBe('x ASC NULLS LAST');
  });

  test('not what is stored as another type, or may become null', async () => {
    expect(await sorting('SELECT id FROM t ORDER BY id', { columnTypes: { id: 'string' } })).toBe('');
    expect(await sorting('SELECT at FROM t ORDER BY at', { onUnrepresentable: 'null' })).toBe('');
  });
});

describe('the file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ddpp-sorting-'));
  const out = join(directory, 'x.parquet');
  afterAll(() => rmSync(directory, { recursive: true }));

  beforeAll(async () => {
    await exportToParquet({
      sql: 'SELECT tags, c, id FROM t ORDER BY c DESC, id',
      connection: { dsn: database.dsn },
      rowGroupSize: 10,
      out,
    });
  });

  test('says it of each row group, and its rows are in that order', async () => {
    const { row_groups } = await parquetMetadataAsync(await asyncBufferFromFile(out));
    expect(row_groups.map(({ sorting_columns }) => sorting_columns)).toEqual(
      [1, 2, 3].map(() => [
        { column_idx: 1, descending: true, nulls_first: true },
        { column_idx: 2, descending: false, nulls_first: false },
      ]),
    );
    const [, c, id] = (await readWithHyparquet(out)).columns;
    const rows = c!.map((value, i) => [value === null ? '\uffff' : `${value}`, -Number(id![i])] as const);
    expect(rows).toEqual(rows.toSorted(([a, x], [b, y]) => (a === b ? y - x : a < b ? 1 : -1)));
  });

  test.skipIf(python() === null)('PyArrow understands it', () => {
    const program = `
import json, sys, pyarrow.parquet as pq
columns = pq.ParquetFile(sys.argv[1]).metadata.row_group(0).sorting_columns
print(json.dumps([[c.column_index, c.descending, c.nulls_first] for c in columns]))`;
    expect(runPython(program, [out])).toEqual([
      [1, true, true],
      [2, false, false],
    ]);
  });
});
