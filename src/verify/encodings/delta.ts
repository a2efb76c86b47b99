import { Problem } from '../problem.ts';

/** Values per block beyond this are nobody's. */
const MAX_BLOCK_SIZE = 1 << 20;

/**
 * Reads DELTA_BINARY_PACKED integers (Parquet format, Encodings.md), some at a time. Values are pairs of words, so that
 * 64 bits wrap around as they do in other languages.
 */
export class DeltaReader {
  /** Values in all, as the encoding itself counts them. */
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #miniblocks: number;
  readonly #miniblockSize: number;
  #position: number;
  #read = 0;
  #low = 0;
  #high = 0;
  /** The current block's least delta, its miniblocks' widths, and where its next packed delta is. */
  #minLow = 0;
  #minHigh = 0;
  #widths: Uint8Array = new Uint8Array(0);
  #miniblock: number;
  #inMiniblock: number;
  #width = 0;
  #bit = 0;

  /** The values begin at byte `from`; nothing is read at or beyond `end`. */
  constructor(bytes: Uint8Array, from: number, end: number) {
    this.#bytes = bytes;
    this.#position = from;
    this.#end = end;
    const blockSize = this.#varint();
    this.#miniblocks = this.#varint();
    this.count = this.#varint();
    this.#miniblockSize = blockSize / this.#miniblocks;
    if (blockSize < 128 || blockSize % 128 !== 0 || blockSize > MAX_BLOCK_SIZE) {
      throw new Problem(`a block of deltas has ${blockSize} values`);
    }
    if (this.#miniblockSize % 32 !== 0) throw new Problem(`a block has ${this.#miniblocks} miniblocks`);
    this.#zigzag();
    this.#low = parsed.low;
    this.#high = parsed.high;
    this.#miniblock = this.#miniblocks;
    this.#inMiniblock = this.#miniblockSize;
  }

  /** Where the values end; to be asked behind the last one. */
  get end(): number {
    return this.#position;
  }

  /** Reads `count` values; `high` gets the upper words where it is given. */
  read(low: Int32Array, high: Int32Array | null, count: number): void {
    if (this.#read + count > this.count) {
      throw new Problem(`the page needs more values than the ${this.count} that it has deltas for`);
    }
    for (let i = 0; i < count; i++) {
      if (this.#read > 0) this.#advance();
      this.#read++;
      low[i] = this.#low;
      if (high !== null) high[i] = this.#high;
    }
  }

  /** Passes over all values. */
  skip(): void {
    const low = new Int32Array(1024);
    while (this.#read < this.count) this.read(low, null, Math.min(1024, this.count - this.#read));
  }

  #advance(): void {
    if (this.#inMiniblock === this.#miniblockSize) this.#nextMiniblock();
    this.#inMiniblock++;
    const width = this.#width;
    let deltaLow = this.#minLow;
    let deltaHigh = this.#minHigh;
    if (width > 0) {
      const low = this.#bits(this.#bit, Math.min(width, 32));
      const high = width > 32 ? this.#bits(this.#bit + 32, width - 32) : 0;
      this.#bit += width;
      const sum = (deltaLow >>> 0) + low;
      deltaLow = sum | 0;
      deltaHigh = (deltaHigh + high + (sum > 0xffffffff ? 1 : 0)) | 0;
    }
    const sum = (this.#low >>> 0) + (deltaLow >>> 0);
    this.#low = sum | 0;
    this.#high = (this.#high + deltaHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
  }

  #nextMiniblock(): void {
    this.#inMiniblock = 0;
    this.#miniblock++;
    if (this.#miniblock >= this.#miniblocks) this.#nextBlock();
    this.#width = this.#widths[this.#miniblock]!;
    if (this.#width > 64) throw new Problem(`deltas are packed in ${this.#width} bits`);
    this.#bit = 8 * this.#position;
    this.#position += (this.#width * this.#miniblockSize) / 8;
    if (this.#position > this.#end) throw new Problem('deltas end within a miniblock');
  }

  #nextBlock(): void {
    this.#zigzag();
    this.#minLow = parsed.low;
    this.#minHigh = parsed.high;
    const end = this.#position + this.#miniblocks;
    if (end > this.#end) throw new Problem('deltas end within the header of a block');
    this.#widths = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    this.#miniblock = 0;
  }

  /** Up to 32 bits, as an unsigned number. */
  #bits(bit: number, count: number): number {
    const bytes = this.#bytes;
    const at = Math.floor(bit / 8);
    const shift = bit % 8;
    // Bytes beyond the end are undefined, which | takes as 0; they hold no bit of the value.
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    const low = shift === 0 ? word : (word >>> shift) | (bytes[at + 4]! << (32 - shift));
    return count === 32 ? low >>> 0 : (low & ((1 << count) - 1)) >>> 0;
  }

  #varint(): number {
    this.#wide();
    if (parsed.high !== 0 || parsed.low < 0) throw new Problem('a count has more than 31 bits');
    return parsed.low;
  }

  #zigzag(): void {
    this.#wide();
    const sign = -(parsed.low & 1);
    parsed.low = ((parsed.low >>> 1) | (parsed.high << 31)) ^ sign;
    parsed.high = (parsed.high >>> 1) ^ sign;
  }

  /** An unsigned integer of 64 bits, into `parsed`. */
  #wide(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined || this.#position >= this.#end) throw new Problem('deltas end within a number');
      this.#position++;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        parsed.low = low;
        parsed.high = high;
        return;
      }
    }
    throw new Problem('a number has more than 64 bits');
  }
}

/** The number that was parsed last. */
const parsed = { low: 0, high: 0 };
