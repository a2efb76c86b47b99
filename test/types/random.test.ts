import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exportToParquet } from '../../src/index.ts';
import { python } from '../support/python.ts';
import { DuckDB, type ReadTable, startPyArrow } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';
import { createTable, type RandomCase, randomCases, repeated } from './random-cases.ts';
import { exportBoth, openSession } from './random-export.ts';
import { Occurrences } from './random-occurrences.ts';

const database = testDatabase(
  'random_types',
  `CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'a,b', 'quoted "x"', 'é', '')`,
);
const folder = mkdtempSync(join(tmpdir(), 'ddpp-random-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TABLES = 150;
const CASES_PER_TABLE = 15;
/** Thousands are promised. */
const LEAST_CASES = 2000;
/** Of so many tables two cases are exported by `exportToParquet` as well, with its worker thread and connections. */
const TABLES_PER_WHOLE_EXPORT = 30;
/** So often the rows of a large case come, for pages of the size that they have by default. */
const TIMES = 400;
const seed = Number(process.env.DDPP_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

const hasPyArrow = python() !== null;
const occurrences = new Occurrences(['DuckDB', ...(hasPyArrow ? ['PyArrow'] : [])]);

interface WrittenFile {
  readonly path: string;
  readonly of: RandomCase;
}

test(`random values of random types come out of the export as they are (DDPP_TEST_SEED=${seed})`, async () => {
  const session = await openSession(database.dsn);
  const duckdb = await DuckDB.open({ threads: '1' });
  let files: WrittenFile[] = [];
  let reading = Promise.resolve();
  for (let number = 0; number < TABLES; number++) {
    const table = await createTable(database, number, seed);
    const cases = randomCases(table, CASES_PER_TABLE, seed + number);
    for (const [i, each] of cases.entries()) {
      occurrences.countCase(each);
      const path = join(folder, `${number}-${i}`);
      const contents = await exportBoth(session, each.sql(1), each.shape);
      files.push(...written(path, each, contents));
    }
    if ((number + 1) % TABLES_PER_WHOLE_EXPORT > 0) continue;
    files.push(...(await wholeExports(join(folder, `${number}`), cases)));
    // PyArrow reads these files while the next ones are written.
    await reading;
    reading = readAll(files, duckdb);
    reading.catch(() => {});
    files = [];
  }
  await reading;
  duckdb.close();
  await session.close();
  console.log(`Random cases, seed ${seed}; how often each thing occurred:\n${occurrences.table()}`);
  expect(occurrences.missing).toEqual([]);
  expect(occurrences.of('file: cases of several columns, pages and row groups')).toBeGreaterThan(LEAST_CASES);
}, 600_000);

/** The file of each transport; one file where both are equal to the byte. */
function written(path: string, of: RandomCase, contents: readonly Buffer[]): WrittenFile[] {
  const different = contents.filter((bytes, i) => i === 0 || !bytes.equals(contents[0]!));
  return different.map((bytes, i) => {
    const file = { path: `${path}-${i}.parquet`, of };
    writeFileSync(file.path, bytes);
    return file;
  });
}

/** Exports by `exportToParquet`: a case as it is, and the largest one with many more rows. */
async function wholeExports(path: string, cases: readonly RandomCase[]): Promise<WrittenFile[]> {
  const largest = cases.reduce((a, b) => (a.rows > b.rows ? a : b));
  const files: WrittenFile[] = [];
  for (const of of [cases[0]!, repeated(largest, TIMES)]) {
    occurrences.countCase(of);
    for (const transport of ['binary', 'csv'] as const) {
      const out = `${path}-${of.rows}-${transport}.parquet`;
      const { rowGroupSize, pageRows, choices } = of.shape;
      await exportToParquet({
        connection: { dsn: database.dsn },
        sql: of.sql(1),
        out,
        transport,
        rowGroupSize,
        pageRows,
        ...choices,
        onUnrepresentable: 'null',
      });
      files.push({ path: out, of });
    }
  }
  occurrences.count('file: cases by exportToParquet', 2);
  return files;
}

/** Compares what both readers find in the files, and removes them. */
async function readAll(files: readonly WrittenFile[], duckdb: DuckDB): Promise<void> {
  const reading = hasPyArrow ? startPyArrow(files.map(({ path }) => path)) : Promise.resolve([]);
  for (const { path, of } of files) compare('DuckDB', of, await duckdb.read(path));
  for (const [i, table] of (await reading).entries()) compare('PyArrow', files[i]!.of, table);
  await Promise.all(files.map(({ path }) => unlink(path)));
}

function compare(reader: string, { sql, columns, expected, rows }: RandomCase, table: ReadTable): void {
  occurrences.count(`read by: ${reader}`);
  expect(table.rows).toBe(rows);
  for (const [i, { type }] of columns.entries()) {
    // Comparing as text first is much faster.
    if (JSON.stringify(table.columns[i]) === JSON.stringify(expected[i])) continue;
    const what = `${type.sql} (${type.ddl.join('; ')}) in ${sql(1)}, read by ${reader}, seed ${seed}`;
    expect(table.columns[i], what).toEqual(expected[i]);
  }
}
