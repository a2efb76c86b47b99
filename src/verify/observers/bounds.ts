import { type Block, valueAt } from '../encodings/block.ts';
import { type Compare, comparison, type Order } from '../schema/value-order.ts';
import { extremes } from './extremes.ts';
import type { ValueObserver } from './observer.ts';

/** The smallest and the largest value of a page or chunk, NaN left out. */
export class ValueBounds implements ValueObserver {
  /** Copies in PLAIN form, without length; null where there is no value but NaN. */
  min: Uint8Array | null = null;
  max: Uint8Array | null = null;
  readonly #order: Order;
  readonly #compare: Compare;

  constructor(order: Order) {
    this.#order = order;
    this.#compare = comparison(order);
  }

  reset(): void {
    this.min = null;
    this.max = null;
  }

  block(block: Block): void {
    this.#widen(block, null, block.count);
  }

  entries(dictionary: Block, indices: Int32Array, count: number): void {
    this.#widen(dictionary, indices, count);
  }

  /** Takes in the bounds of a page. */
  include({ min, max }: ValueBounds): void {
    if (min !== null && max !== null) this.#take(min, max);
  }

  #widen(block: Block, indices: Int32Array | null, count: number): void {
    const found = extremes(this.#order, block, indices, count);
    if (found !== null) this.#take(valueAt(block, found.min), valueAt(block, found.max));
  }

  #take(min: Uint8Array, max: Uint8Array): void {
    if (this.min === null || this.#compare(min, this.min) < 0) this.min = min.slice();
    if (this.max === null || this.#compare(max, this.max) > 0) this.max = max.slice();
  }
}
