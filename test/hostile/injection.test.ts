import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { columnNames, tableName } from '../../src/cli/names.ts';
import { tableQuery } from '../../src/export/table-query.ts';
import { exportToParquet } from '../../src/index.ts';
import { runFastExport } from '../support/command.ts';
import { python } from '../support/python.ts';
import { readWithDuckDB, readWithPyArrow } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';

/** Open to the server's own user, for which it would be easy to write there. */
const folder = mkdtempSync(join(tmpdir(), 'ddpp-injection-'));
const out = join(folder, 'out.parquet');
afterAll(() => rmSync(folder, { recursive: true }));

const database = testDatabase(
  'injection',
  `CREATE TABLE canary (id int4, name text); INSERT INTO canary VALUES (1, 'bird');
   CREATE TABLE "x"" FROM canary; DROP TABLE canary; --" (id int4, "a""; DROP TABLE canary; --" text)`,
);
const connection = { dsn: database.dsn };
const STRIKE = `CREATE TABLE struck (); COPY (SELECT 1) TO PROGRAM 'touch ${folder}/struck'`;

/** Nothing may have happened: the tables are as they were, and no file is there. */
afterEach(async () => {
  rmSync(out, { force: true });
  expect(readdirSync(folder)).toEqual([]);
  expect(await database.query('SELECT * FROM canary')).toEqual([{ id: 1, name: 'bird' }]);
  const relations = await database.query(
    "SELECT count(*)::int4 AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace",
  );
  expect(relations).toEqual([{ n: 2 }]);
});

test.each([
  `SELECT 1) TO STDOUT; COMMIT; ${STRIKE}; --`,
  `SELECT 1) TO STDOUT (FORMAT binary); COMMIT; ${STRIKE}; COPY (SELECT 1`,
  `SELECT 1) TO PROGRAM 'touch ${folder}/struck'; --`,
  `SELECT interval '1 s' AS x) q(c0)) TO PROGRAM 'touch ${folder}/struck'; --`,
  `SELECT 1; COMMIT; ${STRIKE}`,
  `SELECT 1; ROLLBACK; ${STRIKE}`,
  `SELECT 1 /*; */; COMMIT; ${STRIKE}; /*`,
  `SELECT 1 -- \n; COMMIT; ${STRIKE}`,
  `SELECT 1\0; COMMIT; ${STRIKE}`,
  `SELECT '\\'; COMMIT; ${STRIKE}; --'`,
  `SELECT E'\\''; COMMIT; ${STRIKE}; --'`,
  `SELECT $a$ $b$ $a$; COMMIT; ${STRIKE}; -- $b$`,
  `SELECT U&"\\0022" FROM canary; COMMIT; ${STRIKE}; --"`,
  `SELECT * INTO struck FROM canary`,
  `SELECT 1 INTO TEMP struck; COMMIT; ${STRIKE}`,
  `WITH gone AS (DELETE FROM canary RETURNING *) SELECT * FROM gone`,
  `WITH w AS MATERIALIZED (SELECT set_config('transaction_read_only', 'off', true)), gone AS (DELETE FROM canary RETURNING *) SELECT * FROM w, gone`,
  `COPY canary TO PROGRAM 'touch ${folder}/struck'`,
  `DO $$ BEGIN EXECUTE 'DROP TABLE canary'; END $$`,
  `EXPLAIN ANALYZE DELETE FROM canary`,
  `BEGIN; ${STRIKE}`,
  `COMMIT`,
  `PREPARE p AS DELETE FROM canary`,
  `SELECT * FROM canary FOR UPDATE`,
  `TABLE canary; DROP TABLE canary`,
  `VALUES (1)) TO STDOUT; DROP TABLE canary; --`,
])('--sql %s', async (sql) => {
  for (const transport of ['binary', 'csv'] as const) {
    await expect(exportToParquet({ connection, sql, out, transport })).rejects.toMatchObject({
      name: 'ExportError',
      code: expect.stringMatching(/^(?:query|unsupported|usage)$/),
    });
  }
});

test.each([
  ['canary; DROP TABLE canary', undefined],
  ['canary" FROM pg_class; DROP TABLE canary; --', undefined],
  ['"canary"" FROM pg_class; DROP TABLE canary; --"', undefined],
  ["canary'); DROP TABLE canary; --", undefined],
  ['canary', 'id) TO STDOUT; DROP TABLE canary; --'],
  ['canary', '"id"" FROM canary; DROP TABLE canary; --"'],
  ['canary', 'id FROM canary; --'],
  ['canary', '*'],
  ['canary', 'pg_sleep(1)'],
] as const)('--table %s --columns %s', async (table, columns) => {
  const names = () => tableQuery(tableName(table), columns === undefined ? undefined : columnNames(columns));
  await expect(async () => exportToParquet({ connection, sql: names(), out })).rejects.toThrow();
});

test('a table and a column that are really called so', async () => {
  const name = 'x" FROM canary; DROP TABLE canary; --';
  const column = 'a"; DROP TABLE canary; --';
  await database.sql(`INSERT INTO "${name.replace('"', '""')}" VALUES (5, 'bee')`);
  const quoted = (text: string) => `"${text.replace('"', '""')}"`;
  const args = [
    '--table',
    `public.${quoted(name)}`,
    '--columns',
    quoted(column),
    '--column-type',
    `${column}=binary`,
  ];
  const { status, stderr } = await runFastExport(
    ['--dsn', database.dsn, ...args, '--bloom-filter', quoted(column), '--out', out],
    {
      env: { PGAPPNAME: `x'; ${STRIKE}; --`, PGOPTIONS: '-c search_path="public;\\ DROP\\ TABLE\\ canary"' },
    },
  );
  expect(status, stderr).toBe(0);
  const bee = Buffer.from('bee').toString('hex');
  expect(await readWithDuckDB(out)).toMatchObject({ schema: [{ name: column }], columns: [[bee]] });
  if (python() !== null) expect(readWithPyArrow([out])[0]).toMatchObject({ columns: [[bee]] });
});

test.each([
  ['--column-type', `id=int64); ${STRIKE}; --`],
  ['--column-type', `id"; ${STRIKE}; --=string`],
  ['--numeric', `decimal128(38,10)); ${STRIKE}; --`],
  ['--dbname', `x'; ${STRIKE}; --`],
  ['--user', `postgres"; ${STRIKE}; --`],
  ['--bloom-filter', `id); ${STRIKE}; --`],
])('%s %s is an error in words', async (option, value) => {
  const args = ['--dsn', database.dsn, '--table', 'canary', '--out', out, option, value];
  const { status, stderr } = await runFastExport(args);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/^fast-export: /m);
  expect(stderr).not.toContain('    at ');
});

test('the name of the application is what it says', async () => {
  const name = `x'; ${STRIKE}; --`.slice(0, 60);
  const dsn = `${database.dsn}?application_name=${encodeURIComponent(name)}`;
  const sql = "SELECT current_setting('application_name') AS name";
  await exportToParquet({ connection: { dsn }, sql, out });
  expect((await readWithDuckDB(out)).columns).toEqual([[name]]);
});
