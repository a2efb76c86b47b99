import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Compression, codecs } from '../../src/parquet/compression/compress.ts';
import { parquetOptions } from '../../src/parquet/options.ts';
import type { DataType, Field, TimeUnit } from '../../src/types/kinds.ts';
import { python } from '../support/python.ts';
import { needModule } from '../support/python-module.ts';
import {
  type ReadTable,
  readWithDuckDB,
  readWithHyparquet,
  readWithPolars,
  readWithPyArrow,
  type Value,
} from '../support/readers.ts';
import { anyTable, leafTypes, tableOf } from './arbitraries.ts';
import { columnsOf, type TestTable, writeTable } from './files.ts';

const allTypes: readonly Field[] = leafTypes.map((type, i) => ({ name: `c${i}`, type, nullable: true }));

/** The same tables in every run, so that a failure can be looked at. */
function sample(tables: fc.Arbitrary<TestTable>, count: number): TestTable[] {
  return fc.sample(tables, { numRuns: count, seed: 20260501 });
}

const tables = [...sample(anyTable, 80), ...sample(tableOf(allTypes), 10)];
const compressions = Object.keys(codecs) as Compression[];

describe.each(['compatible', 'compact'] as const)(
  'random tables, %s, come back value by value',
  async (encoding) => {
    const paths = await Promise.all(
      tables.map((table, i) => {
        const compression = compressions[i % compressions.length]!;
        return writeTable(table, {
          ...parquetOptions({ encoding, compression }),
          bloomFilters: filtered(table),
        });
      }),
    );

    test.skipIf(python() === null)('from PyArrow', () => {
      check(readWithPyArrow(paths));
    });

    test('from Polars', ({ skip }) => {
      needModule('polars', skip);
      check(readWithPolars(paths), inPolars);
    });

    test('from DuckDB', async () => {
      check(await Promise.all(paths.map(readWithDuckDB)), inDuckDB);
    });

    test('from hyparquet', async () => {
      check(await Promise.all(paths.map(readWithHyparquet)));
    });
  },
);

function filtered({ fields }: TestTable): string[] {
  return fields.filter(({ type }) => type.id !== 'bool').map(({ name }) => name);
}

type AsRead = (type: DataType, value: Value) => Value;

function check(read: readonly ReadTable[], asRead: AsRead = (_, value) => value): void {
  expect(read.length).toBe(tables.length);
  read.forEach((table, i) => {
    const { fields } = tables[i]!;
    expect(table.schema.map(({ name }) => name)).toEqual(fields.map(({ name }) => name));
    columnsOf(tables[i]!).forEach((values, c) => {
      const { type } = fields[c]!;
      const expected = values.map((value) => asRead(type, value));
      expect(table.columns[c], `table ${i}, ${JSON.stringify(fields[c])}`).toEqual(expected);
    });
  });
}

/** DuckDB reads microseconds, but for nanoseconds without time zone. */
const inDuckDB = eachLeaf((type, value) => {
  switch (type.id) {
    case 'time64':
      return type.unit === 'ns' ? value : microseconds(value as string, type.unit);
    case 'timestamp':
      return type.unit === 'ns' && type.timezone === null ? value : microseconds(value as string, type.unit);
    default:
      return value;
  }
});

/** Polars has times of nanoseconds alone. */
const inPolars = eachLeaf((type, value) => {
  if (type.id !== 'time64') return value;
  return String(BigInt(value as string) * { ms: 1_000_000n, us: 1000n, ns: 1n }[type.unit]);
});

/** Applies a reader's conversion to the values of all leaves. */
function eachLeaf(convert: AsRead): AsRead {
  const each: AsRead = (type, value) => {
    if (value === null) return null;
    switch (type.id) {
      case 'list':
        return (value as readonly Value[]).map((element) => each(type.element.type, element));
      case 'struct':
        return (value as readonly Value[]).map((member, i) => each(type.fields[i]!.type, member));
      case 'map':
        return (value as readonly [Value, Value][]).map(([key, item]) => [key, each(type.value.type, item)]);
      default:
        return convert(type, value);
    }
  };
  return each;
}

function microseconds(value: string, unit: TimeUnit): string {
  const count = BigInt(value);
  return String(unit === 'ms' ? count * 1000n : unit === 'ns' ? count / 1000n : count);
}

describe('runs of any length, in levels and in dictionary indices', () => {
  const element: Field = { name: 'element', type: { id: 'utf8' }, nullable: true };
  const fields: Field[] = [
    { name: 'flat', type: { id: 'int', bitWidth: 32, signed: true }, nullable: true },
    { name: 'list', type: { id: 'list', element }, nullable: true },
  ];
  const runs = fc.array(
    fc.record({
      length: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 900 })),
      value: fc.nat(),
    }),
    { minLength: 20, maxLength: 60, size: 'max' },
  );
  const rowsOf = (distinct: number) => (list: readonly { length: number; value: number }[]) =>
    list.flatMap(({ length, value }) => Array.from({ length }, () => value % distinct));
  const written = [2, 3, 5, 17, 300, 5000].map((distinct): TestTable => {
    const numbers = fc.sample(runs.map(rowsOf(distinct)), { numRuns: 2, seed: distinct });
    return { fields, rowGroups: numbers.map((page) => [[page.map(flatValue), page.map(listValue)]]) };
  });

  test('hyparquet and DuckDB', async () => {
    for (const table of written) {
      const path = await writeTable(table);
      expect((await readWithHyparquet(path)).columns).toEqual(columnsOf(table));
      expect((await readWithDuckDB(path)).columns).toEqual(columnsOf(table));
    }
  });

  test.skipIf(python() === null)('PyArrow', async () => {
    const read = readWithPyArrow(await Promise.all(written.map((table) => writeTable(table))));
    expect(read.map(({ columns }) => columns)).toEqual(written.map(columnsOf));
  });
});

function flatValue(n: number): Value {
  return n === 1 ? null : String(n);
}

function listValue(n: number): Value {
  return n === 0 ? null : Array.from({ length: n % 4 }, (_, i) => (i === 1 ? null : `${n}`));
}
