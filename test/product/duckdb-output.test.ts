import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/index.ts';
import { fewRows, openDuckDB, readParquet } from '../../src/product/duckdb/duckdb.ts';
import { ParquetOutput } from '../../src/product/duckdb/parquet-output.ts';
import { storedFile } from '../../src/product/duckdb/stored-fields.ts';
import { openSink } from '../../src/sink/open.ts';
import { readWithHyparquet } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddpp-duckdb-'));
const { dsn, sql: run } = testDatabase('duckdb_output');

/** Exports a query, and writes the file anew by way of DuckDB. */
async function copied(
  sql: string,
  options: { rowGroupSize?: number; columnTypes?: Record<string, string> } = {},
) {
  const [path, copy] = [join(folder, 'a [1]*.parquet'), join(folder, 'b.parquet')];
  await exportToParquet({ connection: { dsn }, sql, out: path, ...options });
  const duckdb = await openDuckDB({ memory: 256 << 20, tempDirectory: folder });
  try {
    const stored = await storedFile(duckdb, path);
    const sink = await openSink(copy);
    const format = {
      ...stored,
      choices: {},
      rowGroupSize: options.rowGroupSize ?? 1_000_000,
      rowGroupBytes: 64 << 20,
    };
    const output = await ParquetOutput.create(duckdb, sink, format);
    await output.append(`SELECT * FROM ${readParquet([path])}`);
    const totals = await output.finish();
    await sink.close();
    const schemaOf = (file: string) =>
      fewRows(duckdb, `SELECT * EXCLUDE file_name FROM parquet_schema('${file}')`);
    expect(await schemaOf(copy)).toEqual(await schemaOf(path));
    expect(await storedFile(duckdb, copy)).toEqual(stored);
    const [before, after] = [await readWithHyparquet(path), await readWithHyparquet(copy)];
    expect(after).toEqual(before);
    return { totals, table: after };
  } finally {
    await duckdb.close();
  }
}

const NESTED = 'ARRAY[[i, 2], [3, 4]]';
const EXPRESSIONS = [
  'i % 2 = 0',
  'i::int2',
  'i',
  '-i::int8 * 1000000007',
  '(4294967295 - i)::oid',
  "(ARRAY['NaN', '-0', 'Infinity', '1e-40'])[i % 5]::float4",
  "(ARRAY['NaN', '-0', '-Infinity', '5e-324', '0.1'])[i % 6]::float8",
  '(i - 3)::numeric(4, 1)',
  '(i - 3)::numeric(9, 2) / 2',
  '(-i)::numeric(18, 3)',
  '(i - 3)::numeric(38, 10) * 1e20',
  '(i * 100)::numeric(3, -2)',
  'i::numeric / 3',
  "repeat('é', i % 20)",
  "''",
  'NULL::text',
  "decode(md5(i::text), 'hex')",
  "'\\x00ff'::bytea",
  'md5(i::text)::uuid',
  `'{"a":1, "a":  2}'::json`,
  `'{"x": 1e400}'::jsonb`,
  "date '2026-01-01' - i * 10000",
  "time '23:59:59.999999'",
  "timestamptz '2026-01-01' - i * interval '77 days'",
  "timestamp '0001-01-01 BC' + i * interval '1 us'",
  "interval '1 day' * i",
  "'10.0.0.1'::inet",
  'int4range(1, i)',
  "timestamptz '294246-12-31 23:59:59.999999'",
  "timestamp '4713-01-01 BC'",
  "date '5874897-12-31'",
  "date '4713-01-01 BC'",
  "'-9223372036854775808'::int8",
  "'99999999999999999999999999999999999999'::numeric(38, 0)",
  "'-9.99'::numeric(3, 2)",
  'ARRAY[i, NULL, -i]',
  NESTED,
  'ARRAY[]::text[]',
  "ARRAY[repeat('long text beyond twelve bytes', i % 3), NULL, '']",
  'ARRAY[md5(i::text)::uuid]',
  `ARRAY['[1, 2]'::jsonb]`,
  'ARRAY[i::numeric(10, 2)]',
  "CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN ROW(NULL, NULL)::pair ELSE ROW(i, ARRAY['x', NULL])::pair END",
  'ARRAY[ROW(i, NULL)::pair, NULL]',
  "(ARRAY['red', 'green'])[1 + i % 2]::colour",
  'CASE WHEN i % 2 = 0 THEN ARRAY[i] END',
];
const WITH_NULLS = EXPRESSIONS.map((expression, i) => `CASE WHEN i % 7 <> 3 THEN ${expression} END AS n${i}`);

describe('what goes through DuckDB comes out as it was, types and values', () => {
  test('for every kind of type', async () => {
    await run(
      "CREATE TYPE pair AS (a int, b text[]); CREATE TYPE colour AS ENUM ('red', 'green'); CREATE EXTENSION hstore",
    );
    const columns = EXPRESSIONS.map((expression, i) => `${expression} AS c${i}`);
    const select = [...columns, ...WITH_NULLS, `hstore('k' || i, CASE WHEN i % 2 = 0 THEN 'v' END) AS h`];
    const nested = EXPRESSIONS.indexOf(NESTED);
    const { table, totals } = await copied(`SELECT ${select.join(', ')} FROM generate_series(1, 100) AS i`, {
      columnTypes: { [`c${nested}`]: 'int32[][]', [`n${nested}`]: 'int32[][]' },
    });
    expect(table.rows).toBe(100);
    expect(totals).toMatchObject({
      rows: 100,
      nulls: { [`c${EXPRESSIONS.indexOf('NULL::text')}`]: 100, n0: 14 },
    });
  });

  test('over many chunks, pages and row groups', async () => {
    const select = `SELECT i, repeat(md5(i::text), i % 5) AS t, ARRAY[i, i + 1] AS l, i::numeric(12, 2) AS d FROM generate_series(1, 50000) AS i`;
    const { totals } = await copied(select, { rowGroupSize: 20_001 });
    expect(totals.rowGroups).toBe(3);
  });

  test('of no rows', async () => {
    expect((await copied('SELECT 1 AS x, ARRAY[1] AS l WHERE false')).totals.rows).toBe(0);
  });

  test('floats keep all their bits', async () => {
    const { table } = await copied("SELECT float8 '-0' AS z, float4 '-0' AS y, float8 'NaN' AS n");
    expect(table.columns).toEqual([['8000000000000000'], ['80000000'], ['7ff8000000000000']]);
  });
});
