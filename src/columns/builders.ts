import { byteWidthOf, type DataType, layoutOf } from '../types/kinds.ts';
import type { BitColumn, BytesColumn, Column, FixedColumn } from './column.ts';

/**
 * Builders fill a column slot by slot; the generated decoder writes to their typed arrays directly. A builder owns its
 * arrays until `take` hands them out as a column; `recycle` gives them back for the next batch, so that a steady export
 * allocates nothing.
 */
export type ColumnBuilder = BitBuilder | FixedBuilder | BytesBuilder;

/** A builder for columns of the given type with at most `capacity` slots. */
export function createBuilder(type: DataType, capacity: number): ColumnBuilder {
  switch (layoutOf(type)) {
    case 'bits':
      return new BitBuilder(capacity);
    case 'fixed':
      return new FixedBuilder(byteWidthOf(type), capacity);
    case 'bytes':
      return new BytesBuilder(capacity);
    default:
      throw new TypeError(`no builder for ${type.id}`);
  }
}

/** Bytes that one slot takes at least, its validity bit left out; batches are sized with it. */
export function slotBytes(type: DataType): number {
  switch (layoutOf(type)) {
    case 'bits':
      return 1 / 8;
    case 'fixed':
      return byteWidthOf(type);
    default:
      return 4;
  }
}

/** What all builders share: the validity bitmap, all ones until a slot is found to be null, and the spare columns. */
abstract class Builder<C extends Column> {
  readonly capacity: number;
  validity: Uint8Array;
  nullCount = 0;
  readonly #spares: C[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    this.validity = newBitmap(capacity, 0xff);
  }

  /** Hands out the first `length` slots as a column and starts an empty one. */
  take(length: number): C {
    const column = this.build(length);
    const spare = this.#spares.pop();
    this.nullCount = 0;
    if (spare === undefined) {
      this.validity = newBitmap(this.capacity, 0xff);
    } else {
      this.validity = spare.validity;
      if (spare.nullCount > 0) this.validity.fill(0xff);
    }
    this.start(spare);
    return column;
  }

  /** Gives back a column that `take` handed out and that nobody reads any more. */
  recycle(column: C): void {
    this.#spares.push(column);
  }

  protected abstract build(length: number): C;
  protected abstract start(spare: C | undefined): void;
}

/** Booleans; the bits start at zero. */
export class BitBuilder extends Builder<BitColumn> {
  values: Uint8Array;

  constructor(capacity: number) {
    super(capacity);
    this.values = newBitmap(capacity, 0);
  }

  protected build(length: number): BitColumn {
    const { nullCount, validity, values } = this;
    return { layout: 'bits', length, nullCount, validity, values };
  }

  protected start(spare: BitColumn | undefined): void {
    this.values = spare?.values.fill(0) ?? newBitmap(this.capacity, 0);
  }
}

/** Values of one width. `values` is an Int16Array for 2 bytes, otherwise an Int32Array of words, the lowest first. */
export class FixedBuilder extends Builder<FixedColumn> {
  readonly byteWidth: number;
  values: Int16Array | Int32Array;

  constructor(byteWidth: number, capacity: number) {
    super(capacity);
    this.byteWidth = byteWidth;
    this.values = this.#view(new ArrayBuffer(byteWidth * capacity));
  }

  protected build(length: number): FixedColumn {
    const { byteWidth, nullCount, validity } = this;
    return {
      layout: 'fixed',
      byteWidth,
      length,
      nullCount,
      validity,
      values: new Uint8Array(this.values.buffer),
    };
  }

  protected start(spare: FixedColumn | undefined): void {
    this.values = this.#view(spare?.values.buffer ?? new ArrayBuffer(this.byteWidth * this.capacity));
  }

  #view(buffer: ArrayBufferLike): Int16Array | Int32Array {
    return this.byteWidth === 2 ? new Int16Array(buffer) : new Int32Array(buffer);
  }
}

const INITIAL_DATA_BYTES = 1 << 12;
/** Where the runtime's own copy becomes faster than a loop. */
const LONG_COPY = 24;
/** Arrow's utf8 and binary types have 32-bit offsets. */
const MAX_DATA_BYTES = 0x7fffffff;

/** Variable-length values. The decoder appends a value, then writes `offsets[slot + 1] = end`. */
export class BytesBuilder extends Builder<BytesColumn> {
  offsets: Int32Array;
  data: Uint8Array = new Uint8Array(INITIAL_DATA_BYTES);
  /** Bytes of `data` in use. */
  end = 0;

  constructor(capacity: number) {
    super(capacity);
    this.offsets = new Int32Array(capacity + 1);
  }

  /** Makes room for `n` more bytes. */
  reserve(n: number): void {
    if (this.end + n > this.data.length) this.#grow(n);
  }

  /** Appends `from[p … p + n]`. */
  append(from: Uint8Array, p: number, n: number): void {
    if (this.end + n > this.data.length) this.#grow(n);
    const to = this.data;
    let at = this.end;
    this.end += n;
    if (n > LONG_COPY) {
      to.set(from.subarray(p, p + n), at);
    } else {
      for (const stop = p + n; p < stop; p++) to[at++] = from[p]!;
    }
  }

  #grow(n: number): void {
    const needed = this.end + n;
    if (needed > MAX_DATA_BYTES) throw new RangeError('a batch of one column exceeds 2 GiB');
    const larger = new Uint8Array(Math.min(Math.max(needed, this.data.length * 2), MAX_DATA_BYTES));
    larger.set(this.data.subarray(0, this.end));
    this.data = larger;
  }

  protected build(length: number): BytesColumn {
    const { nullCount, validity, offsets, data } = this;
    return { layout: 'bytes', length, nullCount, validity, offsets, data };
  }

  protected start(spare: BytesColumn | undefined): void {
    this.end = 0;
    this.offsets = spare?.offsets ?? new Int32Array(this.capacity + 1);
    this.data = spare?.data ?? new Uint8Array(INITIAL_DATA_BYTES);
  }
}

function newBitmap(slots: number, byte: number): Uint8Array {
  return new Uint8Array((slots + 7) >> 3).fill(byte);
}
