import { Problem } from './problem.ts';

/** A file that can be read at any position. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number;
  /** Reads up to `into.length` bytes at a position and returns how many; 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>;
}

/** Neighbouring parts of a file are read together. */
const WINDOW = 1 << 18;

/** Ranges of a file, read through one window of memory. */
export class FileBytes {
  readonly size: number;
  readonly #source: ByteSource;
  #buffer = new Uint8Array(0);
  #from = 0;
  #to = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  /** The bytes of a range: a view, valid until the next call. Throws `Problem` where the range is not in the file. */
  async at(offset: number, length: number): Promise<Uint8Array> {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw new Problem(`bytes ${offset} to ${offset + length} are not in the file, which has ${this.size}`);
    }
    if (offset < this.#from || offset + length > this.#to) await this.#fill(offset, length);
    const start = offset - this.#from;
    return this.#buffer.subarray(start, start + length);
  }

  /** Up to `length` bytes, as many as there are before `end`. */
  upTo(offset: number, length: number, end: number): Promise<Uint8Array> {
    return this.at(offset, Math.max(0, Math.min(length, end - offset)));
  }

  async #fill(offset: number, length: number): Promise<void> {
    const wanted = Math.min(Math.max(length, WINDOW), this.size - offset);
    // A large page's memory is given back behind it.
    if (wanted > this.#buffer.length || this.#buffer.length > Math.max(4 * wanted, WINDOW)) {
      this.#buffer = new Uint8Array(wanted);
    }
    let got = 0;
    while (got < wanted) {
      const count = await this.#source.read(this.#buffer.subarray(got, wanted), offset + got);
      if (count === 0) throw new Problem(`the file ends at byte ${offset + got}; it had ${this.size} before`);
      got += count;
    }
    this.#from = offset;
    this.#to = offset + wanted;
  }
}
