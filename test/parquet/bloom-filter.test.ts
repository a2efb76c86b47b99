import * as duckdb from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExportError } from '../../src/errors.ts';
import { parquetOptions } from '../../src/parquet/options.ts';
import { RowGroupEncoder } from '../../src/parquet/row-group-encoder.ts';
import { addIntegers, BloomFilter } from '../../src/parquet/statistics/bloom-filter.ts';
import { hash, hashBytes, hashPair, hashWord } from '../../src/parquet/statistics/xxhash64.ts';
import type { DataType, Field } from '../../src/types/kinds.ts';
import type { Value } from '../support/readers.ts';
import { leafTypes, optional } from './arbitraries.ts';
import { columnOf } from './columns.ts';
import { writeColumn, writeTable } from './files.ts';
import { type Chunk, inspect } from './inspect.ts';
import { mayHold, xxHash64 } from './split-block.ts';

const int64: DataType = { id: 'int', bitWidth: 64, signed: true };

function hashed(): bigint {
  return (BigInt(hash.high >>> 0) << 32n) | BigInt(hash.low >>> 0);
}

describe('xxHash64', () => {
  // Of the reference implementation.
  test.each([
    ['', 0xef46db3751d8e999n],
    ['a', 0xd24ec4f1a98c6e5bn],
    ['abc', 0x44bc2cf5ad770999n],
    ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
  ])('of "%s"', (text, expected) => {
    expect(xxHash64(Buffer.from(text))).toBe(expected);
    const bytes = Uint8Array.from(Buffer.from(text));
    hashBytes(new DataView(bytes.buffer), 0, bytes.length);
    expect(hashed()).toBe(expected);
  });

  test('of bytes of any length, words and pairs of words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), (bytes) => {
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        hashBytes(view, 0, bytes.length);
        expect(hashed()).toBe(xxHash64(bytes));
        if (bytes.length < 8) return;
        hashWord(view.getInt32(0, true));
        expect(hashed()).toBe(xxHash64(bytes.subarray(0, 4)));
        hashPair(view.getInt32(0, true), view.getInt32(4, true));
        expect(hashed()).toBe(xxHash64(bytes.subarray(0, 8)));
      }),
      { numRuns: 500 },
    );
  });
});

const filterable = leafTypes.filter(({ id }) => id !== 'bool');

describe.each(filterable.map((type) => [JSON.stringify(type), type] as const))('%s', (_, type) => {
  const field: Field = { name: 'c', type, nullable: true };
  const [few, many] = fc.sample(fc.array(optional(field), { minLength: 60, maxLength: 60 }), {
    numRuns: 2,
    seed: 3,
  });

  test('every value is found, in pages with and without dictionary', async () => {
    const repeated = Array.from({ length: 300 }, (_, i) => few![i % 20]!);
    const table = { fields: [field], rowGroups: [[[repeated], [many!]], [[many!]], [[[null]]]] };
    const path = await writeTable(table, { bloomFilters: ['c'] });
    const chunks = inspect(path).map(([chunk]) => chunk!);
    expectFound(chunks[0]!, type, [...repeated, ...many!]);
    expectFound(chunks[1]!, type, many!);
    expect(chunks[2]!.bloomFilter).toEqual(Buffer.alloc(32));
  });
});

function expectFound({ bloomFilter }: Chunk, type: DataType, values: readonly Value[]): void {
  for (const value of values) {
    if (value !== null) expect(mayHold(bloomFilter!, plainBytes(type, value as string))).toBe(true);
  }
}

/** The PLAIN encoding of one value, without the length that byte arrays have before them. */
function plainBytes(type: DataType, value: string): Uint8Array {
  if (type.id === 'utf8') return Buffer.from(value);
  if (type.id === 'binary' || type.id === 'fixed_size_binary') return Buffer.from(value, 'hex');
  if (type.id === 'float') return Buffer.from(value, 'hex').reverse();
  if (type.id === 'decimal128' && type.precision > 18) {
    const width = type.precision === 38 ? 16 : 9;
    const hex = BigInt.asUintN(8 * width, BigInt(value)).toString(16);
    return Buffer.from(hex.padStart(2 * width, '0'), 'hex');
  }
  const narrow =
    (type.id === 'int' && type.bitWidth < 64) ||
    type.id === 'date32' ||
    (type.id === 'decimal128' && type.precision <= 9) ||
    (type.id === 'time64' && type.unit === 'ms');
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)));
  return bytes.subarray(0, narrow ? 4 : 8);
}

describe('the size follows the number of distinct values', () => {
  test.each([
    [1, 32],
    [1000, 2048],
    // As many as are kept before the filter is made large, and one more.
    [4096, 8192],
    [4097, 8192],
    [20_000, 32_768],
  ])('%i: at most %i bytes', async (distinct, most) => {
    const values = Array.from({ length: 20_000 }, (_, i) => String((i % distinct) * 3));
    const { bloomFilter } = inspect(
      await writeColumn({ name: 'c', type: int64, nullable: true }, values, { bloomFilters: ['c'] }),
    )[0]![0]!;
    expect(bloomFilter!.length).toBeLessThanOrEqual(most);
    const lost = values.filter((value) => !mayHold(bloomFilter!, plainBytes(int64, value)));
    expect(lost).toEqual([]);
    const absent = Array.from({ length: 5000 }, (_, i) => String(i * 3 + 1));
    const falsePositives = absent.filter((value) => mayHold(bloomFilter!, plainBytes(int64, value))).length;
    expect(falsePositives / absent.length).toBeLessThan(0.02);
  });

  test('a filter that would hold everything possible is left out', () => {
    const filter = new BloomFilter();
    const words = new Int32Array(1 << 16);
    for (let i = 0; i < 160; i++) {
      addIntegers(
        filter,
        words.map((_, at) => at + i * words.length),
        1,
      );
    }
    expect(filter.take()).toBeNull();
    addIntegers(filter, Int32Array.of(1), 1);
    expect(filter.take()!.length).toBeLessThan(100);
  });
});

test('0 and −0, which are equal, are both found where one is', async () => {
  const type: DataType = { id: 'float', bitWidth: 64 };
  const path = await writeColumn({ name: 'c', type, nullable: true }, ['8000000000000000'], {
    bloomFilters: ['c'],
  });
  expectFound(inspect(path)[0]![0]!, type, ['0000000000000000', '8000000000000000']);
});

test("the leaves of a nested column have filters each, but for booleans'", async () => {
  const fields: Field[] = [
    { name: 'a', type: { id: 'bool' }, nullable: true },
    { name: 'b', type: { id: 'utf8' }, nullable: true },
  ];
  const list: Field = {
    name: 'c',
    type: { id: 'list', element: { name: 'element', type: { id: 'struct', fields }, nullable: true } },
    nullable: true,
  };
  const path = await writeColumn(list, [[[true, 'x'], null, [null, 'y']], null], { bloomFilters: ['c'] });
  const [a, b] = inspect(path)[0]!;
  expect(a!.bloomFilter).toBeUndefined();
  expectFound(b!, { id: 'utf8' }, ['x', 'y']);
});

test('columns without one have none', async () => {
  const [chunk] = inspect(await writeColumn({ name: 'c', type: int64, nullable: true }, ['1']))[0]!;
  expect(chunk!.bloomFilter).toBeUndefined();
});

test.each([
  ['d', 'there is no column d, for which a bloom filter is asked'],
  ['b', 'there are no bloom filters for booleans such as b'],
])('a filter for %s is refused', (name, message) => {
  const fields: Field[] = [
    { name: 'c', type: int64, nullable: true },
    { name: 'b', type: { id: 'bool' }, nullable: true },
  ];
  expect(() => new RowGroupEncoder(fields, parquetOptions({ bloomFilters: [name] }))).toThrow(message);
});

test('an encoder makes one filter after the other', () => {
  const options = parquetOptions({ bloomFilters: ['c'] });
  const encoder = new RowGroupEncoder([{ name: 'c', type: int64, nullable: true }], options);
  const filters = ['1', '2', '1'].map((value) => {
    encoder.appendColumn(0, columnOf(int64, [value]));
    return Buffer.from(encoder.finish(1).chunks[0]!.bloomFilter!).toString('hex');
  });
  expect(filters[0]).toBe(filters[2]);
  expect(filters[0]).not.toBe(filters[1]);
});

test("DuckDB's probe agrees", async () => {
  const values = Array.from({ length: 500 }, (_, i) => `value ${i}`);
  const path = await writeColumn({ name: 'c', type: { id: 'utf8' }, nullable: true }, values, {
    bloomFilters: ['c'],
  });
  const instance = await duckdb.DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const excluded = async (value: string) => {
      const sql = `SELECT bloom_filter_excludes FROM parquet_bloom_probe('${path}', 'c', '${value}')`;
      return (await connection.runAndReadAll(sql)).getRows()[0]![0] as boolean;
    };
    const found = await Promise.all(values.slice(0, 100).map(excluded));
    expect(found).not.toContain(true);
    const missed = await Promise.all(values.slice(0, 100).map((value) => excluded(`no ${value}`)));
    expect(missed.filter((excludes) => excludes).length).toBeGreaterThan(95);
    const metadata = await connection.runAndReadAll(
      `SELECT bloom_filter_offset, bloom_filter_length FROM parquet_metadata('${path}')`,
    );
    const [[offset, length]] = metadata.getRows() as [[bigint, bigint]];
    expect(Number(length)).toBeGreaterThan(inspect(path)[0]![0]!.bloomFilter!.length);
    expect(Number(offset)).toBeGreaterThan(4);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
});

test('names some of the columns where a wanted one is not among many', () => {
  const many = Array.from({ length: 21 }, (_, i): Field => ({ name: `c${i}`, type: int64, nullable: true }));
  const hint = (count: number) => {
    try {
      new RowGroupEncoder(many.slice(0, count), parquetOptions({ bloomFilters: ['d'] }));
    } catch (error) {
      return (error as ExportError).hint;
    }
  };
  const first = many.slice(0, 20).map(({ name }) => name);
  expect(hint(20)).toBe(`the columns are ${first.join(', ')}`);
  expect(hint(21)).toBe(`the columns are ${first.join(', ')}, …`);
});
