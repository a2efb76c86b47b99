import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { exportToParquet } from '../../src/index.ts';
import { python } from '../support/python.ts';
import { type ReadTable, readWithDuckDB, readWithPyArrow, type Value } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';
import { anyType, columnValues, LEAF_NAMES, type RandomType } from './random-types.ts';

const database = testDatabase(
  'random_types',
  `CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TYPE mood AS ENUM ('sad', 'a,b', 'quoted "x"', 'é', '')`,
);
const folder = mkdtempSync(join(tmpdir(), 'ddpp-random-'));
afterAll(() => rmSync(folder, { recursive: true }));

const TRANSPORTS = ['binary', 'csv'] as const;
const KINDS = ['array', 'array of two dimensions', 'domain', 'composite'];
/** A batch, and so a page, has this many rows at most. */
const PAGE_ROWS = 16_384;

/** Tables of some shapes: many columns of few rows, and few columns of so many rows that row groups have several pages. */
const SHAPES = [
  ...[1, 3, 7, 16, 1000].flatMap((rowGroupSize) =>
    Array.from({ length: 3 }, () => ({ columns: 120, rows: 20, times: 1, rowGroupSize })),
  ),
  { columns: 6, rows: 20, times: 900, rowGroupSize: 1_000_000 },
  { columns: 6, rows: 20, times: 300, rowGroupSize: 2500 },
];

interface RandomColumn {
  readonly type: RandomType;
  readonly nulls: string;
  readonly values: readonly string[];
}

const counts = new Map<string, number>();
function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

const seed = Number(process.env.DDPP_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

test(`random values of random types come out of the export as they are (DDPP_TEST_SEED=${seed})`, async () => {
  const files: string[] = [];
  const tables: (readonly RandomColumn[])[] = [];
  const expected: (readonly Value[])[][] = [];
  for (const [n, { columns: width, rows, times, rowGroupSize }] of SHAPES.entries()) {
    const arbitrary = anyType.chain((type) =>
      columnValues(type, rows).map((column) => ({ type, ...column })),
    );
    const columns: RandomColumn[] = fc.sample(arbitrary, { numRuns: width, seed: seed + n });
    columns.forEach(countColumn);
    tables.push(columns);
    await createTable(`t${n}`, columns, rows);
    const once = await expectedOf(`t${n}`, columns);
    expected.push(once.map((column) => Array.from({ length: times }, () => column).flat()));
    const names = columns.map((_, i) => `c${i}`).join(', ');
    for (const transport of TRANSPORTS) {
      const out = join(folder, `${n}-${transport}.parquet`);
      files.push(out);
      const { rowGroups } = await exportToParquet({
        connection: { dsn: database.dsn },
        sql: `SELECT ${names} FROM t${n}, generate_series(1, ${times}) AS time ORDER BY time, id`,
        out,
        transport,
        rowGroupSize,
        onUnrepresentable: 'null',
      });
      if (rowGroups > 1) count('several row groups');
      if (rowGroupSize === 1) count('row groups of one row');
      if ((rows * times) % rowGroupSize > 0 && rowGroups > 1) count('a last row group that is shorter');
      if (Math.min(rowGroupSize, rows * times) > PAGE_ROWS) count('several pages in a row group');
      compare(`DuckDB, ${transport}`, columns, await readWithDuckDB(out), expected[n]!);
    }
  }
  if (python() !== null) {
    for (const [i, table] of readWithPyArrow(files).entries()) {
      compare(`PyArrow, ${TRANSPORTS[i % 2]}`, tables[i >> 1]!, table, expected[i >> 1]!);
      count('files read by PyArrow');
    }
  }
  report();
}, 180_000);

/** Creates the types and a table with `id` and the columns. */
async function createTable(table: string, columns: readonly RandomColumn[], rows: number): Promise<void> {
  const ddl = columns.flatMap(({ type }) => type.ddl);
  const declared = columns.map(({ type }, i) => `c${i} ${type.sql}`);
  const tuples = Array.from(
    { length: rows },
    (_, row) => `(${[row, ...columns.map(({ values }) => values[row]!)].join(', ')})`,
  );
  await database.sql(
    `${ddl.map((statement) => `${statement};`).join('\n')}
     CREATE TABLE ${table} (id int4, ${declared.join(', ')});
     INSERT INTO ${table} VALUES ${tuples.join(', ')}`,
  );
}

/** What each column must come out as, computed by the server. */
async function expectedOf(table: string, columns: readonly RandomColumn[]): Promise<Value[][]> {
  const list = columns.map(({ type }, i) => `${type.expected(`t.c${i}`, 0)} AS c${i}`);
  const rows = await database.query<Record<string, Value>>(
    `SELECT ${list.join(', ')} FROM ${table} t ORDER BY id`,
  );
  return columns.map((_, i) => rows.map((row) => row[`c${i}`]!));
}

function compare(
  reader: string,
  columns: readonly RandomColumn[],
  table: ReadTable,
  expected: readonly (readonly Value[])[],
): void {
  for (const [i, { type }] of columns.entries()) {
    countValues(expected[i]!);
    // Comparing as text first is much faster.
    if (JSON.stringify(table.columns[i]) === JSON.stringify(expected[i])) continue;
    const what = `${type.sql} (${type.ddl.join('; ')}), read by ${reader}, seed ${seed}`;
    expect(table.columns[i], what).toEqual(expected[i]);
  }
}

function countColumn({ type, nulls }: RandomColumn): void {
  count('columns');
  count(nulls);
  count(type.kind);
  // Of what nested types are made is in their declarations.
  for (const name of LEAF_NAMES) {
    const word = name === 'decimal' ? 'numeric(' : name;
    if (type.kind !== name && [type.sql, ...type.ddl].some((sql) => sql.includes(` ${word}`)))
      count(`${name} within`);
  }
}

function countValues(values: readonly Value[]): void {
  for (const value of values.slice(0, 100)) {
    count('values');
    if (!Array.isArray(value)) continue;
    if (value.length === 0) count('empty lists');
    if (value.includes(null)) count('NULLs within');
    if (value.length > 0 && value.every((each) => each === null)) count('lists and structs of NULLs only');
  }
}

/** Prints how often each thing occurred; what never did would be untested. */
function report(): void {
  const needed = [
    ...LEAF_NAMES,
    ...KINDS,
    ...[
      'no NULL',
      'some NULLs',
      'NULLs only',
      'empty lists',
      'NULLs within',
      'lists and structs of NULLs only',
    ],
    ...[
      'several row groups',
      'row groups of one row',
      'a last row group that is shorter',
      'several pages in a row group',
    ],
    ...['columns', 'values', ...(python() === null ? [] : ['files read by PyArrow'])],
  ];
  const lines = needed.map((what) => `${what}: ${counts.get(what) ?? 0}`);
  console.log(`Random types, seed ${seed}: ${lines.join(', ')}`);
  expect(needed.filter((what) => !counts.has(what))).toEqual([]);
}
