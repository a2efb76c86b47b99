import { type DictionaryBudget, FIRST_TABLE_BITS, MAX_DICTIONARY_BYTES, MAX_PROBES } from './dictionary.ts';

/** Distinct values of 4 or 8 bytes, told apart by their bits (so NaNs and zeros keep theirs). */
export class FixedDictionary {
  /** Distinct values so far. */
  count = 0;
  private readonly words: 1 | 2;
  private readonly budget: DictionaryBudget;
  private readonly maxCount: number;
  private values = new Int32Array(0);
  /** Open addressing; per slot the value's words, then its index + 1, padded to a power of two of words. */
  private table = new Int32Array(0);
  private tableBits = 0;

  constructor(byteWidth: 4 | 8, budget: DictionaryBudget) {
    this.words = byteWidth === 4 ? 1 : 2;
    this.budget = budget;
    this.maxCount = MAX_DICTIONARY_BYTES / byteWidth;
  }

  /** The entries' words. */
  get entries(): Int32Array {
    return this.values.subarray(0, this.count * this.words);
  }

  /** The dictionary page's PLAIN values. */
  plainValues(): Uint8Array {
    return new Uint8Array(this.values.buffer, 0, this.count * this.words * 4);
  }

  get plainBytes(): number {
    return this.count * this.words * 4;
  }

  /** Turns the values `from … to` into indices; false where the dictionary is full, with entries added for some of them. */
  encode(values: Int32Array, from: number, to: number, indices: Int32Array): boolean {
    let i = from;
    while (i >= 0 && i < to) {
      if (!this.makeRoom()) {
        return false;
      }
      i = this.words === 1 ? this.encode4(values, i, to, indices) : this.encode8(values, i, to, indices);
    }
    return i === to;
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
    this.budget.give(this.values.byteLength + this.table.byteLength);
    this.values = new Int32Array(0);
    this.table = new Int32Array(0);
    this.tableBits = 0;
    this.count = 0;
  }

  /** Encodes up to where the table must grow, and returns how far that was; −1 after too many probes. */
  private encode4(values: Int32Array, from: number, to: number, indices: Int32Array): number {
    const { table, values: entries } = this;
    const shift = 32 - this.tableBits;
    const mask = table.length - 1;
    const limit = entries.length;
    let count = this.count;
    let i = from;
    for (; i < to && count < limit; i++) {
      const value = values[i]!;
      let at = (Math.imul(value, 0x9e3779b1) >>> shift) << 1;
      let entry = table[at + 1]!;
      let probes = 0;
      while (entry !== 0 && table[at] !== value) {
        at = (at + 2) & mask;
        entry = table[at + 1]!;
        if (++probes > MAX_PROBES) {
          this.count = count;
          return -1;
        }
      }
      if (entry === 0) {
        entries[count] = value;
        entry = ++count;
        table[at] = value;
        table[at + 1] = entry;
      }
      indices[i] = entry - 1;
    }
    this.count = count;
    return i;
  }

  private encode8(values: Int32Array, from: number, to: number, indices: Int32Array): number {
    const { table, values: entries } = this;
    const shift = 32 - this.tableBits;
    const mask = table.length - 1;
    const limit = entries.length >> 1;
    let count = this.count;
    let i = from;
    for (; i < to && count < limit; i++) {
      const low = values[2 * i]!;
      const high = values[2 * i + 1]!;
      let at = hash8(low, high, shift) << 2;
      let entry = table[at + 2]!;
      let probes = 0;
      while (entry !== 0 && (table[at] !== low || table[at + 1] !== high)) {
        at = (at + 4) & mask;
        entry = table[at + 2]!;
        if (++probes > MAX_PROBES) {
          this.count = count;
          return -1;
        }
      }
      if (entry === 0) {
        entries[2 * count] = low;
        entries[2 * count + 1] = high;
        entry = ++count;
        table[at] = low;
        table[at + 1] = high;
        table[at + 2] = entry;
      }
      indices[i] = entry - 1;
    }
    this.count = count;
    return i;
  }

  /** Grows values and table together; the table is at most half full. */
  private makeRoom(): boolean {
    const capacity = this.values.length / this.words;
    if (this.count < capacity) {
      return true;
    }
    if (capacity >= this.maxCount) {
      return false;
    }
    const bits = this.tableBits === 0 ? FIRST_TABLE_BITS : this.tableBits + 1;
    const newCapacity = Math.min(1 << (bits - 1), this.maxCount);
    const valuesLength = newCapacity * this.words;
    const tableLength = this.words === 1 ? 2 << bits : 4 << bits;
    const before = this.values.byteLength + this.table.byteLength;
    if (!this.budget.take((valuesLength + tableLength) * 4 - before)) {
      return false;
    }
    const values = new Int32Array(valuesLength);
    values.set(this.values);
    this.values = values;
    this.table = new Int32Array(tableLength);
    this.tableBits = bits;
    this.fillTable();
    return true;
  }

  private fillTable(): void {
    const { table, values, words } = this;
    const shift = 32 - this.tableBits;
    const mask = table.length - 1;
    for (let index = 0; index < this.count; index++) {
      if (words === 1) {
        const value = values[index]!;
        let at = (Math.imul(value, 0x9e3779b1) >>> shift) << 1;
        while (table[at + 1] !== 0) {
          at = (at + 2) & mask;
        }
        table[at] = value;
        table[at + 1] = index + 1;
      } else {
        const low = values[2 * index]!;
        const high = values[2 * index + 1]!;
        let at = hash8(low, high, shift) << 2;
        while (table[at + 2] !== 0) {
          at = (at + 4) & mask;
        }
        table[at] = low;
        table[at + 1] = high;
        table[at + 2] = index + 1;
      }
    }
  }
}

function hash8(low: number, high: number, shift: number): number {
  return Math.imul(low ^ Math.imul(high, 0x85ebca6b) ^ (low >>> 15), 0x9e3779b1) >>> shift;
}
