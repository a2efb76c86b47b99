import { equalBytes, hashBytes, lastBytes } from './byte-words.ts';
import { type DictionaryBudget, FIRST_TABLE_BITS, MAX_DICTIONARY_BYTES, MAX_PROBES } from './dictionary.ts';

/** Words per slot of the table. */
const SLOT = 4;
/** Values up to this length lie in their slots as a whole. */
const SHORT = 8;

/** Distinct byte strings. */
export class BytesDictionary {
  /** Distinct values so far. */
  count = 0;
  /** The entries' bytes, one behind the other, and where each begins. */
  data = new Uint8Array(0);
  view: DataView = new DataView(this.data.buffer);
  offsets = new Int32Array(1);
  private readonly budget: DictionaryBudget;
  /** Bytes that an entry takes in the dictionary page beside its own. */
  private readonly overhead: number;
  /**
   * Open addressing. Per slot: two words of key, the value's length, its index + 1. The key of a short value is its
   * first and its last four bytes, that of a long one its hash, twice.
   */
  private table = new Int32Array(0);
  private tableBits = 0;

  /** `overhead`: 4 for byte arrays (their length), 0 for values of a fixed width. */
  constructor(overhead: 0 | 4, budget: DictionaryBudget) {
    this.overhead = overhead;
    this.budget = budget;
  }

  /** Bytes of the dictionary page's PLAIN values. */
  get plainBytes(): number {
    return this.offsets[this.count]! + this.overhead * this.count;
  }

  /** Turns the values `first … to` into indices; false where the dictionary is full, with entries added for some of them. */
  encode(source: DataView, offsets: Int32Array, first: number, to: number, indices: Int32Array): boolean {
    if (this.tableBits === 0 && !this.growTable()) {
      return false;
    }
    const lastWord = source.byteLength - 4;
    let index = -1;
    let lastFrom = 0;
    let lastLow = 0;
    let lastHigh = 0;
    let lastLength = -1;
    let from = offsets[first]!;
    for (let i = first; i < to; i++) {
      const end = offsets[i + 1]!;
      const length = end - from;
      // Many columns repeat their last value more often than not.
      if (length <= SHORT) {
        const high = length >= 4 ? source.getInt32(end - 4, true) : 0;
        const low =
          length >= 4
            ? source.getInt32(from, true)
            : from <= lastWord
              ? source.getInt32(from, true) & ((1 << (8 * length)) - 1)
              : lastBytes(source, from, length);
        if (low !== lastLow || high !== lastHigh || length !== lastLength) {
          index = this.indexOfShort(source, from, length, low, high);
          lastLow = low;
          lastHigh = high;
        }
      } else if (length !== lastLength || !equalBytes(source, from, source, lastFrom, length)) {
        index = this.indexOfLong(source, from, length);
        lastFrom = from;
      }
      if (index < 0) {
        return false;
      }
      indices[i] = index;
      lastLength = length;
      from = end;
    }
    return true;
  }

  /** Forgets the entries from `count` on. The dictionary can only be emitted then, not added to. */
  truncate(count: number): void {
    this.count = count;
  }

  /** Empties the dictionary and keeps its memory. */
  clear(): void {
    this.count = 0;
    this.table.fill(0);
  }

  /** Empties the dictionary and gives its memory back. */
  release(): void {
    this.budget.give(this.data.byteLength + this.offsets.byteLength + this.table.byteLength);
    this.data = new Uint8Array(0);
    this.view = new DataView(this.data.buffer);
    this.offsets = new Int32Array(1);
    this.table = new Int32Array(0);
    this.tableBits = 0;
    this.count = 0;
  }

  /** The index of a short value, which is added if need be; −1 where full. */
  private indexOfShort(source: DataView, from: number, length: number, low: number, high: number): number {
    const { table } = this;
    const mask = table.length - 1;
    let at = slotOf(low, high, length, 32 - this.tableBits);
    let entry = table[at + 3]!;
    let probes = 0;
    while (entry !== 0) {
      if (table[at] === low && table[at + 1] === high && table[at + 2] === length) {
        return entry - 1;
      }
      at = (at + SLOT) & mask;
      entry = table[at + 3]!;
      if (++probes > MAX_PROBES) {
        return -1;
      }
    }
    return this.add(source, from, length, low, high);
  }

  /** The index of a long value, which is added if need be; −1 where full. */
  private indexOfLong(source: DataView, from: number, length: number): number {
    const hash = hashBytes(source, from, length);
    const { table, offsets, view } = this;
    const mask = table.length - 1;
    let at = slotOf(hash, hash, length, 32 - this.tableBits);
    let probes = 0;
    while (table[at + 3] !== 0) {
      if (table[at] === hash && table[at + 2] === length) {
        const index = table[at + 3]! - 1;
        if (equalBytes(source, from, view, offsets[index]!, length)) {
          return index;
        }
      }
      at = (at + SLOT) & mask;
      if (++probes > MAX_PROBES) {
        return -1;
      }
    }
    return this.add(source, from, length, hash, hash);
  }

  private add(source: DataView, from: number, length: number, low: number, high: number): number {
    const fits = this.plainBytes + length + this.overhead <= MAX_DICTIONARY_BYTES;
    if (!fits || !this.makeRoom(length)) {
      return -1;
    }
    const index = this.count++;
    const start = this.offsets[index]!;
    this.data.set(new Uint8Array(source.buffer, source.byteOffset + from, length), start);
    this.offsets[index + 1] = start + length;
    place(this.table, this.tableBits, low, high, length, index + 1);
    return index;
  }

  /** Grows bytes, offsets and table as needed for one more value; the table is at most half full. */
  private makeRoom(length: number): boolean {
    const { count } = this;
    const dataNeeded = this.offsets[count]! + length;
    if (dataNeeded > this.data.length) {
      const size = Math.max(dataNeeded, 2 * this.data.length, 1024);
      if (!this.budget.take(size - this.data.length)) {
        return false;
      }
      const data = new Uint8Array(size);
      data.set(this.data);
      this.data = data;
      this.view = new DataView(data.buffer);
    }
    return count < this.offsets.length - 1 || this.growTable();
  }

  private growTable(): boolean {
    const bits = this.tableBits === 0 ? FIRST_TABLE_BITS : this.tableBits + 1;
    const table = new Int32Array(SLOT << bits);
    const offsets = new Int32Array((1 << (bits - 1)) + 1);
    const growth = table.byteLength - this.table.byteLength + offsets.byteLength - this.offsets.byteLength;
    if (!this.budget.take(growth)) {
      return false;
    }
    offsets.set(this.offsets);
    const old = this.table;
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at + 3] !== 0) {
        place(table, bits, old[at]!, old[at + 1]!, old[at + 2]!, old[at + 3]!);
      }
    }
    this.offsets = offsets;
    this.table = table;
    this.tableBits = bits;
    return true;
  }
}

function place(
  table: Int32Array,
  bits: number,
  low: number,
  high: number,
  length: number,
  entry: number,
): void {
  const mask = table.length - 1;
  let at = slotOf(low, high, length, 32 - bits);
  while (table[at + 3] !== 0) {
    at = (at + SLOT) & mask;
  }
  table[at] = low;
  table[at + 1] = high;
  table[at + 2] = length;
  table[at + 3] = entry;
}

/** Where in a table of 2^(32 − shift) slots the search begins. */
function slotOf(low: number, high: number, length: number, shift: number): number {
  const mixed = low ^ Math.imul(high, 0x85ebca6b) ^ (low >>> 15) ^ length;
  return (Math.imul(mixed, 0x9e3779b1) >>> shift) * SLOT;
}
