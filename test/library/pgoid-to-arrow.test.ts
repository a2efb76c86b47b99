import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Bool,
  type DataType,
  Duration,
  Field,
  Float32,
  Float64,
  Int32,
  List,
  TimeUnit,
  Utf8,
} from 'apache-arrow';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { afterAll, afterEach, expect, test } from 'vitest';
import { exportBatches, exportToParquet, PGOID_TO_ARROW } from '../../src/index.ts';
import { PG_TYPES } from '../../src/types/registry.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase(
  'pgoid',
  'CREATE DOMAIN price AS numeric(10, 2); CREATE TYPE item AS (cost price, sold bool)',
);
const connection = { dsn: database.dsn };
const folder = mkdtempSync(join(tmpdir(), 'ddpp-pgoid-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BOOL = 16;
const INT4 = 23;
const NUMERIC = 1700;

const defaults = new Map(PGOID_TO_ARROW);
afterEach(() => {
  PGOID_TO_ARROW.clear();
  for (const [oid, type] of defaults) PGOID_TO_ARROW.set(oid, type);
});

async function typesOf(sql: string): Promise<string> {
  for await (const { schema } of exportBatches({ connection, sql }))
    return String(schema.fields.map(({ type }) => type));
  return '';
}

test('it has every type that is decoded, under the OID that the server has for it', async () => {
  const rows = await database.query<{ oid: number; typname: string }>(
    'SELECT oid::int, typname FROM pg_type WHERE oid = ANY ($1)',
    [[...PGOID_TO_ARROW.keys()]],
  );
  expect(new Map(rows.map(({ oid, typname }) => [oid, typname]))).toEqual(
    new Map(PG_TYPES.flatMap(({ match, name }) => ('oid' in match ? [[match.oid, name] as const] : []))),
  );
  expect(String(PGOID_TO_ARROW.get(1184))).toBe('Timestamp<MICROSECOND, UTC>');
});

test('a type that is set is what columns become, in batches and in files', async () => {
  PGOID_TO_ARROW.set(NUMERIC, new Float64());
  const sql = 'SELECT 0.1 AS plain, 0.5::numeric(10, 2) AS precise, 2.5::price AS "domain", 7 AS "int"';
  expect(await typesOf(sql)).toBe('Float64,Float64,Float64,Int32');
  const out = join(folder, 'set.parquet');
  await exportToParquet({ connection, sql, out });
  const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(out));
  expect(schema.slice(1).map(({ type }) => type)).toEqual(['DOUBLE', 'DOUBLE', 'DOUBLE', 'INT32']);
});

test('it holds within arrays, composites and domains', async () => {
  PGOID_TO_ARROW.set(NUMERIC, new Float64());
  expect(await typesOf("SELECT '{1,2}'::numeric[] AS a, ROW(1, true)::item AS b, '{3}'::price[] AS c")).toBe(
    'List<Float64>,Struct<{cost:Float64, sold:Bool}>,List<Float64>',
  );
});

test('an array type may have an entry of its own', async () => {
  PGOID_TO_ARROW.set(
    1007,
    new List(new Field('element', new List(new Field('element', new Int32(), true)), true)),
  );
  expect(await typesOf("SELECT '{{1,2},{3,4}}'::int4[] AS a")).toBe('List<List<Int32>>');
});

test('it is read when an export starts', async () => {
  expect(await typesOf('SELECT 1 AS x')).toBe('Int32');
  PGOID_TO_ARROW.set(INT4, new Float64());
  expect(await typesOf('SELECT 1 AS x')).toBe('Float64');
  PGOID_TO_ARROW.set(INT4, new Int32());
  expect(await typesOf('SELECT 1 AS x')).toBe('Int32');
});

test('a type without an entry becomes text', async () => {
  PGOID_TO_ARROW.delete(INT4);
  PGOID_TO_ARROW.delete(BOOL);
  expect(await typesOf('SELECT 1 AS x, true AS y')).toBe('Utf8,Utf8');
});

test('text that is set counts for every numeric', async () => {
  PGOID_TO_ARROW.set(NUMERIC, new Utf8());
  expect(await typesOf('SELECT 1.5 AS x, 1.5::numeric(4, 2) AS y')).toBe('Utf8,Utf8');
});

test('what a type cannot become is an error that says what it can', async () => {
  PGOID_TO_ARROW.set(BOOL, new Float32());
  await expect(typesOf('SELECT true AS yes')).rejects.toMatchObject({
    code: 'unsupported',
    column: 'yes',
    message: 'a column of type boolean cannot become float32',
    hint: expect.stringMatching(/^ask for bool, string/),
  });
});

test.each([
  ['an Arrow type that is never written', INT4, new Duration(TimeUnit.SECOND), 'unsupported', /Duration/],
  ['a class instead of a type', INT4, Bool, 'usage', /not an OID with an apache-arrow type/],
  ['a name instead of a type', INT4, 'float64', 'usage', /not an OID with an apache-arrow type/],
  ['a name instead of an OID', 'int4', new Bool(), 'usage', /not an OID with an apache-arrow type/],
])('%s is an error before anything is connected', async (_, oid, type, code, message) => {
  (PGOID_TO_ARROW as Map<unknown, unknown>).set(oid, type as DataType);
  const batches = exportBatches({ connection: { host: '127.0.0.1', port: 1 }, sql: 'SELECT 1' });
  await expect(batches.next()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  const exporting = exportToParquet({
    connection: { host: '127.0.0.1', port: 1 },
    sql: 'SELECT 1',
    out: join(folder, 'never.parquet'),
  });
  await expect(exporting).rejects.toMatchObject({ code });
});
