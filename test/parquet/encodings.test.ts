import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { codecs } from '../../src/parquet/compression/compress.ts';
import { parquetOptions } from '../../src/parquet/options.ts';
import type { DataType, Field } from '../../src/types/kinds.ts';
import { python } from '../support/python.ts';
import { needModule } from '../support/python-module.ts';
import {
  readWithDuckDB,
  readWithHyparquet,
  readWithPolars,
  readWithPyArrow,
  type Value,
} from '../support/readers.ts';
import { compressed } from './compressed.ts';
import { columnsOf, type TestTable, writeColumn, writeTable } from './files.ts';
import { type Chunk, inspect } from './inspect.ts';

const int32: DataType = { id: 'int', bitWidth: 32, signed: true };
const int64: DataType = { id: 'int', bitWidth: 64, signed: true };
const double: DataType = { id: 'float', bitWidth: 64 };
const text: DataType = { id: 'utf8' };
const compact = parquetOptions({ encoding: 'compact' });

function nullable(type: DataType, name = 'c'): Field {
  return { name, type, nullable: true };
}

/** The same numbers in every run, from 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function generate(count: number, value: (i: number, random: () => number) => Value): Value[] {
  const next = random(count);
  return Array.from({ length: count }, (_, i) => value(i, next));
}

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function encodingsOf({ pages }: Chunk): string[] {
  return [...new Set(pages.filter(({ type }) => type === 'data').map(({ encoding }) => encoding))];
}

const samples: readonly (readonly [DataType, string, (i: number, random: () => number) => Value])[] = [
  [int64, 'DELTA_BINARY_PACKED', (i) => String(10_000_000_000 + i * 3)],
  [int32, 'DELTA_BINARY_PACKED', (_, next) => String(Math.floor(next() * 10_000))],
  [
    { id: 'timestamp', unit: 'us', timezone: null },
    'DELTA_BINARY_PACKED',
    (i, next) => String(i * 1e6 + Math.floor(next() * 1000)),
  ],
  [
    { id: 'decimal128', precision: 15, scale: 2 },
    'DELTA_BINARY_PACKED',
    (_, next) => String(Math.floor(next() * 10_000_000)),
  ],
  [double, 'BYTE_STREAM_SPLIT', (_, next) => bitsOf(100 + next())],
  [text, 'DELTA_LENGTH_BYTE_ARRAY', (_, next) => String(next()).slice(2, 4 + next() * 8)],
  [text, 'DELTA_BYTE_ARRAY', (i) => `/some/long/path/that/all/of/them/begin/with/${(i * 7919).toString(36)}`],
  [text, 'RLE_DICTIONARY', (_, next) => `label ${Math.floor(next() * 7)}`],
  [
    { id: 'fixed_size_binary', byteWidth: 16, annotation: 'uuid' },
    'PLAIN',
    (i, next) => `${next()}${i}`.slice(2).padEnd(32, '0'),
  ],
];

describe.each(
  samples.map(([type, expected, value]) => [JSON.stringify(type), expected, type, value] as const),
)('%s is written as %s where that is smallest', (_, expected, type, value) => {
  const values = generate(20_000, (i, next) => (i % 13 === 0 ? null : value(i, next)));

  test('compact, and smaller than compatible', async () => {
    const [chunk] = inspect(await writeColumn(nullable(type), values, compact))[0]!;
    expect(encodingsOf(chunk!)).toEqual([expected]);
    const [plain] = inspect(await writeColumn(nullable(type), values))[0]!;
    expect(['PLAIN', 'RLE_DICTIONARY']).toEqual(expect.arrayContaining(encodingsOf(plain!)));
    expect(chunk!.totalCompressedSize).toBeLessThanOrEqual(plain!.totalCompressedSize);
  });

  test('not below a list or a struct, but for floats', async () => {
    const list: DataType = { id: 'list', element: nullable(type, 'element') };
    const nested = values.map((each): Value => [each]);
    const [chunk] = inspect(await writeColumn(nullable(list), nested, compact))[0]!;
    const isDelta = expected.startsWith('DELTA');
    expect(encodingsOf(chunk!)).not.toContain(isDelta ? expected : 'DELTA_BINARY_PACKED');
    if (expected === 'BYTE_STREAM_SPLIT') expect(encodingsOf(chunk!)).toEqual([expected]);
  });
});

describe('what a trial finds', () => {
  const field = nullable(int64);
  const ascending = generate(9000, (i) => String(i * 5));
  const scattered = generate(9000, (_, next) => String(Math.floor(next() * 2 ** 53) * 1024));

  test('holds for the next row groups, until it is tried again', async () => {
    const rowGroups = [ascending, ...Array.from({ length: 9 }, () => scattered)].map((values) => [[values]]);
    const path = await writeTable({ fields: [field], rowGroups }, compact);
    expect(inspect(path).map(([chunk]) => encodingsOf(chunk!).join())).toEqual([
      ...Array(8).fill('DELTA_BINARY_PACKED'),
      'PLAIN',
      'PLAIN',
    ]);
  });

  test('decides for its page alone where that has few values', async () => {
    const few = [ascending.slice(0, 200), scattered.slice(0, 200), ascending.slice(0, 200)];
    const path = await writeTable({ fields: [field], rowGroups: [few.map((values) => [values])] }, compact);
    const [chunk] = inspect(path)[0]!;
    expect(chunk!.pages.map(({ encoding }) => encoding)).toEqual([
      'DELTA_BINARY_PACKED',
      'PLAIN',
      'DELTA_BINARY_PACKED',
    ]);
    const counts = chunk!.encodingStats.map(({ encoding, count }) => [encoding, count]);
    expect(counts).toEqual([
      [5, 2],
      [0, 1],
    ]);
    expect(new Set(chunk!.encodings)).toEqual(new Set([0, 3, 5]));
  });

  test('is the smallest of all encodings with all settings of the codec', async () => {
    const recent: string[] = [];
    const values = generate(20_000, (i, next) => {
      const again = i > 8 && next() < 0.3 ? recent[Math.floor(next() * 8)] : undefined;
      recent[i % 8] = again ?? String(Math.floor(next() * 1_000_000));
      return recent[i % 8]!;
    });
    const size = async (options: typeof compact) => {
      const path = await writeColumn(nullable(int64), values, options);
      return inspect(path)[0]![0]!.totalCompressedSize;
    };
    expect(await size(compact)).toBeLessThanOrEqual(await size(parquetOptions({})));
  });

  test.each([
    [
      'far and short repetitions',
      generate(9000, (i) => String(1_700_000_000_000_000 + i * 137_000_000)),
      [0, 0.7],
    ],
    ['near repetitions', generate(20_000, (_, next) => String(Math.floor(next() * 10_000_000))), [0, 0.95]],
    ['no others', scattered, [0.995, 1.005]],
  ])('zstd 1 finds %s where there are some', async (_, values, [least, most]) => {
    const path = await writeColumn(nullable(int64), values, { compressionLevel: 1 });
    const page = inspect(path)[0]![0]!.pages.at(-1)!;
    const params = { [constants.ZSTD_c_compressionLevel]: 1 };
    const share = page.compressed.length / zstdCompressSync(page.body, { params }).length;
    expect(share).toBeGreaterThan(least!);
    expect(share).toBeLessThan(most!);
  });
});

describe('deltas at their limits', () => {
  const extremes: readonly (readonly [DataType, readonly string[]])[] = [
    [int32, ['-2147483648', '2147483647', '0', '-1', '1', '2147483647', '-2147483648']],
    [
      int64,
      ['-9223372036854775808', '9223372036854775807', '0', '-1', '4294967296', '-4294967296', '4294967295'],
    ],
    [{ id: 'int', bitWidth: 64, signed: false }, ['0', '18446744073709551615', '9223372036854775808', '1']],
    [{ id: 'int', bitWidth: 8, signed: true }, ['-128', '127', '0']],
    [{ id: 'date32' }, ['-700000', '0', '2900000']],
  ];
  const counts = [1, 2, 3, 31, 32, 33, 34, 64, 127, 128, 129, 130, 256, 257, 385];
  const widths = [1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 47, 48, 52];

  const tables: TestTable[] = [
    ...extremes.map(([type, values]): TestTable => {
      // Runs make the deltas worth it; extremes at any place of a block.
      const pages = counts.map((count) =>
        generate(count, (i) => (i % 29 === count % 29 ? values[i % values.length]! : values[0]!)),
      );
      return { fields: [nullable(type)], rowGroups: pages.map((page) => [[page]]) };
    }),
    ...widths.map((width): TestTable => {
      const page = generate(3000, (_, next) => String(Math.floor(next() * 2 ** width)));
      return { fields: [nullable(int64)], rowGroups: [[[page]]] };
    }),
    {
      fields: [nullable(text)],
      rowGroups: counts.map((count) => [[generate(count, (i) => 'ab'.repeat(i % 50) + 'c'.repeat(i % 7))]]),
    },
    {
      fields: [nullable({ id: 'binary' })],
      rowGroups: [[[generate(500, (i) => `00ff${'61'.repeat(i % 300)}`)]], [[generate(5, () => '')]]],
    },
  ];

  test('come back from every reader', async ({ skip }) => {
    const paths = await Promise.all(tables.map((table) => writeTable(table, compact)));
    const used = paths.flatMap((path) => inspect(path).flat()).flatMap(encodingsOf);
    expect(new Set(used)).toEqual(
      new Set([
        'PLAIN',
        'RLE_DICTIONARY',
        'DELTA_BINARY_PACKED',
        'DELTA_LENGTH_BYTE_ARRAY',
        'DELTA_BYTE_ARRAY',
      ]),
    );
    const expected = tables.map(columnsOf);
    expect((await Promise.all(paths.map(readWithDuckDB))).map(({ columns }) => columns)).toEqual(expected);
    expect((await Promise.all(paths.map(readWithHyparquet))).map(({ columns }) => columns)).toEqual(expected);
    if (python() !== null) expect(readWithPyArrow(paths).map(({ columns }) => columns)).toEqual(expected);
    needModule('polars', skip);
    expect(readWithPolars(paths).map(({ columns }) => columns)).toEqual(expected);
  });
});

test('each codec is loaded and has its levels', () => {
  for (const [name, { defaultLevel, minLevel, maxLevel, compressor }] of Object.entries(codecs)) {
    expect(defaultLevel >= minLevel && defaultLevel <= maxLevel, name).toBe(true);
    for (const level of [minLevel, defaultLevel, Math.min(maxLevel, 19)]) {
      expect(compressed(compressor(level), new Uint8Array(1000)).length).toBeGreaterThan(0);
    }
  }
});

test.skipIf(python() === null)(
  'an enum has no encoding that PyArrow cannot read as a dictionary',
  async () => {
    const field = nullable({ id: 'utf8', annotation: 'enum' });
    const labels = generate(3000, (_, next) => String(next()).slice(2, 4 + next() * 8));
    const path = await writeTable({ fields: [field], rowGroups: [[[labels]]] }, compact);
    expect(readWithPyArrow([path])[0]!.columns).toEqual([labels]);
  },
);
