import { Problem } from '../problem.ts';

/** Bits that `value` needs; 0 for 0. */
export function bitWidth(value: number): number {
  return 32 - Math.clz32(value);
}

/**
 * Reads the hybrid of run-length encoding and bit packing (Parquet format, Encodings.md, "RLE = 3"), some values at a
 * time. Throws `Problem` where the bytes end before the values or the values before the bytes.
 */
export class HybridReader {
  readonly #bytes: Uint8Array;
  readonly #width: number;
  #position: number;
  readonly #end: number;
  /** Values left of the current run. */
  #left = 0;
  /** The value of the current run; −1 for packed values, which begin at this bit. */
  #value = -1;
  #bit = 0;

  /** The values lie in bytes `from` to `end`. */
  constructor(bytes: Uint8Array, from: number, end: number, width: number) {
    this.#bytes = bytes;
    this.#width = width;
    this.#position = from;
    this.#end = end;
  }

  /** Reads `count` values. */
  read(out: Int32Array | Uint8Array, count: number): void {
    let at = 0;
    while (at < count) {
      if (this.#left === 0) this.#nextRun();
      const take = Math.min(this.#left, count - at);
      if (this.#value < 0) this.#unpack(out, at, take);
      else out.fill(this.#value, at, at + take);
      this.#left -= take;
      at += take;
    }
  }

  /** To be called behind the last value: nothing but the padding of packed values may be left. */
  finish(): void {
    // Packed values are filled up to groups of 8, by DuckDB to more.
    if (this.#left > 0 && this.#value >= 0 && this.#width > 0) {
      throw new Problem(`its last run has ${this.#left} values more than there are`);
    }
    const rest = this.#end - this.#position;
    if (rest > 0) throw new Problem(`${rest} bytes are left over behind the last value`);
  }

  #nextRun(): void {
    if (this.#position === this.#end && this.#width === 0) {
      // Zero bits each: some writers leave even the runs out.
      this.#left = Number.MAX_SAFE_INTEGER;
      this.#value = 0;
      return;
    }
    const header = this.#varint();
    if (header % 2 === 0) {
      this.#left = header / 2;
      this.#value = this.#runValue();
    } else {
      const groups = (header - 1) / 2;
      const from = this.#position;
      this.#left = 8 * groups;
      this.#value = -1;
      this.#bit = 8 * from;
      this.#position = from + groups * this.#width;
      if (this.#position > this.#end) throw new Problem('packed values end within a run');
    }
    if (this.#left === 0) throw new Problem('a run has no values');
  }

  #runValue(): number {
    let value = 0;
    for (let shift = 0; shift < this.#width; shift += 8) value += this.#byte() * 2 ** shift;
    if (value >= 2 ** this.#width) throw new Problem(`${value} does not fit ${this.#width} bits`);
    return value;
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (factor > 2 ** 28) throw new Problem("a run's length has more than 32 bits");
    }
  }

  #byte(): number {
    if (this.#position === this.#end) throw new Problem('the bytes end before the last value');
    return this.#bytes[this.#position++]!;
  }

  #unpack(out: Int32Array | Uint8Array, at: number, count: number): void {
    const width = this.#width;
    const bytes = this.#bytes;
    let bit = this.#bit;
    const end = at + count;
    if (width === 1) {
      for (let i = at; i < end; i++, bit++) out[i] = (bytes[bit >>> 3]! >> (bit & 7)) & 1;
    } else if (width <= 24) {
      const mask = (1 << width) - 1;
      for (let i = at; i < end; i++, bit += width) {
        const b = Math.floor(bit / 8);
        // Bytes beyond the end are undefined, which | takes as 0; they hold no bit of the value.
        const word = bytes[b]! | (bytes[b + 1]! << 8) | (bytes[b + 2]! << 16) | (bytes[b + 3]! << 24);
        out[i] = (word >>> (bit & 7)) & mask;
      }
    } else {
      for (let i = at; i < end; i++, bit += width) out[i] = this.#slowly(bit, width);
    }
    this.#bit = bit;
  }

  #slowly(bit: number, width: number): number {
    let value = 0;
    for (let taken = 0; taken < width; ) {
      const at = bit + taken;
      const offset = at % 8;
      const part = Math.min(8 - offset, width - taken);
      value += ((this.#bytes[Math.floor(at / 8)]! >> offset) & ((1 << part) - 1)) * 2 ** taken;
      taken += part;
    }
    return value;
  }
}
