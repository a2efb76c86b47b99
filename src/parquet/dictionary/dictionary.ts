import type { PageBuffer } from '../memory/page-buffer.ts';
import type { PageKernels } from '../memory/page-kernels.ts';
import { type DictionaryBudget, DictionaryMemory } from './dictionary-memory.ts';

/** A dictionary page holds at most this many bytes: beyond, indices and entries cost more than they save. */
export const MAX_DICTIONARY_BYTES = 1 << 20;

/** Slots of the smallest hash table, as a power of two. */
const FIRST_TABLE_BITS = 9;

/**
 * The different values of a column's chunk, which are its entries. They lie in the memory of the kernels, with a hash table
 * by which these find the index of each value (src/kernels/assembly/dictionary.ts).
 */
export abstract class Dictionary {
  /** Distinct values so far. */
  count = 0;
  protected readonly kernels: PageKernels;
  protected readonly entries: DictionaryMemory;
  readonly #table: DictionaryMemory;
  readonly #slotBytes: number;
  /** Slots of the table, as a power of two; 0: there is none yet. */
  #tableBits = 0;

  /** `slotBytes`: of the hash table. */
  constructor(kernels: PageKernels, budget: DictionaryBudget, slotBytes: number) {
    this.kernels = kernels;
    this.entries = new DictionaryMemory(kernels, budget);
    this.#table = new DictionaryMemory(kernels, budget);
    this.#slotBytes = slotBytes;
  }

  /** Bytes of the dictionary page's PLAIN values. */
  abstract get plainBytes(): number;

  /** Writes the entries in PLAIN encoding and returns the position after. */
  abstract write(out: PageBuffer, at: number): number;

  /** Forgets the entries from `count` on. The dictionary can only be emitted then, not added to. */
  truncate(count: number): void {
    this.count = count;
  }

  /** Empties the dictionary and keeps its memory. */
  clear(): void {
    this.count = 0;
    this.#table.clear();
  }

  /** Empties the dictionary and gives its memory back. */
  release(): void {
    this.entries.release();
    this.#table.release();
    this.#tableBits = 0;
    this.count = 0;
  }

  /** Entries that there is room for: the table is at most half full. */
  protected get room(): number {
    return this.#tableBits === 0 ? 0 : 1 << (this.#tableBits - 1);
  }

  /** Where the entries of byte strings begin, the bytes that they may take, and what each takes beside its own. */
  protected get ofBytes(): readonly number[] {
    return [];
  }

  /** Fills an empty table with the entries. */
  protected abstract fill(): void;

  /** Has a kernel work with this dictionary; returns its result. */
  protected work<Result>(kernel: () => Result): Result {
    const { words, layout } = this.kernels;
    const at = layout.DICTIONARY >> 2;
    const { entries, count, room, ofBytes } = this;
    words.set([this.#table.address, this.#tableBits, entries.address, count, room, ...ofBytes], at);
    const result = kernel();
    this.count = words[at + 3]!;
    return result;
  }

  /**
   * Turns the values `from … to` into indices by a kernel that begins with value `next` and returns how many it did: fewer
   * than there are, where one entry more finds no room and `grow` is to make some; −1 where the values defeat the hash
   * function. False where the dictionary is full, with entries added for some of the values.
   */
  protected indexAll(
    from: number,
    to: number,
    index: (next: number) => number,
    grow: (next: number) => boolean,
  ): boolean {
    let next = from;
    while (next < to) {
      // A kernel needs a table.
      const some = this.#tableBits === 0 ? 0 : this.work(() => index(next));
      if (some < 0) return false;
      next += some;
      if (next < to && !grow(next)) return false;
    }
    return true;
  }

  /** The room that there is when the table has grown. */
  protected get nextRoom(): number {
    return this.#tableBits === 0 ? 1 << (FIRST_TABLE_BITS - 1) : 2 * this.room;
  }

  /** Doubles the table; there must be memory for as many entries. */
  protected growTable(): boolean {
    const bits = Math.max(FIRST_TABLE_BITS, this.#tableBits + 1);
    if (!this.#table.grow(this.#slotBytes << bits, 0)) return false;
    this.#tableBits = bits;
    this.#table.clear();
    this.fill();
    return true;
  }
}
