import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportToParquet } from '../../src/export/export.ts';
import { runFastExport } from '../support/command.ts';
import { python, runPython } from '../support/python.ts';
import { testDatabase, testServer } from '../support/server.ts';
import { askFile } from './exported.ts';
import { startGate } from './gate.ts';

const VALUES = `g AS id, 'n' || g % 13 AS name, g / 7.0::float8 AS f, nullif(g % 5, 0) AS n, ARRAY[g, NULL, g % 3] AS list,
  timestamp '2026-01-01' + g * interval '1 s' AS at, (g % 100) / 4.0::numeric(9, 2) AS d, repeat('x', 300) AS pad`;
const database = testDatabase(
  'slice_tables',
  `CREATE TABLE plain AS SELECT ${VALUES} FROM generate_series(1, 9000) g;
   CREATE TABLE dead AS SELECT * FROM plain; DELETE FROM dead WHERE id % 2 = 0; UPDATE dead SET name = 'new' WHERE id % 3 = 0;
   CREATE TABLE holes AS SELECT * FROM plain; DELETE FROM holes WHERE id BETWEEN 1000 AND 7000;
   CREATE TABLE emptied AS SELECT * FROM plain; DELETE FROM emptied;
   CREATE TABLE grows AS SELECT * FROM plain;
   CREATE TABLE nothing AS SELECT * FROM plain LIMIT 0;
   CREATE TABLE one AS SELECT * FROM plain LIMIT 1;
   CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain;
   CREATE TABLE parted (LIKE plain) PARTITION BY RANGE (id);
   CREATE TABLE parted_a PARTITION OF parted FOR VALUES FROM (0) TO (500);
   CREATE TABLE parted_b PARTITION OF parted FOR VALUES FROM (500) TO (9001) PARTITION BY HASH (name);
   CREATE TABLE parted_b0 PARTITION OF parted_b FOR VALUES WITH (MODULUS 2, REMAINDER 0);
   CREATE TABLE parted_b1 PARTITION OF parted_b FOR VALUES WITH (MODULUS 2, REMAINDER 1);
   INSERT INTO parted SELECT * FROM plain;
   CREATE INDEX plain_id ON plain (id); ANALYZE`,
);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpp-tables-'));
  await database.sql('VACUUM holes, emptied');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Exports with so many jobs at most; gives the file's path and the log. */
async function exported(sql: string, jobs: number, dsn = database.dsn) {
  const out = join(folder, `jobs-${jobs}.parquet`);
  const log: string[] = [];
  const summary = await exportToParquet({
    sql,
    out,
    connection: { dsn },
    jobs,
    rowGroupSize: 2_000,
    onLog: (line) => log.push(line),
  });
  return { out, summary, log: log.join('\n') };
}

/** Rows of the one file that the other one does not have as often, both ways. */
async function differences(one: string, other: string): Promise<number> {
  const count = (a: string, b: string) => `(SELECT count(*) FROM (FROM '${a}' EXCEPT ALL FROM '${b}'))`;
  const [rows] = await askFile(one, `${count(one, other)} + ${count(other, one)}`);
  return Number(rows);
}

test.each([
  ['plain', 9000, 3],
  ['dead', 4500, 3],
  ['holes', 2999, 3],
  ['emptied', 0, null],
  ['nothing', 0, 1],
  ['one', 1, 1],
  ['kept', 9000, 3],
  ['parted', 9000, 3],
])('%s: over several connections the rows of one', async (table, rows, jobs) => {
  const sql = `SELECT * FROM ${table} WHERE id > 0 OR name = 'n1'`;
  const many = await exported(sql, 3);
  const single = await exported(sql, 1);
  if (jobs !== null) expect(many.summary.jobs, many.log).toBe(jobs);
  expect([many.summary.rows, single.summary.rows]).toEqual([rows, rows]);
  if (rows > 0) expect(await differences(many.out, single.out)).toBe(0);
});

test('a small table is read over several connections only where they are asked for', async () => {
  const options = {
    sql: 'TABLE plain',
    out: join(folder, 'default.parquet'),
    connection: { dsn: database.dsn },
  };
  expect((await exportToParquet(options)).jobs).toBe(1);
  expect((await exportToParquet({ ...options, jobs: 2 })).jobs).toBe(2);
});

test('one connection keeps the order of the rows in the table', async () => {
  const { out } = await exported('TABLE plain', 1);
  const [inOrder] = await askFile(out, 'bool_and(id = file_row_number + 1)');
  expect(inOrder).toBe('true');
});

test('row groups go on from slice to slice: at most one short one per job', async () => {
  const { out, summary } = await exported('TABLE plain', 2);
  expect(summary.rowGroups).toBeLessThanOrEqual(9000 / 2000 + 2);
  const [rows] = await askFile(out, 'count(*)');
  expect(rows).toBe('9000');
});

test('a table that grows while it is read', async () => {
  const { host, port } = testServer();
  let grown = false;
  const gate = await startGate({
    upstream: { host, port },
    onStatement: async (sql) => {
      if (grown || !sql.startsWith('COPY')) return;
      grown = true;
      await database.sql(`INSERT INTO grows SELECT ${VALUES} FROM generate_series(9001, 20000) g;
        UPDATE grows SET name = 'late' WHERE id < 3000`);
    },
  });
  const { out } = await exported('TABLE grows', 4, gate.dsn(database.dsn));
  await gate.close();
  expect(await askFile(out, "count(*), max(id), count(*) FILTER (name = 'late')")).toEqual([
    '9000',
    '9000',
    '0',
  ]);
});

test('an indexed, selective condition is left to the index, and --verbose says so', async () => {
  const out = join(folder, 'selective.parquet');
  const run = (where: string) =>
    runFastExport([
      '--dsn',
      database.dsn,
      '--sql',
      `SELECT * FROM plain ${where}`,
      '--out',
      out,
      '-j',
      '4',
      '--verbose',
    ]);
  const selective = await run('WHERE id BETWEEN 5 AND 9');
  expect(selective.stderr).toMatch(/over one connection: the planner does not read its whole table/);
  expect(await askFile(out, 'count(*)')).toEqual(['5']);
  const everything = await run('WHERE id > 5');
  expect(everything.stderr).toMatch(/over 4 connections in \d+ slices/);
  expect(everything.status).toBe(0);
});

test.skipIf(python() === null)('PyArrow reads the same rows from both files', async () => {
  const paths = [(await exported('TABLE parted', 4)).out, (await exported('TABLE parted', 1)).out];
  const program = `
import json, sys
import pyarrow.parquet as pq
tables = [pq.read_table(path).sort_by([("id", "ascending")]) for path in sys.argv[1:]]
print(json.dumps([tables[0].num_rows, tables[0].combine_chunks().equals(tables[1].combine_chunks())]))`;
  expect(runPython(program, paths)).toEqual([9000, true]);
});
