import { type DictionaryBudget, FIRST_TABLE_BITS, MAX_DICTIONARY_BYTES, MAX_PROBES } from './dictionary.ts';

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
  /** Open addressing, two words per slot: the hash, and the entry's index + 1. */
  private table = new Int32Array(0);

  /** `overhead`: 4 for byte arrays (their length), 0 for values of a fixed width. */
  constructor(overhead: 0 | 4, budget: DictionaryBudget) {
    this.overhead = overhead;
    this.budget = budget;
  }

  /** Bytes of the dictionary page's PLAIN values. */
  get plainBytes(): number {
    return this.offsets[this.count]! + this.overhead * this.count;
  }

  /** Turns values into indices; false where the dictionary is full, with entries added for some values. */
  encode(source: DataView, offsets: Int32Array, count: number, indices: Int32Array): boolean {
    let { table, view, offsets: starts } = this;
    let mask = table.length - 1;
    let from = offsets[0]!;
    for (let i = 0; i < count; i++) {
      const end = offsets[i + 1]!;
      const length = end - from;
      const hash = hashBytes(source, from, length);
      let at = (hash << 1) & mask;
      let entry = table.length === 0 ? 0 : table[at + 1]!;
      let probes = 0;
      while (entry !== 0) {
        if (table[at] === hash) {
          const start = starts[entry - 1]!;
          if (starts[entry]! - start === length && equalBytes(source, from, view, start, length)) {
            break;
          }
        }
        at = (at + 2) & mask;
        entry = table[at + 1]!;
        if (++probes > MAX_PROBES) {
          return false;
        }
      }
      if (entry === 0) {
        if (!this.add(source, from, length, hash)) {
          return false;
        }
        ({ table, view, offsets: starts } = this);
        mask = table.length - 1;
        entry = this.count;
      }
      indices[i] = entry - 1;
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
    this.budget.give(this.memory());
    this.data = new Uint8Array(0);
    this.view = new DataView(this.data.buffer);
    this.offsets = new Int32Array(1);
    this.table = new Int32Array(0);
    this.count = 0;
  }

  private memory(): number {
    return this.data.byteLength + this.offsets.byteLength + this.table.byteLength;
  }

  private add(source: DataView, from: number, length: number, hash: number): boolean {
    if (this.plainBytes + length + this.overhead > MAX_DICTIONARY_BYTES) {
      return false;
    }
    if (!this.makeRoom(length)) {
      return false;
    }
    const start = this.offsets[this.count]!;
    const value = new Uint8Array(source.buffer, source.byteOffset + from, length);
    this.data.set(value, start);
    this.count++;
    this.offsets[this.count] = start + length;
    place(this.table, hash, this.count);
    return true;
  }

  /** Grows table, offsets and bytes as needed for one more value; the table is at most half full. */
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
    if (count * 4 < this.table.length) {
      return true;
    }
    const table = new Int32Array(Math.max(2 * this.table.length, 2 << FIRST_TABLE_BITS));
    const offsets = new Int32Array(table.length / 4 + 1);
    const growth = table.byteLength - this.table.byteLength + offsets.byteLength - this.offsets.byteLength;
    if (!this.budget.take(growth)) {
      return false;
    }
    offsets.set(this.offsets);
    this.offsets = offsets;
    for (let at = 0; at < this.table.length; at += 2) {
      if (this.table[at + 1] !== 0) {
        place(table, this.table[at]!, this.table[at + 1]!);
      }
    }
    this.table = table;
    return true;
  }
}

function place(table: Int32Array, hash: number, entry: number): void {
  const mask = table.length - 1;
  let at = (hash << 1) & mask;
  while (table[at + 1] !== 0) {
    at = (at + 2) & mask;
  }
  table[at] = hash;
  table[at + 1] = entry;
}

/** Four bytes at a time, the last four overlapping those before. */
function hashBytes(source: DataView, from: number, length: number): number {
  let hash = length;
  if (length >= 4) {
    const last = from + length - 4;
    for (let at = from; at < last; at += 4) {
      hash = Math.imul(hash ^ source.getInt32(at, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash ^ source.getInt32(last, true), 0x9e3779b1);
  } else {
    for (let at = from; at < from + length; at++) {
      hash = (hash << 8) | source.getUint8(at);
    }
    hash = Math.imul(hash, 0x9e3779b1);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

function equalBytes(a: DataView, aFrom: number, b: DataView, bFrom: number, length: number): boolean {
  if (length >= 4) {
    const last = length - 4;
    for (let i = 0; i < last; i += 4) {
      if (a.getInt32(aFrom + i, true) !== b.getInt32(bFrom + i, true)) {
        return false;
      }
    }
    return a.getInt32(aFrom + last, true) === b.getInt32(bFrom + last, true);
  }
  for (let i = 0; i < length; i++) {
    if (a.getUint8(aFrom + i) !== b.getUint8(bFrom + i)) {
      return false;
    }
  }
  return true;
}
