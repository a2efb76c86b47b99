/** Where everything lies in the memory of the kernels. The program reads these numbers from the module's exports. */

/** Rows that are walked at a time, a multiple of 8: their spans stay in the processor's caches. */
export const ROWS: i32 = 256;
/** Bytes of COPY data that are staged at a time. */
export const STAGE_BYTES: i32 = 256 << 10;
/** What may be read beyond them: the fixed-width fields of 1,664 columns, of which only the sum is checked. */
const SLACK: i32 = 64 << 10;

/** The results of the last scan, and room for a vector of them. */
export const MIN: usize = memory.data(16, 16);
export const MAX: usize = memory.data(16, 16);

/**
 * The dictionary at work, eight int32: where its hash table lies, and of how many bits; where its entries lie, how many there
 * are and may be; and of byte strings where their starts lie, the bytes that they may take, and what each takes beside its own.
 */
export const DICTIONARY: usize = memory.data(32, 16);

/** How many rows the last walk found, int32. */
export const FOUND: usize = memory.data(4, 4);
/** Of the column at work: where each of its byte strings ends, int32; which values are there, as bits; the values. */
export const OFFSETS: usize = memory.data(4 * ROWS, 16);
export const VALIDITY: usize = memory.data(ROWS / 8 + 1, 16);
export const OUT: usize = memory.data(STAGE_BYTES + SLACK, 16);
/** COPY data. */
export const STAGE: usize = memory.data(STAGE_BYTES + SLACK, 16);

/** For each column two int32: the width of its values, −2 where it varies, and whether the last walk found NULLs. */
export const COLUMN: usize = 8;

/** A value's span is where it begins and, in the upper half, its length, −1 for NULL. */
export const SPAN: usize = 8;
/**
 * The spans of a column lie together. They are a cache line further apart than
 * they are long: at a power of two, those of one row would all compete for the same few lines of the cache.
 */
export const SPANS: i32 = ROWS * <i32>SPAN + 64;

export function begin(span: usize): usize {
  return load<u32>(span);
}

export function length(span: usize): i32 {
  return load<i32>(span, 4);
}
