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

/** Byte strings that are put together one by one. */
export class BytesBlockBuilder {
  #bytes = new Uint8Array(1 << 16);
  readonly #starts = new Int32Array(BLOCK_VALUES + 1);
  #length = 0;
  #count = 0;

  get full(): boolean {
    return this.#count === BLOCK_VALUES || this.#length >= BLOCK_BYTES;
  }

  reset(): void {
    this.#length = 0;
    this.#count = 0;
  }

  /** Makes room for a string of `length` bytes and returns where it goes. */
  add(length: number): Uint8Array {
    const start = this.#length + 4;
    const end = start + length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    const bytes = this.#bytes;
    bytes[start - 4] = length;
    bytes[start - 3] = length >> 8;
    bytes[start - 2] = length >> 16;
    bytes[start - 1] = length >> 24;
    this.#starts[this.#count++] = start;
    this.#length = end;
    return bytes.subarray(start, end);
  }

  take(): BytesBlock {
    this.#starts[this.#count] = this.#length + 4;
    return { kind: 'bytes', count: this.#count, bytes: this.#bytes, starts: this.#starts };
  }
}
