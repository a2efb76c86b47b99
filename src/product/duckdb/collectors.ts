import type { Column } from '../../columns/column.ts';
import { byteWidthOf, childFields, type DataType, layoutOf } from '../../types/kinds.ts';
import type { VectorReader } from './duckdb.ts';
import { INLINE_BYTES, LIST_ENTRY_BYTES, STRING_BYTES, slotBytes, type VectorMemory } from './vector.ts';

/** Gathers slots of DuckDB's vectors into a column in Arrow's layout, bit for bit. */
export interface Collector {
  append(vector: VectorMemory, from: number, count: number): void;
  /** What was gathered; valid until `clear`. */
  column(): Column;
  clear(): void;
  /** Bytes of values so far. */
  readonly bytes: number;
}

/** A collector for columns of a type. */
export function collectorOf(type: DataType, reader: VectorReader): Collector {
  switch (layoutOf(type)) {
    case 'bits':
      return new BitCollector();
    case 'fixed':
      return new FixedCollector(type);
    case 'bytes':
      return new BytesCollector(reader);
    case 'list':
      return new ListCollector(collectorOf(childFields(type)[0]!.type, reader));
    case 'struct':
      return new StructCollector(childFields(type).map((member) => collectorOf(member.type, reader)));
  }
}

/** The first `used` bytes of `bytes`, in memory for `needed` ones at least. */
function grown(bytes: Uint8Array, used: number, needed: number): Uint8Array {
  if (needed <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.length, 1024));
  larger.set(bytes.subarray(0, used));
  return larger;
}

/** Bits that are appended to, lowest first. */
class Bits {
  bytes: Uint8Array = new Uint8Array(0);

  set(index: number, bit: boolean): void {
    const at = index >> 3;
    if (at >= this.bytes.length) this.bytes = grown(this.bytes, at, at + 1);
    if (bit) this.bytes[at]! |= 1 << (index & 7);
    else this.bytes[at]! &= ~(1 << (index & 7));
  }
}

function isValid({ validity }: VectorMemory, slot: number): boolean {
  return validity === null || ((validity[slot >> 3]! >> (slot & 7)) & 1) === 1;
}

/** What all columns have. */
abstract class SlotCollector {
  length = 0;
  nullCount = 0;
  readonly #validity = new Bits();

  /** Takes the validity of the slots in; to be called after their values. */
  protected appendValidity(vector: VectorMemory, from: number, count: number): void {
    for (let i = 0; i < count; i++) {
      const valid = isValid(vector, from + i);
      this.#validity.set(this.length + i, valid);
      if (!valid) this.nullCount++;
    }
    this.length += count;
  }

  protected get base() {
    return { length: this.length, nullCount: this.nullCount, validity: this.#validity.bytes };
  }

  clear(): void {
    this.length = 0;
    this.nullCount = 0;
  }
}

class BitCollector extends SlotCollector implements Collector {
  readonly #values = new Bits();

  append(vector: VectorMemory, from: number, count: number): void {
    for (let i = 0; i < count; i++) this.#values.set(this.length + i, vector.data.getUint8(from + i) !== 0);
    this.appendValidity(vector, from, count);
  }

  column(): Column {
    return { layout: 'bits', ...this.base, values: this.#values.bytes };
  }

  get bytes(): number {
    return this.length >> 3;
  }
}

class FixedCollector extends SlotCollector implements Collector {
  readonly #width: number;
  readonly #slot: number;
  readonly #isUuid: boolean;
  #values: Uint8Array = new Uint8Array(0);

  constructor(type: DataType) {
    super();
    this.#width = byteWidthOf(type);
    this.#slot = slotBytes(type);
    this.#isUuid = type.id === 'fixed_size_binary';
  }

  append(vector: VectorMemory, from: number, count: number): void {
    const at = this.length * this.#width;
    this.#values = grown(this.#values, at, at + count * this.#width);
    const { data } = vector;
    const source = new Uint8Array(data.buffer, data.byteOffset + from * this.#slot, count * this.#slot);
    const target = this.#values.subarray(at, at + count * this.#width);
    if (this.#isUuid) copyUuids(source, target);
    else if (this.#slot < this.#width) widen(source, this.#slot, target, this.#width);
    else target.set(source);
    this.appendValidity(vector, from, count);
  }

  column(): Column {
    return { layout: 'fixed', ...this.base, byteWidth: this.#width, values: this.#values };
  }

  get bytes(): number {
    return this.length * this.#width;
  }
}

/** DuckDB has them as 128-bit integers, least significant byte first, whose sign bit is turned. */
function copyUuids(source: Uint8Array, target: Uint8Array): void {
  for (let at = 0; at < target.length; at += 16) {
    for (let i = 0; i < 16; i++) target[at + i] = source[at + 15 - i]!;
    target[at]! ^= 0x80;
  }
}

/** Signed integers, least significant byte first. */
function widen(source: Uint8Array, slot: number, target: Uint8Array, width: number): void {
  for (let from = 0, to = 0; from < source.length; from += slot, to += width) {
    const sign = source[from + slot - 1]! >= 0x80 ? 0xff : 0;
    for (let i = 0; i < width; i++) target[to + i] = i < slot ? source[from + i]! : sign;
  }
}

class BytesCollector extends SlotCollector implements Collector {
  readonly #reader: VectorReader;
  #offsets = new Int32Array(1);
  #data: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(reader: VectorReader) {
    super();
    this.#reader = reader;
  }

  append(vector: VectorMemory, from: number, count: number): void {
    this.#offsets = withRoom(this.#offsets, this.length + count + 1);
    for (let i = 0; i < count; i++) {
      if (isValid(vector, from + i)) this.#appendValue(vector.data, (from + i) * STRING_BYTES);
      this.#offsets[this.length + i + 1] = this.#used;
    }
    this.appendValidity(vector, from, count);
  }

  #appendValue(data: DataView, at: number): void {
    const length = data.getUint32(at, true);
    this.#data = grown(this.#data, this.#used, this.#used + length);
    const { buffer, byteOffset } = data;
    const value =
      length <= INLINE_BYTES
        ? new Uint8Array(buffer, byteOffset + at + 4, length)
        : this.#reader.get_data_from_pointer(buffer, byteOffset + at + 8, length);
    this.#data.set(value, this.#used);
    this.#used += length;
  }

  column(): Column {
    return { layout: 'bytes', ...this.base, offsets: this.#offsets, data: this.#data };
  }

  get bytes(): number {
    return this.#used;
  }

  override clear(): void {
    super.clear();
    this.#used = 0;
  }
}

function withRoom(offsets: Int32Array<ArrayBuffer>, needed: number): Int32Array<ArrayBuffer> {
  if (needed <= offsets.length) return offsets;
  const larger = new Int32Array(Math.max(needed, 2 * offsets.length));
  larger.set(offsets);
  return larger;
}

class ListCollector extends SlotCollector implements Collector {
  readonly #child: Collector;
  #offsets = new Int32Array(1);

  constructor(child: Collector) {
    super();
    this.#child = child;
  }

  append(vector: VectorMemory, from: number, count: number): void {
    this.#offsets = withRoom(this.#offsets, this.length + count + 1);
    for (let i = 0; i < count; i++) {
      const at = (from + i) * LIST_ENTRY_BYTES;
      const length = isValid(vector, from + i) ? vector.data.getUint32(at + 8, true) : 0;
      if (length > 0) this.#child.append(vector.children[0]!, vector.data.getUint32(at, true), length);
      this.#offsets[this.length + i + 1] = this.#offsets[this.length + i]! + length;
    }
    this.appendValidity(vector, from, count);
  }

  column(): Column {
    return { layout: 'list', ...this.base, offsets: this.#offsets, child: this.#child.column() };
  }

  get bytes(): number {
    return 4 * this.length + this.#child.bytes;
  }

  override clear(): void {
    super.clear();
    this.#child.clear();
  }
}

class StructCollector extends SlotCollector implements Collector {
  readonly #children: readonly Collector[];

  constructor(children: readonly Collector[]) {
    super();
    this.#children = children;
  }

  append(vector: VectorMemory, from: number, count: number): void {
    this.#children.forEach((child, i) => {
      child.append(vector.children[i]!, from, count);
    });
    this.appendValidity(vector, from, count);
  }

  column(): Column {
    return { layout: 'struct', ...this.base, children: this.#children.map((child) => child.column()) };
  }

  get bytes(): number {
    return this.#children.reduce((sum, child) => sum + child.bytes, 0);
  }

  override clear(): void {
    super.clear();
    for (const child of this.#children) child.clear();
  }
}
