import type { PageBuffer } from '../memory/page-buffer.ts';
import { type Extremes, type PageKernels, SLACK } from '../memory/page-kernels.ts';
import { Dictionary, MAX_DICTIONARY_BYTES } from './dictionary.ts';
import { type DictionaryBudget, DictionaryMemory } from './dictionary-memory.ts';

const SLOT_BYTES = 16;
/** Of memory for entries, to begin with. */
const FIRST_BYTES = 1024;

/** Distinct byte strings. */
export class BytesDictionary extends Dictionary {
  /** Where the entries begin, int32, and the last one ends. */
  readonly #starts: DictionaryMemory;
  /** Bytes that an entry takes in the dictionary page beside its own. */
  readonly #overhead: 0 | 4;

  /** `overhead`: 4 for byte arrays (their length), 0 for values of a fixed width. */
  constructor(overhead: 0 | 4, kernels: PageKernels, budget: DictionaryBudget) {
    super(kernels, budget, SLOT_BYTES);
    this.#starts = new DictionaryMemory(kernels, budget);
    this.#overhead = overhead;
  }

  /** The entries' bytes, one behind the other, in the kernels' memory. */
  get view(): DataView {
    return new DataView(this.kernels.bytes.buffer, this.entries.address, this.offsets[this.count]);
  }

  /** Where each entry begins, and the last one ends; in the kernels' memory. */
  get offsets(): Int32Array {
    if (this.count === 0) return new Int32Array(1);
    const at = this.#starts.address >> 2;
    return this.kernels.words.subarray(at, at + this.count + 1);
  }

  get plainBytes(): number {
    return this.offsets[this.count]! + this.#overhead * this.count;
  }

  /** Turns the values `first … to` into indices; false where the dictionary is full, with entries added for some of them. */
  encode(source: Uint8Array, offsets: Int32Array, first: number, to: number): boolean {
    const { exports, indices } = this.kernels;
    for (const { from, to: end, data, offsets: at } of this.kernels.pieces(source, offsets, first, to)) {
      // Longer than all of a dictionary page.
      if (data === null) return false;
      const index = (next: number) =>
        exports.indexBytes(data, at + 4 * (next - from), end - next, indices.address + 4 * next);
      const grow = (next: number) => this.#grow(offsets[next + 1]! - offsets[next]!);
      if (!this.indexAll(from, end, index, grow)) return false;
    }
    return true;
  }

  /** The least and the greatest of the entries that the first `count` indices of the page stand for. */
  scan(count: number): Extremes {
    const { kernels } = this;
    const { list, found } = kernels.distinctIndices(count, this.count);
    return kernels.scanBytes(this.entries.address, this.#starts.address, list, found);
  }

  write(out: PageBuffer, at: number): number {
    const length = this.plainBytes;
    const { exports, out: target } = this.kernels;
    let from = this.entries.address;
    if (this.#overhead > 0) {
      from = target.reserve(length + SLACK);
      exports.plain(this.entries.address, this.#starts.address, this.count, from);
    }
    out.bytes.set(this.kernels.bytes.subarray(from, from + length), at);
    return at + length;
  }

  override release(): void {
    super.release();
    this.#starts.release();
  }

  /** Makes room for one value more, of so many bytes. */
  #grow(length: number): boolean {
    const used = this.plainBytes;
    const needed = used + length + this.#overhead;
    if (needed > MAX_DICTIONARY_BYTES) return false;
    const { bytes } = this.entries;
    if (needed > bytes) {
      const size = Math.min(Math.max(needed, 2 * bytes, FIRST_BYTES), MAX_DICTIONARY_BYTES);
      if (!this.entries.grow(size, used)) return false;
    }
    if (this.count < this.room) return true;
    if (!this.#starts.grow(4 * (this.nextRoom + 1), 4 * (this.count + 1))) return false;
    // Where there were none yet, nothing has been kept.
    this.kernels.words[this.#starts.address >> 2] = 0;
    return this.growTable();
  }

  protected override get ofBytes(): readonly number[] {
    return [this.#starts.address, this.entries.bytes, this.#overhead];
  }

  protected fill(): void {
    this.work(this.kernels.exports.fillBytes);
  }
}
