import type { Kernels } from '../../kernels/kernels.ts';
import { SLACK } from '../memory/page-kernels.ts';

/** Memory that the dictionaries of one encoder may take together. */
export class DictionaryBudget {
  private left: number;

  constructor(bytes: number) {
    this.left = bytes;
  }

  /** Whether `bytes` more may be taken; they count as taken then. */
  take(bytes: number): boolean {
    if (bytes > this.left) {
      return false;
    }
    this.left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.left += bytes;
  }
}

/** A part of a dictionary in the memory of the kernels, which grows as far as the budget allows. */
export class DictionaryMemory {
  /** Where it lies. */
  address = 0;
  /** How long it is. */
  bytes = 0;
  readonly #kernels: Kernels;
  readonly #budget: DictionaryBudget;

  constructor(kernels: Kernels, budget: DictionaryBudget) {
    this.#kernels = kernels;
    this.#budget = budget;
  }

  /** Grows to so many bytes and keeps the first `kept` ones; false where the budget does not allow it. */
  grow(bytes: number, kept: number): boolean {
    const kernels = this.#kernels;
    if (!this.#budget.take(bytes - this.bytes)) return false;
    const address = kernels.allocate(bytes + SLACK);
    kernels.bytes.copyWithin(address, this.address, this.address + kept);
    this.#free();
    this.address = address;
    this.bytes = bytes;
    return true;
  }

  /** Sets all bytes to 0. */
  clear(): void {
    this.#kernels.bytes.fill(0, this.address, this.address + this.bytes);
  }

  /** Gives all of it back. */
  release(): void {
    this.#budget.give(this.bytes);
    this.#free();
    this.bytes = 0;
  }

  #free(): void {
    if (this.bytes > 0) this.#kernels.release(this.address);
  }
}
