import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exportToParquet } from '../../src/index.ts';
import { testDatabase } from '../support/server.ts';

/**
 * Operators in the schema that is searched after pg_catalog: one whose operand types fit better than those of pg_catalog's
 * is taken instead of it (CVE-2018-1058), and runs with the rights of whoever exports.
 */
const TYPES = [
  'oid',
  'int2',
  'int4',
  'int8',
  'text',
  'name',
  '"char"',
  'regclass',
  'regtype',
  'regnamespace',
  'regcollation',
  'xid',
  'bool',
  'timestamptz',
  'jsonb',
  'oid[]',
  'regclass[]',
  'text[]',
];
const OPERATORS = [
  '=',
  '<>',
  '>',
  '>=',
  '<',
  '<=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '~',
  '->',
  '->>',
  '#>>',
  '@>',
  '&',
];

const database = testDatabase(
  'hostile_operators',
  `CREATE TABLE t (id int4, name text, list int4[], i interval); INSERT INTO t SELECT g, 'n', '{1}', '1 s' FROM generate_series(1, 3000) g;
   CREATE TABLE parts (id int4) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parts DEFAULT; INSERT INTO parts SELECT g FROM generate_series(1, 3000) g; ANALYZE;
   CREATE TYPE pair AS (a int4, b interval);
   DO $$
   DECLARE l text; r text; o text;
   BEGIN
     FOREACH l IN ARRAY ARRAY[${TYPES.map((type) => `'${type}'`).join(', ')}] LOOP
       FOREACH r IN ARRAY ARRAY[${TYPES.map((type) => `'${type}'`).join(', ')}] LOOP
         EXECUTE format('CREATE FUNCTION public.strike(%s, %s) RETURNS bool LANGUAGE plpgsql AS %L', l, r,
           'BEGIN RAISE EXCEPTION ''struck by % and %'', pg_typeof($1), pg_typeof($2); END');
         FOREACH o IN ARRAY ARRAY[${OPERATORS.map((operator) => `'${operator}'`).join(', ')}] LOOP
           EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.strike)', o, l, r);
         END LOOP;
       END LOOP;
     END LOOP;
   END $$`,
);
const folder = mkdtempSync(join(tmpdir(), 'ddpp-operators-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['a table', 'SELECT * FROM t', 1],
  ['slices of a table', 'SELECT id, name FROM t', 2],
  ['slices of a partitioned table', 'SELECT * FROM parts', 2],
  ['rows in an order', 'SELECT id, name FROM t ORDER BY id, name', 1],
  ['a composite', "SELECT ROW(1, '1 s')::pair AS p FROM t", 1],
] as const)('%s is exported without a foreign operator', async (_, sql, jobs) => {
  const out = join(folder, 'out.parquet');
  const { rows } = await exportToParquet({ connection: { dsn: database.dsn }, sql, out, jobs });
  expect(rows).toBe(3000);
});
