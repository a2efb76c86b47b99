import fc from 'fast-check';
import type { ParquetChoices } from '../../src/parquet/options.ts';
import type { Value } from '../support/readers.ts';
import type { TestDatabase } from '../support/server.ts';
import type { FileShape } from './random-export.ts';
import { leafOf, type RandomType } from './random-leaves.ts';
import { columnValues, typeAround } from './random-types.ts';

export const TABLE_ROWS = 64;
const TABLE_COLUMNS = 12;
export const DEFAULT_PAGE_ROWS = 16_384;

/** A column of a table, with what its rows must come out as. */
export interface RandomColumn {
  readonly type: RandomType;
  readonly sql: readonly string[];
  readonly expected: readonly Value[];
}

export interface RandomTable {
  readonly name: string;
  readonly columns: readonly RandomColumn[];
}

/** Some columns and rows of a table, and how their file is made. */
export interface RandomCase {
  /** The query, each of whose rows comes so often. */
  sql(times: number): string;
  readonly columns: readonly RandomColumn[];
  /** The values of each column, in the order of the query. */
  readonly expected: readonly (readonly Value[])[];
  /** Of each column, the values that become null because its Arrow type cannot hold them. */
  readonly unrepresentable: readonly number[];
  readonly rows: number;
  readonly shape: FileShape;
}

/** Creates the table of that number: random types, each leaf type in turn among them, and random values. */
export async function createTable(
  database: TestDatabase,
  number: number,
  seed: number,
): Promise<RandomTable> {
  const arbitrary = (i: number) =>
    typeAround(leafOf(number * TABLE_COLUMNS + i)).chain((type) =>
      columnValues(type, TABLE_ROWS).map((sql) => ({ type, sql })),
    );
  const all = fc.tuple(...Array.from({ length: TABLE_COLUMNS }, (_, i) => arbitrary(i)));
  const [columns] = fc.sample(all, { numRuns: 1, seed: seed + number }) as [
    { type: RandomType; sql: readonly string[] }[],
  ];
  const name = `t${number}`;
  const declared = columns.map(({ type }, i) => `c${i} ${type.sql}`);
  const tuples = Array.from(
    { length: TABLE_ROWS },
    (_, row) => `(${[row, ...columns.map(({ sql }) => sql[row]!)].join(', ')})`,
  );
  await database.sql(
    `${columns.flatMap(({ type }) => type.ddl.map((statement) => `${statement};`)).join('\n')}
     CREATE TABLE ${name} (id int4, ${declared.join(', ')});
     INSERT INTO ${name} VALUES ${tuples.join(', ')}`,
  );
  const list = columns.map(({ type }, i) => `${type.expected(`t.c${i}`, 0)} AS c${i}`);
  const rows = await database.query<Record<string, Value>>(
    `SELECT ${list.join(', ')} FROM ${name} t ORDER BY id`,
  );
  return {
    name,
    columns: columns.map((column, i) => ({ ...column, expected: rows.map((row) => row[`c${i}`]!) })),
  };
}

const CHOICES: fc.Arbitrary<ParquetChoices> = fc.record({
  compression: fc.constantFrom('zstd', 'uncompressed', 'snappy', 'gzip', 'lz4_raw'),
  encoding: fc.constantFrom('compatible', 'compact'),
});

/** Of how many rows a file is, its row groups and its pages: as a rule some of each, now and then one or none. */
const SHAPES = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .integer({ min: 9, max: TABLE_ROWS })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.integer({ min: 3, max: rows - 1 })))
      .chain(([rows, rowGroupSize]) =>
        fc.tuple(fc.constant(rows), fc.constant(rowGroupSize), fc.integer({ min: 1, max: rowGroupSize - 1 })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<[number, number, number]>(
      [7, 1, 5],
      [0, 5, 5],
      [1, 5, 5],
      [20, 20, 20],
      [8, 4, 1],
    ),
  },
);

const anyCase = fc.tuple(
  fc.uniqueArray(fc.nat(TABLE_COLUMNS - 1), { minLength: 2, maxLength: 5 }),
  SHAPES,
  fc.nat(TABLE_ROWS),
  fc.boolean(),
  CHOICES,
);

/** Cases of one table. */
export function randomCases(table: RandomTable, count: number, seed: number): RandomCase[] {
  return fc
    .sample(anyCase, { numRuns: count, seed })
    .map(([picked, [rows, rowGroupSize, pageRows], offset, backwards, choices]) => {
      const columns = picked.map((i) => table.columns[i]!);
      const from = offset % (TABLE_ROWS - rows + 1);
      const list = picked.map((i) => `c${i}`).join(', ');
      const expected = columns.map((column) => {
        const values = column.expected.slice(from, from + rows);
        return backwards ? values.reverse() : values;
      });
      const where = `WHERE id >= ${from} AND id < ${from + rows} ORDER BY time, id${backwards ? ' DESC' : ''}`;
      return {
        sql: (times) => `SELECT ${list} FROM ${table.name}, generate_series(1, ${times}) AS time ${where}`,
        columns,
        expected,
        unrepresentable: columns.map(
          ({ sql, expected: all }) =>
            all.slice(from, from + rows).filter((value, i) => value === null && sql[from + i] !== 'NULL')
              .length,
        ),
        rows,
        shape: { rowGroupSize, pageRows, choices },
      };
    });
}

/** The case with all its rows so often, all but the last row in one row group, with pages of the default size. */
export function repeated(each: RandomCase, times: number): RandomCase {
  const rows = times * each.rows;
  return {
    ...each,
    sql: () => each.sql(times),
    rows,
    expected: each.expected.map((values) => Array.from({ length: times }, () => values).flat()),
    shape: { rowGroupSize: Math.max(1, rows - 1), pageRows: DEFAULT_PAGE_ROWS, choices: each.shape.choices },
  };
}
