import type { Column } from '../../columns/column.ts';

/** Batches are smaller than this in general, and one page per column then. */
const MAX_PAGE_ROWS = 1 << 16;
const MAX_PAGE_BYTES = 1 << 24;

/**
 * Cuts a column into slices that are a page each. A single value may be larger than a page should be, and slices begin
 * at multiples of 8 rows for the sake of bitmaps; so pages may be larger still, but below 2^31 bytes as the column is.
 */
export function sliceForPages(column: Column): readonly Column[] {
  if (column.length === 0) {
    return [];
  }
  return column.length <= MAX_PAGE_ROWS && largestLeaf(column) <= MAX_PAGE_BYTES ? [column] : halves(column);
}

function halves(column: Column): readonly Column[] {
  if (column.length <= 8) {
    return [column];
  }
  const middle = ((column.length + 8) >> 4) << 3;
  return [
    ...sliceForPages(sliceColumn(column, 0, middle)),
    ...sliceForPages(sliceColumn(column, middle, column.length)),
  ];
}

/** Bytes of the column's largest leaf, about. */
function largestLeaf(column: Column): number {
  return leafBytes(column, 0, column.length);
}

function leafBytes(column: Column, from: number, to: number): number {
  switch (column.layout) {
    case 'bits':
      return (to - from) >> 3;
    case 'fixed':
      return (to - from) * column.byteWidth;
    case 'bytes':
      return column.offsets[to]! - column.offsets[from]! + 4 * (to - from);
    case 'list':
      return Math.max(to - from, leafBytes(column.child, column.offsets[from]!, column.offsets[to]!));
    case 'struct':
      return column.children.reduce((most, child) => Math.max(most, leafBytes(child, from, to)), 0);
  }
}

/** Some rows of a column, without copying; `from` is a multiple of 8. Offsets need not begin with 0 in it. */
function sliceColumn(column: Column, from: number, to: number): Column {
  const validity = column.validity.subarray(from >> 3, (to + 7) >> 3);
  const length = to - from;
  const nullCount = column.nullCount === 0 ? 0 : length - countBits(validity, length);
  const slice = { length, nullCount, validity };
  switch (column.layout) {
    case 'bits':
      return { ...column, ...slice, values: column.values.subarray(from >> 3, (to + 7) >> 3) };
    case 'fixed': {
      const { byteWidth, values } = column;
      return { ...column, ...slice, values: values.subarray(from * byteWidth, to * byteWidth) };
    }
    case 'bytes':
    case 'list':
      return { ...column, ...slice, offsets: column.offsets.subarray(from, to + 1) };
    case 'struct':
      return { ...column, ...slice, children: column.children.map((child) => sliceColumn(child, from, to)) };
  }
}

function countBits(bitmap: Uint8Array, length: number): number {
  let bits = 0;
  for (let i = 0; i < length; i++) {
    bits += (bitmap[i >> 3]! >> (i & 7)) & 1;
  }
  return bits;
}
