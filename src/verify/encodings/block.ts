/**
 * Values of one column, some thousand at a time, in PLAIN encoding: so no page is ever unpacked as a whole, however
 * many values it claims to have. A block is valid until its decoder makes the next one.
 */
export type Block = FixedBlock | BytesBlock;

/** Values of one width; booleans take a byte each, 0 or 1. */
export interface FixedBlock {
  readonly kind: 'fixed';
  readonly count: number;
  readonly width: number;
  readonly bytes: Uint8Array;
}

/** Byte strings, each behind its length in four bytes. */
export interface BytesBlock {
  readonly kind: 'bytes';
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Where each string begins, behind its length, and last where one more would: string i ends at `starts[i + 1] - 4`. */
  readonly starts: Int32Array;
}

/** At most so many values are in a block. */
export const BLOCK_VALUES = 1 << 14;
/** A block of values that are put together ends at so many bytes, or with the value that crosses them. */
export const BLOCK_BYTES = 1 << 20;

/** One value of a block: a view. */
export function valueAt(block: Block, i: number): Uint8Array {
  return block.kind === 'fixed'
    ? block.bytes.subarray(i * block.width, (i + 1) * block.width)
    : block.bytes.subarray(block.starts[i]!, block.starts[i + 1]! - 4);
}

/** The block's values in PLAIN encoding, one behind the other. */
export function plainOf(block: Block): Uint8Array {
  return block.kind === 'fixed'
    ? block.bytes
    : block.bytes.subarray(block.starts[0]! - 4, block.starts[block.count]! - 4);
}

/** Beyond this a native copy beats a loop. */
const LONG = 64;

/** Byte strings that are put together one by one, each from a beginning of the one before and bytes of its own. */
export class BytesBlockBuilder {
  #bytes: Uint8Array;
  readonly #starts = new Int32Array(BLOCK_VALUES + 1);
  #length = 0;
  #count = 0;
  /** The last string, which may be of the block before. */
  #last: Uint8Array;
  #lastStart = 0;
  #lastLength = 0;

  /** `bytes` are how many the strings may take, lengths included, as far as is known. */
  constructor(bytes: number) {
    this.#bytes = new Uint8Array(Math.min(bytes, 2 * BLOCK_BYTES));
    this.#last = this.#bytes;
  }

  get full(): boolean {
    return this.#count === BLOCK_VALUES || this.#length >= BLOCK_BYTES;
  }

  /** Bytes of the last string. */
  get lastLength(): number {
    return this.#lastLength;
  }

  /** Adds the first `shared` bytes of the last string and then `length` bytes of `source` from `from` on. */
  add(shared: number, source: Uint8Array, from: number, length: number): void {
    const start = this.#length + 4;
    const total = shared + length;
    this.#reserve(start + total);
    const bytes = this.#bytes;
    bytes[start - 4] = total;
    bytes[start - 3] = total >> 8;
    bytes[start - 2] = total >> 16;
    bytes[start - 1] = total >> 24;
    copy(this.#last, this.#lastStart, bytes, start, shared);
    copy(source, from, bytes, start + shared, length);
    this.#starts[this.#count++] = start;
    this.#length = start + total;
    this.#last = bytes;
    this.#lastStart = start;
    this.#lastLength = total;
  }

  /** The block so far; the next string begins a new one, in the same memory. */
  take(): BytesBlock {
    this.#starts[this.#count] = this.#length + 4;
    const block: BytesBlock = { kind: 'bytes', count: this.#count, bytes: this.#bytes, starts: this.#starts };
    this.#last = this.#bytes.slice(this.#lastStart, this.#lastStart + this.#lastLength);
    this.#lastStart = 0;
    this.#length = 0;
    this.#count = 0;
    return block;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function copy(source: Uint8Array, from: number, out: Uint8Array, at: number, length: number): void {
  if (length > LONG) {
    out.set(source.subarray(from, from + length), at);
    return;
  }
  for (let i = 0; i < length; i++) out[at + i] = source[from + i]!;
}
