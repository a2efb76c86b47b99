import { describe, expect, test } from 'vitest';
import type { EncodedRowGroup } from '../../src/parquet/encoded.ts';
import { Encoding } from '../../src/parquet/encodings/value-encodings.ts';
import { CompactWriter } from '../../src/parquet/file/thrift.ts';
import type { ParquetFileOptions } from '../../src/parquet/options.ts';
import { arrowSchemaKey } from '../../src/parquet/schema/arrow-schema.ts';
import { Bounds } from '../../src/parquet/statistics/bounds.ts';
import { serializeStatistics } from '../../src/parquet/statistics/chunk-statistics.ts';
import { ColumnIndexBuilder } from '../../src/parquet/statistics/column-index.ts';
import type { Field } from '../../src/types/kinds.ts';
import type { TestTable } from '../parquet/files.ts';
import { problemOf } from './in-memory.ts';
import { ints, levels, type MadePage, text, withChunk, withPages } from './pages.ts';
import { type Lie, writeInMemory } from './written.ts';

const int32 = { id: 'int', bitWidth: 32, signed: true } as const;
const fields: readonly Field[] = [
  { name: 'n', type: int32, nullable: true },
  { name: 't', type: { id: 'utf8' }, nullable: true },
  {
    name: 'l',
    type: { id: 'list', element: { name: 'element', type: int32, nullable: false } },
    nullable: false,
  },
];
const [N, T, L] = [0, 1, 2];
const numbers = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'];
const table: TestTable = {
  fields,
  rowGroups: [[[numbers, numbers.map((n) => `text ${n}`), numbers.map((n) => [n, n])]]],
};
const uncompressed = { compression: 'uncompressed', compressionLevel: 0 } as const;

/** What is found wrong with the table written with a lie; null where that is believed. */
async function problem(lie: Lie, options: Partial<ParquetFileOptions> = {}): Promise<string | null> {
  const { bytes } = await writeInMemory(table, { ...uncompressed, ...options }, lie);
  return problemOf(bytes);
}

const plain = (body: Uint8Array, values = 10): MadePage => ({ body, values, encoding: Encoding.plain });
const numbered = (...values: readonly number[]) => plain(Buffer.concat([levels([10, 1]), ints(...values)]));
const oneToTen = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

test('what is true is believed, also where it is made by hand', async () => {
  expect(await problem((rowGroup) => rowGroup)).toBeNull();
  expect(await problem((rowGroup) => withPages(rowGroup, N, [numbered(...oneToTen)]))).toBeNull();
});

describe('pages', () => {
  const page = (body: Buffer, values = 10) => [plain(body, values)];
  const coded = (...indices: readonly number[]): MadePage => ({
    // Packed in two bits, ten of them in three groups of four and two.
    body: Buffer.concat([levels([10, 1]), Buffer.from([2, 5, ...packed(indices)])]),
    values: 10,
    encoding: Encoding.rleDictionary,
  });
  const dictionary = {
    ...plain(Buffer.concat(['text 1', 'text 10', 'text 9'].map(text)), 3),
    dictionary: true,
  } as const;

  test.each<[string, number, readonly MadePage[], string]>([
    [
      'a value is missing',
      N,
      [numbered(...oneToTen.slice(1))],
      'its values take 36 bytes where 40 are expected',
    ],
    ['there is one more', N, [numbered(...oneToTen, 11)], 'its values take 44 bytes where 40 are expected'],
    [
      'a level is too large',
      N,
      page(Buffer.concat([levels([10, 2]), ints(...oneToTen)])),
      '2 does not fit 1 bits',
    ],
    [
      'there are too few levels',
      N,
      page(Buffer.concat([levels([9, 1]), ints(...oneToTen)])),
      'the bytes end before the last value',
    ],
    [
      'there are too many levels',
      N,
      page(Buffer.concat([levels([11, 1]), ints(...oneToTen)])),
      'its last run has 1 values more than there are',
    ],
    [
      'the levels are followed by more',
      N,
      page(Buffer.concat([levels([10, 1], [3, 1]), ints(...oneToTen)])),
      '2 bytes are left over behind the last value',
    ],
    ['the levels end beyond the page', N, page(ints(1000)), 'it ends within its levels'],
    [
      'its header counts more values',
      N,
      [plain(numbered(...oneToTen).body, 11)],
      'with it the chunk has more than the 10 values that the footer says',
    ],
    [
      'a value is below the minimum',
      N,
      [numbered(0, ...oneToTen.slice(1))],
      'column index: its minimum is 0, its statistics say 1',
    ],
    [
      'a value is beyond the maximum',
      N,
      [numbered(...oneToTen.slice(0, 9), 11)],
      'column index: its maximum is 11, its statistics say 10',
    ],
    [
      'the minimum is no value',
      N,
      [numbered(2, ...oneToTen.slice(1))],
      'column index: its minimum is 2, its statistics say 1',
    ],
    [
      'a value is null',
      N,
      page(Buffer.concat([levels([3, 1], [1, 0], [6, 1]), ints(...oneToTen.slice(1))])),
      'column index: its null count is 1, its statistics say 0',
    ],
    ['all are null', N, page(levels([10, 0])), 'column index: it does not say that the page is all null'],
    ['there is no dictionary', T, [coded(0)], 'it needs a dictionary, which the chunk has not'],
    [
      'an index is not in the dictionary',
      T,
      [dictionary, coded(0, 1, 3)],
      'it has the dictionary index 3, the dictionary has 3 entries',
    ],
    [
      'the dictionary has too few entries',
      T,
      [{ ...dictionary, values: 4 }, coded(0)],
      'dictionary page: its values end within a length',
    ],
    [
      'a text is not UTF-8',
      T,
      [dictionary, plain(Buffer.concat([levels([10, 1]), ...numbers.map(() => text(Buffer.of(0xff)))]))],
      'it has a text that is not UTF-8',
    ],
    [
      'a length is beyond the page',
      T,
      page(Buffer.concat([levels([10, 1]), ints(9, 0)])),
      '10 values do not fit 8 bytes',
    ],
    [
      'it unpacks to something else',
      N,
      [{ ...numbered(...oneToTen), instead: numbered(1).body }],
      '10 bytes of UNCOMPRESSED cannot hold the 46 that it claims',
    ],
    [
      'its list goes on before it begins',
      L,
      page(
        Buffer.concat([levels([1, 1], [9, 0], [10, 1]), levels([20, 1]), ints(...oneToTen, ...oneToTen)]),
        20,
      ),
      'the chunk begins within a row',
    ],
    [
      'an empty list goes on',
      L,
      page(
        Buffer.concat([
          levels([1, 0], [1, 1], [9, 0], [9, 1]),
          levels([1, 1], [1, 0], [18, 1]),
          ints(...oneToTen, ...oneToTen.slice(1)),
        ]),
        20,
      ),
      'its levels go on a list that has no such element',
    ],
    [
      'a column has fewer rows',
      L,
      page(Buffer.concat([levels([9, 0], [11, 1]), levels([20, 1]), ints(...oneToTen, ...oneToTen)]), 20),
      'it has 9 rows, the row group 10',
    ],
  ])('%s', async (_, leaf, pages, message) => {
    const lie = (rowGroup: EncodedRowGroup) => {
      const changed = withPages(rowGroup, leaf, pages);
      // What the histograms of levels say is another matter.
      return leaf === L ? withChunk(changed, leaf, { sizeStatistics: null }) : changed;
    };
    const name = ['n', 't', 'l.list.element'][leaf];
    expect(await problem(lie)).toMatch(
      new RegExp(`^${name}: it: row group 0.*[:,] ${message.replace(/[()]/g, '\\$&')}$`),
    );
  });

  test('indices are packed', () => expect(packed([0, 1, 3])).toEqual([0x34, 0, 0, 0]));
});

/** Indices of two bits, in two groups of eight. */
function packed(indices: readonly number[]): number[] {
  const bytes = [0, 0, 0, 0];
  indices.forEach((index, i) => {
    bytes[i >> 2]! |= index << (2 * (i & 3));
  });
  return bytes;
}

function bounds(min: number, max: number, exact = true): Bounds {
  const made = new Bounds(4);
  made.defined = true;
  made.minView.setInt32(0, min, true);
  made.maxView.setInt32(0, max, true);
  made.minLength = 4;
  made.maxLength = 4;
  made.minExact = exact;
  made.maxExact = exact;
  return made;
}

function columnIndex(
  ...pages: readonly (readonly [values: number, nulls: number, min: number, max: number])[]
) {
  const builder = new ColumnIndexBuilder('int32');
  for (const [values, nulls, min, max] of pages) builder.add(values, nulls, bounds(min, max));
  return builder.take();
}

function histogram(repetitions: readonly number[], definitions: readonly number[]): Uint8Array<ArrayBuffer> {
  const out = new CompactWriter();
  for (const [id, counts] of [
    [2, repetitions],
    [3, definitions],
  ] as const) {
    out.fieldList(id, 6, counts.length);
    for (const count of counts) out.integer(count);
  }
  out.endStruct();
  return out.take();
}

describe('what footer and page index say', () => {
  const n = (change: Parameters<typeof withChunk>[2]) => (rowGroup: EncodedRowGroup) =>
    withChunk(rowGroup, N, change);

  test.each<[string, Lie, string]>([
    [
      'null count',
      n({ statistics: serializeStatistics(bounds(1, 10), 1) }),
      'its null count is 0, its statistics say 1',
    ],
    [
      'minimum',
      n({ statistics: serializeStatistics(bounds(2, 10), 0) }),
      'its minimum is 1, its statistics say 2',
    ],
    [
      'maximum',
      n({ statistics: serializeStatistics(bounds(1, 9), 0) }),
      'its maximum is 10, its statistics say 9',
    ],
    [
      'a minimum that is said to be exact',
      n({ statistics: serializeStatistics(bounds(0, 10), 0) }),
      'its minimum is 1, its statistics say 0',
    ],
    [
      'bounds that are not exact',
      n({ statistics: serializeStatistics(bounds(0, 11, false), 0) }),
      'its statistics say that their bounds are not exact',
    ],
    ['no bounds', n({ statistics: serializeStatistics(new Bounds(4), 0) }), 'its statistics have no bounds'],
    ['number of values', n({ values: 11 }), 'it has 11 values, the row group 10 rows'],
    [
      'bytes',
      n({ uncompressedBytes: 1000 }),
      'its pages have \\d+ bytes before compression, the footer says 1000',
    ],
    [
      'fewer bytes',
      n({ uncompressedBytes: 10 }),
      'with it the chunk has more than the 10 bytes that the footer says',
    ],
    [
      'encoding',
      n({ dataPages: [{ encoding: Encoding.deltaBinaryPacked, pages: 1 }] }),
      'it has pages in PLAIN, which the footer does not say',
    ],
    [
      'one encoding more',
      n({
        dataPages: [
          { encoding: 0, pages: 1 },
          { encoding: 5, pages: 1 },
        ],
      }),
      'it has no pages in DELTA_BINARY_PACKED, which the footer says',
    ],
    [
      'number of pages',
      n({ dataPages: [{ encoding: 0, pages: 2 }] }),
      'pages in PLAIN: there are 1, the footer says 2',
    ],
    [
      'bounds of a page',
      n({ columnIndex: columnIndex([10, 0, 3, 10]) }),
      'column index: its minimum is 1, its statistics say 3',
    ],
    [
      'bounds wider than a page',
      n({ columnIndex: columnIndex([10, 0, 0, 10]) }),
      'column index: its minimum is 1, its statistics say 0',
    ],
    [
      'a page of nulls',
      n({ columnIndex: columnIndex([0, 10, 0, 0]) }),
      'column index: it says that the page is all null',
    ],
    [
      'nulls of a page',
      n({ columnIndex: columnIndex([10, 2, 1, 10]) }),
      'column index: its null count is 0, its statistics say 2',
    ],
    [
      'pages of the column index',
      n({ columnIndex: columnIndex([10, 0, 1, 10], [1, 0, 1, 1]) }),
      'column index: it has 2 pages, the chunk 1',
    ],
    ['no column index', n({ columnIndex: null }), 'it has no column index, though all its pages have bounds'],
    [
      'first row of a page',
      n({ firstRows: Int32Array.of(1) }),
      'offset index: it says that the page begins with row 1, it is row 0',
    ],
    ['pages of the offset index', n({ firstRows: Int32Array.of() }), 'offset index: it has only 0 pages'],
    [
      'levels',
      (rowGroup) => withChunk(rowGroup, L, { sizeStatistics: histogram([10, 10], [1, 19]) }),
      'its histogram has 1 entries of level 0, there are 0',
    ],
    ['rows', (rowGroup) => ({ ...rowGroup, rows: 9 }), 'it has 10 values, the row group 9 rows'],
  ])('%s', async (_, lie, message) => {
    expect(await problem(lie)).toMatch(new RegExp(`^\\S+: it: row group 0.*[:,] ${message}$`));
  });

  test('a bloom filter without one of the values', async () => {
    const empty = (rowGroup: EncodedRowGroup) => {
      const filter = rowGroup.chunks[T]!.bloomFilter!.slice();
      filter.fill(0, filter.length - 32);
      return withChunk(rowGroup, T, { bloomFilter: filter });
    };
    const message = 'its bloom filter does not hold one of its values';
    expect(await problem(empty, { bloomFilters: ['t'] })).toBe(`t: it: row group 0, page 0: ${message}`);
  });

  test('an order that the rows are not in', async () => {
    const by = (field: number, descending = false) => ({ field, descending, nullsFirst: false });
    const honest: Lie = (rowGroup) => rowGroup;
    expect(await problem(honest, { sortingColumns: [by(N), by(T)] })).toBeNull();
    const wrong = 'row 1 is not in the order of the sorting columns';
    expect(await problem(honest, { sortingColumns: [by(N, true)] })).toBe(
      `n: it: row group 0, page 0: ${wrong}`,
    );
    // "text 10" comes before "text 2".
    const last = 'row 9 is not in the order of the sorting columns';
    expect(await problem(honest, { sortingColumns: [by(T), by(N)] })).toBe(
      `t: it: row group 0, page 0: ${last}`,
    );
  });

  test('an Arrow schema of another table', async () => {
    const other = await arrowSchemaKey([{ ...fields[N]!, name: 'm' }, fields[T]!, fields[L]!]);
    const options = { keyValueMetadata: { 'ARROW:schema': other } };
    expect(await problem((rowGroup) => rowGroup, options)).toBe(
      'it: ARROW:schema: it has a field m, the Parquet schema n',
    );
    const wider = await arrowSchemaKey([
      { ...fields[N]!, type: { ...int32, bitWidth: 64 } },
      fields[T]!,
      fields[L]!,
    ]);
    expect(await problem((rowGroup) => rowGroup, { keyValueMetadata: { 'ARROW:schema': wider } })).toBe(
      'it: ARROW:schema: n is int, which does not go with its type in the Parquet schema',
    );
  });
});

describe('files of other writers', () => {
  const foreign = { createdBy: 'somebody version 1' };
  const n = (change: Parameters<typeof withChunk>[2]) => (rowGroup: EncodedRowGroup) =>
    withChunk(rowGroup, N, change);

  test('may have bounds that are wider than the values, as long as they do not call them exact', async () => {
    expect(
      await problem(n({ statistics: serializeStatistics(bounds(0, 11, false), 0) }), foreign),
    ).toBeNull();
    expect(await problem(n({ columnIndex: columnIndex([10, 0, 0, 10]) }), foreign)).toBeNull();
    const message = 'its minimum is 1, its statistics say 0';
    const exact = n({ statistics: serializeStatistics(bounds(0, 10), 0) });
    expect(await problem(exact, foreign)).toBe(`n: it: row group 0: ${message}`);
  });

  test('may not have bounds that leave out a value', async () => {
    const narrow = n({ statistics: serializeStatistics(bounds(2, 11, false), 0) });
    expect(await problem(narrow, foreign)).toBe('n: it: row group 0: its minimum is 1, its statistics say 2');
  });
});

test('another file in place of the one that was written is noticed by its checksums', async () => {
  const { bytes, expected } = await writeInMemory(table);
  expect(await problemOf(bytes, { expected })).toBeNull();
  const other = { ...table, rowGroups: [[[numbers.toReversed(), ...table.rowGroups[0]![0]!.slice(1)]]] };
  const swapped = await writeInMemory(other);
  expect(await problemOf(swapped.bytes, { expected })).toBe(
    'n: it: row group 0: its values are not those that were read from the server',
  );
  expect(await problemOf(bytes, { expected: [...expected, ...expected] })).toBe(
    'it: it has 1 row groups, 2 were written',
  );
  expect(await problemOf(bytes, { expected: [{ ...expected[0]!, rows: 11 }] })).toBe(
    'it: row group 0: it has 10 rows, 11 were read from the server',
  );
});
