import { describe, expect, test } from 'vitest';
import type { Column } from '../../src/columns/column.ts';
import { ownMemory, sharedMemory } from '../../src/parquet/memory/arena.ts';
import { parquetOptions } from '../../src/parquet/options.ts';
import { RowGroupEncoder } from '../../src/parquet/row-group-encoder.ts';
import type { DataType, Field } from '../../src/types/kinds.ts';
import { python } from '../support/python.ts';
import { readWithDuckDB, readWithHyparquet, readWithPyArrow, type Value } from '../support/readers.ts';
import { leafTypes } from './arbitraries.ts';
import { columnOf } from './columns.ts';
import { columnsOf, type TestTable, writeColumn, writeTable } from './files.ts';
import { inspect } from './inspect.ts';

const int32: DataType = { id: 'int', bitWidth: 32, signed: true };
const int64: DataType = { id: 'int', bitWidth: 64, signed: true };

async function expectReaders(table: TestTable): Promise<string> {
  const path = await writeTable(table);
  const reads = [await readWithDuckDB(path), await readWithHyparquet(path)];
  if (python() !== null) reads.push(...readWithPyArrow([path]));
  for (const read of reads) {
    expect(read.schema.map(({ name }) => name)).toEqual(table.fields.map(({ name }) => name));
    expect(read.columns).toEqual(columnsOf(table));
  }
  return path;
}

function fieldsOf(types: readonly DataType[], nullable = true): Field[] {
  return types.map((type, i) => ({ name: `c${i}`, type, nullable }));
}

test('no row groups', async () => {
  await expectReaders({ fields: fieldsOf([int32, { id: 'utf8' }]), rowGroups: [] });
});

test('row groups and batches without rows leave nothing in the file', async () => {
  const path = await expectReaders({
    fields: fieldsOf([int32]),
    rowGroups: [[], [[[]]], [[[]], [['1']], [[]]]],
  });
  expect(inspect(path).map(([chunk]) => chunk!.offsetIndex.length)).toEqual([1]);
});

test('all-null columns of every type', async () => {
  const table = {
    fields: fieldsOf(leafTypes),
    rowGroups: [[leafTypes.map(() => [null, null, null])], [leafTypes.map(() => [null])]],
  };
  const chunks = inspect(await expectReaders(table)).flat();
  for (const { statistics, columnIndex } of chunks) {
    expect([statistics.min, statistics.max]).toEqual([undefined, undefined]);
    expect(columnIndex?.nullPages).toEqual([true]);
  }
});

test('all-null pages among others, in a column with a dictionary', async () => {
  const nulls = Array.from({ length: 100 }, () => null);
  const some = Array.from({ length: 100 }, (_, i) => ['a', 'b', null][i % 3]!);
  const pages = [nulls, some, nulls, some];
  await expectReaders({ fields: fieldsOf([{ id: 'utf8' }]), rowGroups: [pages.map((page) => [page])] });
});

test('columns that are not nullable', async () => {
  const fields = fieldsOf(
    [int64, { id: 'utf8' }, { id: 'bool' }, { id: 'list', element: fieldsOf([int32], false)[0]! }],
    false,
  );
  const batch: Value[][] = [
    ['1', '-1'],
    ['', 'x'],
    [true, false],
    [[], ['1', '2']],
  ];
  await expectReaders({ fields, rowGroups: [[batch]] });
  const encoder = new RowGroupEncoder(fields, parquetOptions({}));
  expect(() => encoder.appendColumn(0, columnOf(int64, ['1', null]))).toThrow(
    'a null in a column that cannot be null',
  );
  expect(() => encoder.appendColumn(3, columnOf(fields[3]!.type, [['1', null]]))).toThrow(
    'a null in element',
  );
});

test('1,600 columns', async () => {
  const fields = Array.from({ length: 1600 }, (_, i): Field => {
    return { name: `column ${i}`, type: leafTypes[i % 2 === 0 ? 5 : 15]!, nullable: true };
  });
  const batch = fields.map((_, i): Value[] => [String(i), null, String(i % 7)]);
  await expectReaders({ fields, rowGroups: [[batch], [batch]] });
});

test('names that are long and not ASCII', async () => {
  const names = [' ', 'a.b', 'ünïcödé "quoted"', 'x'.repeat(500)];
  const fields = names.map((name): Field => ({ name, type: int32, nullable: true }));
  await expectReaders({ fields, rowGroups: [[names.map((_, i) => [String(i)])]] });
});

describe('batches that are far larger than usual are cut into pages', () => {
  test('by rows', async () => {
    const element: Field = { name: 'element', type: int32, nullable: true };
    const member: Field = { name: 'm', type: { id: 'bool' }, nullable: true };
    const types: DataType[] = [int64, { id: 'list', element }, { id: 'struct', fields: [member, element] }];
    const rows = 70_003;
    const value: ((i: number) => Value)[] = [
      (i) => String(i),
      (i) => [String(i), null].slice(0, i % 3),
      (i) => [i % 2 === 0, String(i)],
    ];
    const batch = value.map((of) => Array.from({ length: rows }, (_, i) => (i % 11 === 0 ? null : of(i))));
    const fields = fieldsOf(types);
    const table = { fields, rowGroups: [[batch]] };
    const path = await writeTable(table);
    for (const chunk of inspect(path)[0]!) {
      expect(chunk.offsetIndex.map(({ firstRow }) => firstRow)).toEqual([0, 35_000]);
    }
    expect((await readWithDuckDB(path)).columns).toEqual(columnsOf(table));
  });

  test('by bytes', async () => {
    const values = Array.from({ length: 20 }, (_, i) => (i === 7 ? null : String(i).repeat(1 << 20)));
    const path = await writeColumn({ name: 'c', type: { id: 'utf8' }, nullable: true }, values);
    const pages = inspect(path)[0]![0]!.pages;
    expect(pages.length).toBeGreaterThan(1);
    expect(Math.max(...pages.map(({ uncompressedSize }) => uncompressedSize))).toBeLessThan(1 << 25);
    expect((await readWithHyparquet(path)).columns).toEqual([values]);
  });
});

describe('a row group', () => {
  const encode = (columns: readonly Column[], rows: number, allocate = ownMemory) => {
    const encoder = new RowGroupEncoder(fieldsOf([int32, { id: 'utf8' }]), parquetOptions({}), allocate);
    columns.forEach((column, i) => {
      encoder.appendColumn(i, column);
    });
    return { encoder, rowGroup: encoder.finish(rows) };
  };

  test('whose columns have other lengths is refused', () => {
    const columns = [columnOf(int32, ['1', '2']), columnOf({ id: 'utf8' }, ['a'])];
    expect(() => encode(columns, 2)).toThrow('leaf column 1 has 1 of 2 rows');
  });

  test('survives the way between threads', () => {
    const columns = [columnOf(int32, ['1']), columnOf({ id: 'utf8' }, ['a'])];
    const { rowGroup, encoder } = encode(columns, 1, sharedMemory);
    const received = structuredClone(rowGroup);
    expect(received.blocks[0]!.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(received.blocks[0]).toEqual(rowGroup.blocks[0]);
    expect(received.chunks.map(({ firstRows }) => [...firstRows])).toEqual([[0], [0]]);
    expect(encoder.encodedBytes).toBe(0);
  });
});

test('a struct without members is refused', () => {
  const fields = fieldsOf([{ id: 'struct', fields: [] }]);
  expect(() => new RowGroupEncoder(fields, parquetOptions({}))).toThrow('c0 is a struct without members');
});
