import { byteWidthOf, childFields, type DataType, layoutOf } from '../types/kinds.ts';
import type { BitColumn, BytesColumn, Column, FixedColumn, ListColumn, StructColumn } from './column.ts';

/**
 * Builders fill a column slot by slot; the generated decoder writes to their typed arrays directly. A builder owns its
 * arrays until `take` hands them out as a column; `recycle` gives them back for the next batch, so that a steady export
 * allocates nothing. A top-level builder has the slots it was made with; a nested one grows by `reserve`.
 */
export type ColumnBuilder = BitBuilder | FixedBuilder | BytesBuilder | ListBuilder | StructBuilder;

/** A builder for columns of the given type with room for `capacity` slots. */
export function createBuilder(type: DataType, capacity: number): ColumnBuilder {
  switch (layoutOf(type)) {
    case 'bits':
      return new BitBuilder(capacity);
    case 'fixed':
      return new FixedBuilder(byteWidthOf(type), capacity);
    case 'bytes':
      return new BytesBuilder(capacity);
    case 'list':
      return new ListBuilder(createBuilder(childFields(type)[0]!.type, capacity), capacity);
    case 'struct':
      return new StructBuilder(
        childFields(type).map((field) => createBuilder(field.type, capacity)),
        capacity,
      );
  }
}

/** Bytes that one slot takes at least, its validity bit left out; batches are sized with it. */
export function slotBytes(type: DataType): number {
  switch (layoutOf(type)) {
    case 'bits':
      return 1 / 8;
    case 'fixed':
      return byteWidthOf(type);
    case 'bytes':
      return 4;
    case 'list':
      return 4 + slotBytes(childFields(type)[0]!.type);
    case 'struct':
      return childFields(type).reduce((sum, field) => sum + slotBytes(field.type), 0);
  }
}

/** What all builders share: the validity bitmap, all ones until a slot is found to be null, and the spare columns. */
abstract class Builder<C extends Column> {
  /** Slots that there is room for: a multiple of 8. */
  capacity: number;
  validity: Uint8Array;
  nullCount = 0;
  /** Of a nested builder: slots in use. Those of a top-level one are counted by the decoder. */
  length = 0;
  readonly #spares: C[] = [];

  constructor(capacity: number) {
    this.capacity = wholeBytes(capacity);
    this.validity = newBitmap(this.capacity, 0xff);
  }

  /** Makes room for `slots` more slots of a nested builder. */
  reserve(slots: number): void {
    if (this.length + slots <= this.capacity) return;
    this.capacity = wholeBytes(Math.max(this.length + slots, 2 * this.capacity));
    this.validity = enlarged(this.validity, this.capacity / 8, 0xff);
    this.grow();
  }

  /** Makes slot `i` null. */
  setNull(i: number): void {
    this.validity[i >> 3]! &= ~(1 << (i & 7));
    this.nullCount++;
  }

  /** Hands out the first `length` slots as a column and starts an empty one. */
  take(length: number): C {
    const column = this.build(length);
    const spare = this.#spare();
    this.nullCount = 0;
    this.length = 0;
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
    this.recycleChildren(column);
  }

  /** A column that may be used again: those from before the builder grew are too small. */
  #spare(): C | undefined {
    let spare = this.#spares.pop();
    while (spare !== undefined && 8 * spare.validity.length < this.capacity) spare = this.#spares.pop();
    return spare;
  }

  protected abstract build(length: number): C;
  protected abstract start(spare: C | undefined): void;
  protected abstract grow(): void;
  protected recycleChildren(_column: C): void {}
}

/** Booleans; the bits start at zero. */
export class BitBuilder extends Builder<BitColumn> {
  values: Uint8Array;

  constructor(capacity: number) {
    super(capacity);
    this.values = newBitmap(this.capacity, 0);
  }

  protected build(length: number): BitColumn {
    const { nullCount, validity, values } = this;
    return { layout: 'bits', length, nullCount, validity, values };
  }

  protected start(spare: BitColumn | undefined): void {
    this.values = spare?.values.fill(0) ?? newBitmap(this.capacity, 0);
  }

  protected grow(): void {
    this.values = enlarged(this.values, this.capacity / 8, 0);
  }
}

/** Values of one width. `values` is an Int16Array for 2 bytes, otherwise an Int32Array of words, the lowest first. */
export class FixedBuilder extends Builder<FixedColumn> {
  readonly byteWidth: number;
  values: Int16Array | Int32Array;

  constructor(byteWidth: number, capacity: number) {
    super(capacity);
    this.byteWidth = byteWidth;
    this.values = this.#view(new ArrayBuffer(byteWidth * this.capacity));
  }

  protected build(length: number): FixedColumn {
    const { byteWidth, nullCount, validity } = this;
    const values = new Uint8Array(this.values.buffer);
    return { layout: 'fixed', byteWidth, length, nullCount, validity, values };
  }

  protected start(spare: FixedColumn | undefined): void {
    this.values = this.#view(spare?.values.buffer ?? new ArrayBuffer(this.byteWidth * this.capacity));
  }

  protected grow(): void {
    const larger = enlarged(new Uint8Array(this.values.buffer), this.byteWidth * this.capacity, 0);
    this.values = this.#view(larger.buffer);
  }

  #view(buffer: ArrayBufferLike): Int16Array | Int32Array {
    return this.byteWidth === 2 ? new Int16Array(buffer) : new Int32Array(buffer);
  }
}

const INITIAL_DATA_BYTES = 1 << 12;
/** Where the runtime's own copy becomes faster than a loop of words (measured: at some 200 bytes). */
const LONG_COPY = 192;
/** A copy in words of 8 bytes may write this much beyond the value; the next one overwrites it. */
const SLACK = 8;
/** Arrow's utf8 and binary types have 32-bit offsets. */
const MAX_DATA_BYTES = 0x7fffffff;

/** Variable-length values. The decoder appends a value, then writes `offsets[slot + 1] = end`. */
export class BytesBuilder extends Builder<BytesColumn> {
  offsets: Int32Array;
  data: Uint8Array = new Uint8Array(INITIAL_DATA_BYTES);
  /** Bytes of `data` in use. */
  end = 0;
  /** The same bytes, for stores of several at once. */
  view = viewOf(this.data);

  constructor(capacity: number) {
    super(capacity);
    this.offsets = new Int32Array(this.capacity + 1);
  }

  /** Makes slots 0 … `slots` - 1 null that were only counted as such. */
  endLeadingNulls(slots: number): void {
    const whole = slots >> 3;
    this.validity.fill(0, 0, whole);
    if ((slots & 7) > 0) this.validity[whole]! &= 0xff << (slots & 7);
    this.offsets.fill(0, 0, slots + 1);
  }

  /** Makes room for `n` more bytes. */
  reserveBytes(n: number): void {
    if (this.end + n > this.data.length) this.#growData(n);
  }

  /** Appends `b[p … p + n]`. */
  append(b: Uint8Array, p: number, n: number): void {
    this.reserveBytes(n);
    this.data.set(b.subarray(p, p + n), this.end);
    this.end += n;
  }

  /**
   * Appends `b[p … p + n]`, of which `v` is a view: in words of 8 bytes, which takes 6 to 10 ns for usual strings where
   * `set` takes 40 and a loop by byte 1 for each byte.
   */
  appendWords(b: Uint8Array, v: DataView, p: number, n: number): void {
    if (n > LONG_COPY || p + n + SLACK > v.byteLength) {
      this.append(b, p, n);
      return;
    }
    const at = this.end;
    if (at + n + SLACK > this.data.length) this.#growData(n + SLACK);
    const to = this.view;
    for (let i = 0; i < n; i += 8) to.setBigUint64(at + i, v.getBigUint64(p + i, true), true);
    this.end = at + n;
  }

  #growData(n: number): void {
    const needed = this.end + n;
    if (needed > MAX_DATA_BYTES) throw new RangeError('a batch of one column exceeds 2 GiB');
    const larger = new Uint8Array(Math.min(Math.max(needed, this.data.length * 2), MAX_DATA_BYTES));
    larger.set(this.data.subarray(0, this.end));
    this.#setData(larger);
  }

  #setData(data: Uint8Array): void {
    this.data = data;
    this.view = viewOf(data);
  }

  protected build(length: number): BytesColumn {
    if (this.nullCount === length) this.endLeadingNulls(length);
    const { nullCount, validity, offsets, data } = this;
    return { layout: 'bytes', length, nullCount, validity, offsets, data };
  }

  protected start(spare: BytesColumn | undefined): void {
    this.end = 0;
    this.offsets = spare?.offsets ?? new Int32Array(this.capacity + 1);
    this.#setData(spare?.data ?? new Uint8Array(INITIAL_DATA_BYTES));
  }

  protected grow(): void {
    this.offsets = enlargedOffsets(this.offsets, this.capacity);
  }
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.length);
}

/** Lists. The decoder appends to `child`, then writes `offsets[slot + 1] = child.length`. */
export class ListBuilder extends Builder<ListColumn> {
  offsets: Int32Array;
  readonly child: ColumnBuilder;

  constructor(child: ColumnBuilder, capacity: number) {
    super(capacity);
    this.child = child;
    this.offsets = new Int32Array(this.capacity + 1);
  }

  protected build(length: number): ListColumn {
    const { nullCount, validity, offsets } = this;
    return { layout: 'list', length, nullCount, validity, offsets, child: this.child.take(offsets[length]!) };
  }

  protected start(spare: ListColumn | undefined): void {
    this.offsets = spare?.offsets ?? new Int32Array(this.capacity + 1);
  }

  protected grow(): void {
    this.offsets = enlargedOffsets(this.offsets, this.capacity);
  }

  protected override recycleChildren(column: ListColumn): void {
    recycle(this.child, column.child);
  }
}

/** Structs. The decoder stores into the same slot of each child. */
export class StructBuilder extends Builder<StructColumn> {
  readonly children: readonly ColumnBuilder[];

  constructor(children: readonly ColumnBuilder[], capacity: number) {
    super(capacity);
    this.children = children;
  }

  override reserve(slots: number): void {
    super.reserve(slots);
    for (const child of this.children) {
      child.length = this.length;
      child.reserve(slots);
    }
  }

  protected build(length: number): StructColumn {
    const { nullCount, validity } = this;
    return {
      layout: 'struct',
      length,
      nullCount,
      validity,
      children: this.children.map((child) => child.take(length)),
    };
  }

  protected start(): void {}

  protected grow(): void {}

  protected override recycleChildren(column: StructColumn): void {
    this.children.forEach((child, i) => {
      recycle(child, column.children[i]!);
    });
  }
}

/** Gives a column back to the builder that it came from. */
export function recycle(builder: ColumnBuilder, column: Column): void {
  (builder as { recycle(column: Column): void }).recycle(column);
}

/** Slots whose bits fill whole bytes, so that a bitmap's length says how many slots there are. */
function wholeBytes(slots: number): number {
  return (slots + 7) & ~7;
}

function newBitmap(slots: number, byte: number): Uint8Array {
  return new Uint8Array(slots / 8).fill(byte);
}

/** A larger copy, whose added bytes are `fill`. */
function enlarged(bytes: Uint8Array, length: number, fill: number): Uint8Array {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return fill === 0 ? larger : larger.fill(fill, bytes.length);
}

function enlargedOffsets(offsets: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity + 1);
  larger.set(offsets);
  return larger;
}
