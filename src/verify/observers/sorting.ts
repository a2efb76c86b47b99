import type { LevelObserver } from '../chunk/levels.ts';
import { type Block, valueAt } from '../encodings/block.ts';
import { Problem } from '../problem.ts';
import type { Leaf } from '../schema/file-schema.ts';
import { type Compare, comparison, type Order } from '../schema/value-order.ts';
import type { ValueObserver } from './observer.ts';

/** How a column that the rows are sorted by is sorted. */
export interface SortedBy {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** Which rows equal the one before them in all sorting columns so far: one bit per row. */
export class Ties {
  #bits = new Uint8Array(1024);

  get(row: number): boolean {
    return ((this.#bits[row >>> 3] ?? 0) & (1 << (row & 7))) !== 0;
  }

  set(row: number): void {
    if (row >>> 3 >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bits.length, (row >>> 3) + 1));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[row >>> 3]! |= 1 << (row & 7);
  }
}

/**
 * Checks that a column, which is not nested, is sorted as the row group says: among rows that are equal in the sorting
 * columns before it. NaN has no place in the order, and is passed over.
 */
export class SortCheck implements ValueObserver, LevelObserver {
  /** For the next sorting column. */
  readonly ties = new Ties();
  readonly #leaf: Leaf;
  readonly #compare: Compare;
  readonly #by: SortedBy;
  readonly #above: Ties | null;
  /** Whether each entry of the page is a value. */
  #valid = new Uint8Array(1 << 14);
  #entries = 0;
  #next = 0;
  #row = 0;
  /** The value of the row before; null where that is null. */
  #before: Uint8Array | null = null;

  /** `above` is of the sorting column before; null for the first one. */
  constructor(leaf: Leaf, order: Order, by: SortedBy, above: Ties | null) {
    this.#leaf = leaf;
    this.#compare = comparison(order);
    this.#by = by;
    this.#above = above;
  }

  levels(definitions: Uint8Array, _repetitions: Uint8Array, count: number): void {
    if (this.#next === this.#entries) {
      this.#next = 0;
      this.#entries = 0;
    }
    const entries = this.#entries + count;
    if (entries > this.#valid.length) {
      const grown = new Uint8Array(Math.max(2 * this.#valid.length, entries));
      grown.set(this.#valid);
      this.#valid = grown;
    }
    const { maxDefinition } = this.#leaf;
    for (let i = 0; i < count; i++) this.#valid[this.#entries + i] = definitions[i] === maxDefinition ? 1 : 0;
    this.#entries = entries;
  }

  block(block: Block): void {
    for (let i = 0; i < block.count; i++) this.#value(valueAt(block, i));
    this.#before &&= this.#before.slice();
  }

  entries(dictionary: Block, indices: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.#value(valueAt(dictionary, indices[i]!));
  }

  /** To be called behind the values of each page. */
  endPage(): void {
    while (this.#next < this.#entries) this.#take(null);
  }

  #value(value: Uint8Array): void {
    while (this.#valid[this.#next] === 0) this.#take(null);
    this.#take(value);
  }

  #take(value: Uint8Array | null): void {
    const row = this.#row++;
    const before = this.#before;
    this.#next++;
    this.#before = value;
    if (row === 0 || (this.#above !== null && !this.#above.get(row))) return;
    const difference = this.#difference(before, value);
    if (difference > 0) throw new Problem(`row ${row} is not in the order of the sorting columns`);
    if (difference === 0) this.ties.set(row);
  }

  /** Positive where `a` must not come before `b`. */
  #difference(a: Uint8Array | null, b: Uint8Array | null): number {
    if (a === null || b === null) {
      if (a === b) return 0;
      return (a === null) === this.#by.nullsFirst ? -1 : 1;
    }
    const difference = this.#compare(a, b);
    return this.#by.descending ? -difference : difference;
  }
}
