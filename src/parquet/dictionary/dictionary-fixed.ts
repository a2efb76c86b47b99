import type { PageBuffer } from '../memory/page-buffer.ts';
import type { PageKernels } from '../memory/page-kernels.ts';
import { Dictionary, MAX_DICTIONARY_BYTES } from './dictionary.ts';
import type { DictionaryBudget } from './dictionary-memory.ts';

/** Distinct values of 4 or 8 bytes, told apart by their bits (so NaNs and zeros keep theirs). */
export class FixedDictionary extends Dictionary {
  readonly #byteWidth: 4 | 8;

  constructor(byteWidth: 4 | 8, kernels: PageKernels, budget: DictionaryBudget) {
    super(kernels, budget, 2 * byteWidth);
    this.#byteWidth = byteWidth;
  }

  /** The entries' words, in the kernels' memory. */
  get words(): Int32Array {
    const { address } = this.entries;
    return this.kernels.words.subarray(address >> 2, (address + this.plainBytes) >> 2);
  }

  get plainBytes(): number {
    return this.count * this.#byteWidth;
  }

  /** Turns the values `from … to` of those loaded into indices; false where the dictionary is full, with entries added for some of them. */
  encode(from: number, to: number): boolean {
    const { exports, values, indices } = this.kernels;
    const width = this.#byteWidth;
    const kernel = width === 4 ? exports.index4 : exports.index8;
    const index = (next: number) =>
      kernel(values.address + next * width, to - next, indices.address + 4 * next);
    return this.indexAll(from, to, index, () => this.#grow());
  }

  write(out: PageBuffer, at: number): number {
    const { address } = this.entries;
    out.bytes.set(this.kernels.bytes.subarray(address, address + this.plainBytes), at);
    return at + this.plainBytes;
  }

  #grow(): boolean {
    const width = this.#byteWidth;
    if (this.room === MAX_DICTIONARY_BYTES / width) return false;
    return this.entries.grow(this.nextRoom * width, this.plainBytes) && this.growTable();
  }

  protected fill(): void {
    const { fill4, fill8 } = this.kernels.exports;
    this.work(this.#byteWidth === 4 ? fill4 : fill8);
  }
}
