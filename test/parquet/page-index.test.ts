import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DataType, Field } from '../../src/types/kinds.ts';
import type { Value } from '../support/readers.ts';
import { leafTypes, optional } from './arbitraries.ts';
import { writeColumn, writeTable } from './files.ts';
import { type Chunk, type ColumnIndex, inspect } from './inspect.ts';
import { boundValue, comparable } from './ordering.ts';

const fields: readonly Field[] = leafTypes.map((type, i) => ({ name: `c${i}`, type, nullable: true }));

describe.each(fields.map((field) => [JSON.stringify(field.type), field] as const))('%s', (_, field) => {
  const pages = fc.sample(
    fc.array(fc.array(optional(field), { minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 8 }),
    { numRuns: 12, seed: 7 },
  );

  test('every value lies within the bounds of its page and of its chunk', async () => {
    for (const values of [...pages, [[null, null], ...pages[0]!, [null]]]) {
      const batches = values.map((page) => [page]);
      const path = await writeTable({ fields: [field], rowGroups: [batches] });
      const chunk = inspect(path)[0]![0]!;
      checkLocations(chunk, values);
      checkPages(field.type, chunk, values);
      const all = values.flat();
      expect(chunk.statistics.nullCount).toBe(countNulls(all));
      checkBounds(field.type, all, chunk.statistics.min, chunk.statistics.max);
    }
  });
});

describe('the bounds of byte strings', () => {
  const field: Field = { name: 'c', type: { id: 'binary' }, nullable: true };
  const boundsOf = async (values: readonly string[]) => {
    const path = await writeTable({ fields: [field], rowGroups: [[[[...values]]]] });
    const { min, max } = inspect(path)[0]![0]!.statistics;
    return [min, max].map((bound) => Buffer.from(bound!).toString('hex'));
  };
  const extremes = (values: readonly string[]) => {
    const sorted = values.map((value) => Buffer.from(value, 'hex')).sort(Buffer.compare);
    return [sorted[0]!, sorted.at(-1)!].map((value) => value.toString('hex'));
  };

  test('that begin alike, of any length, are those of the least and the greatest', async () => {
    const byte = fc.constantFrom('00', '01', '70', 'ff');
    const value = fc
      .tuple(fc.integer({ max: 40, min: 0 }), fc.array(byte, { maxLength: 20 }))
      .map(([alike, rest]) => '70'.repeat(alike) + rest.join(''));
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 40 }), async (values) => {
        expect(await boundsOf(values)).toEqual(extremes(values));
      }),
      { numRuns: 150 },
    );
  });

  // Loaded a mebibyte at a time, but for those that are longer.
  test.each([20_000, 1_100_000])('of pages of several mebibytes, in values of up to %i', async (longest) => {
    const beginnings = Array.from({ length: 200 }, (_, i) =>
      ((i * 7919) % 65_537).toString(16).padStart(8, '0'),
    );
    const values = beginnings.map((beginning, i) => beginning + '61'.repeat(i % 67 === 5 ? longest : 18_000));
    const sorted = [...beginnings].sort();
    const [min, max] = await boundsOf(values);
    expect(min).toBe(sorted[0] + '61'.repeat(60));
    expect(max).toBe(`${sorted.at(-1)}${'61'.repeat(59)}62`);
  });
});

function checkLocations(chunk: Chunk, pages: readonly (readonly Value[])[]): void {
  const dataPages = chunk.pages.filter(({ type }) => type === 'data');
  expect(chunk.offsetIndex.map(({ offset, length }) => [offset, length])).toEqual(
    dataPages.map(({ offset, length }) => [offset, length]),
  );
  let row = 0;
  expect(chunk.offsetIndex.map(({ firstRow }) => firstRow)).toEqual(
    pages.map(({ length }) => {
      row += length;
      return row - length;
    }),
  );
}

function checkPages(type: DataType, chunk: Chunk, pages: readonly (readonly Value[])[]): void {
  const index = chunk.columnIndex;
  if (index === undefined) {
    expect(pages.some((page) => !allNull(page) && comparables(type, page).length === 0)).toBe(true);
    return;
  }
  expect(index.nullCounts).toEqual(pages.map(countNulls));
  expect(index.nullPages).toEqual(pages.map(allNull));
  pages.forEach((page, i) => {
    if (allNull(page)) {
      expect([index.mins[i]!.length, index.maxs[i]!.length]).toEqual([0, 0]);
    } else {
      checkBounds(type, page, index.mins[i], index.maxs[i]);
    }
  });
  checkBoundaryOrder(type, index);
}

function checkBounds(
  type: DataType,
  values: readonly Value[],
  min: Uint8Array | undefined,
  max: Uint8Array | undefined,
): void {
  const found = comparables(type, values);
  if (found.length === 0) {
    expect([min, max]).toEqual([undefined, undefined]);
    return;
  }
  const low = boundValue(type, min!);
  const high = boundValue(type, max!);
  const sorted = found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const smallest = sorted[0]!;
  const largest = sorted.at(-1)!;
  const cut = typeof smallest === 'string' && type.id !== 'fixed_size_binary';
  if (cut && smallest.length > 128) {
    expect(low <= smallest && smallest.startsWith(low as string)).toBe(true);
  } else {
    expect(low).toEqual(widened(type, smallest, -0));
  }
  if (cut && (largest as string).length > 128) {
    expect(high > largest && (high as string).length <= 128).toBe(true);
  } else {
    expect(high).toEqual(widened(type, largest, 0));
  }
}

function widened(type: DataType, bound: bigint | number | string, zero: number) {
  return type.id === 'float' && bound === 0 ? zero : bound;
}

function checkBoundaryOrder(type: DataType, index: ColumnIndex): void {
  const known = index.nullPages.flatMap((nullPage, i) => (nullPage ? [] : [i]));
  const rises = (bounds: readonly Uint8Array[], sign: number) =>
    known.slice(1).every((page, i) => {
      const before = boundValue(type, bounds[known[i]!]!);
      const value = boundValue(type, bounds[page]!);
      return sign > 0 ? before <= value : before >= value;
    });
  const ascending = rises(index.mins, 1) && rises(index.maxs, 1);
  const descending = rises(index.mins, -1) && rises(index.maxs, -1);
  expect(index.boundaryOrder).toBe(ascending ? 1 : descending ? 2 : 0);
}

function comparables(type: DataType, values: readonly Value[]): (bigint | number | string)[] {
  return values.flatMap((value) => (value === null ? [] : (comparable(type, value) ?? [])));
}

function allNull(values: readonly Value[]): boolean {
  return values.every((value) => value === null);
}

function countNulls(values: readonly Value[]): number {
  return values.filter((value) => value === null).length;
}

test('a page of NaNs takes the column index from its chunk, but not the offset index', async () => {
  const field: Field = { name: 'c', type: { id: 'float', bitWidth: 64 }, nullable: true };
  const nan = '7ff8000000000000';
  const one = '3ff0000000000000';
  const path = await writeTable({ fields: [field], rowGroups: [[[[nan, nan]], [[one, null]]], [[[one]]]] });
  const [first, second] = inspect(path).map((rowGroup) => rowGroup[0]!);
  expect(first!.columnIndex).toBeUndefined();
  expect(first!.offsetIndex.length).toBe(2);
  expect(Buffer.from(first!.statistics.min!).readDoubleLE()).toBe(1);
  expect(second!.columnIndex?.nullCounts).toEqual([0]);
});

test('pages of a list column count rows, not elements', async () => {
  const element: Field = { name: 'element', type: { id: 'int', bitWidth: 32, signed: true }, nullable: true };
  const field: Field = { name: 'c', type: { id: 'list', element }, nullable: true };
  const pages: Value[][] = [
    [['1', '2', null], [], null],
    [['7'], ['8', '9']],
  ];
  const path = await writeTable({ fields: [field], rowGroups: [pages.map((page) => [page])] });
  const chunk = inspect(path)[0]![0]!;
  expect(chunk.offsetIndex.map(({ firstRow }) => firstRow)).toEqual([0, 3]);
  expect(chunk.columnIndex?.nullCounts).toEqual([3, 0]);
  expect(chunk.numValues).toBe(8);
  expect(chunk.sizeStatistics).toEqual({
    byteArrayBytes: undefined,
    repetitions: [5, 3],
    definitions: [1, 1, 1, 5],
  });
});

describe('long text', () => {
  const field: Field = { name: 'c', type: { id: 'utf8' }, nullable: true };
  const bounds = async (value: string) => {
    const { statistics } = inspect(await writeColumn(field, [value]))[0]![0]!;
    const text = (bytes: Uint8Array | undefined) =>
      bytes === undefined ? undefined : new TextDecoder('utf8', { fatal: true }).decode(bytes);
    return { ...statistics, min: text(statistics.min), max: text(statistics.max) };
  };

  test('of 64 bytes stays whole', async () => {
    const whole = 'x'.repeat(64);
    expect(await bounds(whole)).toMatchObject({ min: whole, max: whole, minExact: true, maxExact: true });
  });

  test.each([
    ['a'.repeat(65), 'a'.repeat(64), `${'a'.repeat(63)}b`],
    // 64 bytes end within the last ü.
    [`a${'ü'.repeat(32)}`, `a${'ü'.repeat(31)}`, `a${'ü'.repeat(30)}ý`],
    // U+007F, U+07FF and U+FFFF have no successor of their length.
    [`${'a'.repeat(63)}\x7fzz`, `${'a'.repeat(63)}\x7f`, `${'a'.repeat(62)}b`],
    [`${'a'.repeat(62)}\u07ffzz`, `${'a'.repeat(62)}\u07ff`, `${'a'.repeat(61)}b`],
    [`${'a'.repeat(61)}\uffffzz`, `${'a'.repeat(61)}\uffff`, `${'a'.repeat(60)}b`],
    // Surrogates are left out.
    [`${'a'.repeat(61)}\ud7ffzz`, `${'a'.repeat(61)}\ud7ff`, `${'a'.repeat(61)}\ue000`],
    [`${'a'.repeat(60)}\u{10fffe}zz`, `${'a'.repeat(60)}\u{10fffe}`, `${'a'.repeat(60)}\u{10ffff}`],
  ])('is cut between characters: %s', async (value, min, max) => {
    expect(await bounds(value)).toMatchObject({ min, max, minExact: false, maxExact: false });
  });

  test('without a successor leaves its chunk without bounds', async () => {
    const pages = [['a'], ['\u{10ffff}'.repeat(17)], ['b']];
    const path = await writeTable({ fields: [field], rowGroups: [pages.map((page) => [page])] });
    const { statistics, columnIndex } = inspect(path)[0]![0]!;
    expect([statistics.min, statistics.max, columnIndex]).toEqual([undefined, undefined, undefined]);
  });
});
