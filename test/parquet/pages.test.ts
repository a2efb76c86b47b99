import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Compression, codecs } from '../../src/parquet/compression/compress.ts';
import type { DataType, Field } from '../../src/types/kinds.ts';
import { readWithHyparquet, type Value } from '../support/readers.ts';
import { columnsOf, type TestTable, writeColumn, writeTable } from './files.ts';
import { type Chunk, inspect, type Page } from './inspect.ts';

const int32: DataType = { id: 'int', bitWidth: 32, signed: true };
const types: readonly DataType[] = [
  int32,
  { id: 'int', bitWidth: 64, signed: true },
  { id: 'float', bitWidth: 64 },
  { id: 'utf8' },
  { id: 'fixed_size_binary', byteWidth: 16, annotation: 'uuid' },
];

/** The i-th of many distinct values of a type. */
function valueAt(type: DataType, i: number): string {
  switch (type.id) {
    case 'float':
      return (i + 1).toString(16).padStart(16, '0');
    case 'fixed_size_binary':
      return i.toString(16).padStart(32, '0');
    case 'utf8':
      return `text ${i}`;
    default:
      return String(i * 7919);
  }
}

function nullable(type: DataType): Field {
  return { name: 'c', type, nullable: true };
}

function dataPages(chunk: Chunk): readonly Page[] {
  return chunk.pages.filter(({ type }) => type === 'data');
}

/** The bit width of a dictionary-encoded page of a flat column. */
function bitWidth(page: Page): number {
  const levels = new DataView(page.body.buffer, page.body.byteOffset).getInt32(0, true);
  return page.body[4 + levels]!;
}

/** So many distinct values, each at least once, in no order that a codec would see through. */
function repeat(type: DataType, distinct: number, count: number): Value[] {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  return Array.from({ length: count }, (_, i) => valueAt(type, i < distinct ? i : next() % distinct));
}

describe('what the footer says of a chunk is what is there', () => {
  const values: Value[][] = [
    repeat(int32, 50, 1000),
    [null, null, null],
    Array.from({ length: 3000 }, (_, i) => String(i * i)),
  ];
  const table: TestTable = {
    fields: [nullable(int32)],
    rowGroups: [values.map((page) => [page]), [[repeat(int32, 3, 10)]]],
  };

  test.each(Object.keys(codecs) as Compression[])('with %s', async (compression) => {
    const { defaultLevel } = codecs[compression];
    const path = await writeTable(table, { compression, compressionLevel: defaultLevel });
    expect((await readWithHyparquet(path)).columns).toEqual(columnsOf(table));
    for (const [chunk] of inspect(path)) {
      checkChunk(chunk!);
    }
  });
});

function checkChunk(chunk: Chunk): void {
  const { pages } = chunk;
  const sum = (value: (page: Page) => number) => pages.reduce((total, page) => total + value(page), 0);
  for (const page of pages) {
    expect(page.crc).toBe(crc32(page.compressed));
    expect(page.body.length).toBe(page.uncompressedSize);
  }
  expect(chunk.totalCompressedSize).toBe(sum((page) => page.length));
  expect(chunk.totalUncompressedSize).toBe(sum((page) => page.headerLength + page.uncompressedSize));
  expect(chunk.numValues).toBe(dataPages(chunk).reduce((total, page) => total + page.numValues, 0));
  expect(chunk.dataPageOffset).toBe(dataPages(chunk)[0]!.offset);
  const dictionary = pages.find(({ type }) => type === 'dictionary');
  expect(chunk.dictionaryPageOffset).toBe(dictionary?.offset);
  checkEncodings(chunk);
}

function checkEncodings({ pages, encodings, encodingStats }: Chunk): void {
  const used = new Set([3, ...pages.map(({ encoding }) => (encoding === 'PLAIN' ? 0 : 8))]);
  expect(new Set(encodings)).toEqual(used);
  const count = (pageType: Page['type'], encoding: Page['encoding']) =>
    pages.filter((page) => page.type === pageType && page.encoding === encoding).length;
  const stats = [
    { pageType: 2, encoding: 0, count: count('dictionary', 'PLAIN') },
    { pageType: 0, encoding: 8, count: count('data', 'RLE_DICTIONARY') },
    { pageType: 0, encoding: 0, count: count('data', 'PLAIN') },
  ];
  expect(encodingStats).toEqual(stats.filter((entry) => entry.count > 0));
}

describe.each(types.map((type) => [JSON.stringify(type), type] as const))('dictionaries of %s', (_, type) => {
  test.each([1, 2, 3, 4, 5, 255, 256, 257, 511, 512, 513])('with %i entries', async (distinct) => {
    const values = repeat(type, distinct, 20 * distinct);
    const path = await writeColumn(nullable(type), values);
    const chunk = inspect(path)[0]![0]!;
    const dictionary = chunk.pages[0]!;
    expect([dictionary.type, dictionary.numValues]).toEqual(['dictionary', distinct]);
    expect(chunk.pages[1]!.encoding).toBe('RLE_DICTIONARY');
    expect(bitWidth(chunk.pages[1]!)).toBe(Math.max(1, Math.ceil(Math.log2(distinct))));
    expect((await readWithHyparquet(path)).columns).toEqual([values]);
  });

  test('grow from page to page, and the bit width with them', async () => {
    const pages = [2, 5, 100, 1000].map((distinct) => repeat(type, distinct, 10 * distinct));
    const path = await writeTable({ fields: [nullable(type)], rowGroups: [pages.map((page) => [page])] });
    const chunk = inspect(path)[0]![0]!;
    expect(dataPages(chunk).map(bitWidth)).toEqual([1, 3, 7, 10]);
    expect((await readWithHyparquet(path)).columns).toEqual([pages.flat()]);
  });

  test('are not written for distinct values', async () => {
    const values = Array.from({ length: 5000 }, (_, i) => valueAt(type, i));
    const chunk = inspect(await writeColumn(nullable(type), values))[0]![0]!;
    expect(chunk.pages.map(({ type: kind, encoding }) => [kind, encoding])).toEqual([['data', 'PLAIN']]);
  });

  test('are given up in the middle of a chunk when values stop repeating', async () => {
    const distinct = Array.from({ length: 10_000 }, (_, i) => valueAt(type, i + 100));
    const pages = [repeat(type, 100, 5000), distinct, repeat(type, 100, 5000)];
    const path = await writeTable({ fields: [nullable(type)], rowGroups: [pages.map((page) => [page])] });
    const chunk = inspect(path)[0]![0]!;
    expect(dataPages(chunk).map(({ encoding }) => encoding)).toEqual(['RLE_DICTIONARY', 'PLAIN', 'PLAIN']);
    expect(chunk.pages[0]!.numValues).toBe(100);
    expect((await readWithHyparquet(path)).columns).toEqual([pages.flat()]);
    checkChunk(chunk);
  });

  test('end where their memory ends', async () => {
    const values = repeat(type, 1000, 5000);
    const path = await writeColumn(nullable(type), values, { dictionaryMemory: 10_000 });
    const chunk = inspect(path)[0]![0]!;
    expect(chunk.pages.map(({ encoding }) => encoding)).toEqual(['PLAIN']);
    expect((await readWithHyparquet(path)).columns).toEqual([values]);
  });
});

test('a dictionary keeps below a mebibyte', async () => {
  const type: DataType = { id: 'utf8' };
  const pages = [0, 1, 2, 3].map((page) =>
    repeat(int32, 1000, 5000).map((value) => `${page} ${value} `.padEnd(400, `${Number(value) * 31 + page}`)),
  );
  const path = await writeTable({ fields: [nullable(type)], rowGroups: [pages.map((values) => [values])] });
  const chunk = inspect(path)[0]![0]!;
  const encodings = dataPages(chunk).map(({ encoding }) => encoding);
  expect(encodings).toEqual(['RLE_DICTIONARY', 'RLE_DICTIONARY', 'PLAIN', 'PLAIN']);
  expect(chunk.pages[0]!.numValues).toBe(2000);
  expect((await readWithHyparquet(path)).columns).toEqual([pages.flat()]);
});

test('byte strings that fill several pieces of the kernels, among them some that are too long for one', async () => {
  const few = repeat(int32, 40, 3000).map((value, i) => `${value}`.repeat(1 + ((i * i) % 70)));
  const many = few.map((value, i) => `${i} ${value}`.padEnd(450, 'x'));
  const long = 'a mebibyte and more '.repeat(60_000);
  const pages = [[...few, long, ...few], few, [long, 'x', null, '', long], [...many, ...many], many];
  const path = await writeTable({
    fields: [nullable({ id: 'utf8' })],
    rowGroups: pages.map((values) => [[values]]),
  });
  expect((await readWithHyparquet(path)).columns).toEqual([pages.flat()]);
});

test('a column without repetition is not tried again in the next row groups, but some time later', async () => {
  const distinct = Array.from({ length: 300 }, (_, i) => String(i * 7));
  const same = distinct.map(() => '7');
  const rowGroups = [distinct, ...Array.from({ length: 9 }, () => same)].map((values) => [[values]]);
  const path = await writeTable({ fields: [nullable(int32)], rowGroups });
  const encodings = inspect(path).map(([chunk]) => chunk!.pages.at(-1)!.encoding);
  expect(encodings).toEqual([...Array(8).fill('PLAIN'), 'RLE_DICTIONARY', 'RLE_DICTIONARY']);
});

test('values that all fall into one place of the hash table are written without dictionary', async () => {
  // Multiples of the multiplier's inverse: their products are small, and the table looks at the upper bits.
  const colliding = Array.from({ length: 600 }, (_, i) => {
    const folded = BigInt.asUintN(64, BigInt(i) * 0xf1de83e19937733dn);
    return String(BigInt.asIntN(64, folded ^ (folded >> 32n)));
  });
  const values = Array.from({ length: 3000 }, (_, i) => colliding[i < 600 ? i : (i * i) % 600]!);
  const path = await writeColumn(nullable({ id: 'int', bitWidth: 64, signed: true }), values);
  expect(inspect(path)[0]![0]!.pages.map(({ encoding }) => encoding)).toEqual(['PLAIN']);
  expect((await readWithHyparquet(path)).columns).toEqual([values]);
});

test('NaNs and zeros keep their bits in dictionaries', async () => {
  const bits = ['7ff8000000000001', 'fff8000000000002', '0000000000000000', '8000000000000000'];
  const values = Array.from({ length: 400 }, (_, i) => bits[i % 4]!);
  const path = await writeColumn(nullable({ id: 'float', bitWidth: 64 }), values);
  const [dictionary] = inspect(path)[0]![0]!.pages;
  const stored = Buffer.from(dictionary!.body).swap64().toString('hex');
  expect(stored).toBe(bits.join(''));
});
