import { CompactWriter } from '../file/thrift.ts';
import { hash, hashBytes, hashPair, hashWord } from './xxhash64.ts';

/** A filter takes as much memory while its chunk is being encoded: 1% false positives with 1.6 million values. */
const MAX_BYTES = 1 << 21;
/** Few values have room in less, in which they are kept as well: most dictionaries are such. */
const FEW = 4096;
const FEW_BYTES = 1 << 16;
const BLOCK_WORDS = 8;
/** Share of values not in the chunk that the filter may hold possible. */
const WANTED_ERROR = 0.01;
/** Beyond this a filter would save nothing. */
const USELESS_ERROR = 0.5;

const SALT = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/**
 * A split-block bloom filter (Parquet format, BloomFilter.md). It is filled at its largest size, then halved for as
 * long as enough of its bits are 0: the number of distinct values need not be known.
 */
export class BloomFilter {
  private words = new Int32Array(0);
  /** The first `FEW` hashes, as two words each, and the number of all. */
  private readonly first = new Int32Array(2 * FEW);
  private count = 0;

  /** Adds the value that was hashed last. */
  add(): void {
    const { count, first } = this;
    if (count < FEW) {
      if (count === 0) this.words = new Int32Array(FEW_BYTES >> 2);
      first[2 * count] = hash.high;
      first[2 * count + 1] = hash.low;
    } else if (count === FEW) {
      this.words = new Int32Array(MAX_BYTES >> 2);
      for (let i = 0; i < first.length; i += 2) setBits(this.words, first[i]!, first[i + 1]!);
    }
    setBits(this.words, hash.high, hash.low);
    this.count = count + 1;
  }

  /** The serialized header and bits; null for a filter that would hold everything possible. Starts afresh then. */
  take(): Uint8Array<ArrayBuffer> | null {
    let words: Int32Array = this.count === 0 ? new Int32Array(BLOCK_WORDS) : this.words;
    const useful = errorRate(words) <= USELESS_ERROR;
    while (useful && words.length > BLOCK_WORDS) {
      const half = halved(words);
      if (errorRate(half) > WANTED_ERROR) break;
      words = half;
    }
    const taken = useful ? serialize(words) : null;
    this.words = new Int32Array(0);
    this.count = 0;
    return taken;
  }
}

/** Adds the words of integers, one or two per value. */
export function addIntegers(filter: BloomFilter, words: Int32Array, wordsPerValue: number): void {
  for (let i = 0; i < words.length; i += wordsPerValue) {
    addNumber(filter, words, i, wordsPerValue);
  }
}

/** Adds the words of floats. Of 0 and −0, which are equal, each brings the other along. */
export function addFloats(filter: BloomFilter, words: Int32Array, wordsPerValue: number): void {
  let zeros = false;
  for (let i = 0; i < words.length; i += wordsPerValue) {
    const last = words[i + wordsPerValue - 1]!;
    if (last << 1 === 0 && (wordsPerValue === 1 || words[i] === 0)) {
      zeros = true;
    } else {
      addNumber(filter, words, i, wordsPerValue);
    }
  }
  if (zeros) {
    const bothZeros = new Int32Array(2 * wordsPerValue);
    bothZeros[bothZeros.length - 1] = 1 << 31;
    addIntegers(filter, bothZeros, wordsPerValue);
  }
}

function addNumber(filter: BloomFilter, words: Int32Array, at: number, wordsPerValue: number): void {
  if (wordsPerValue === 1) {
    hashWord(words[at]!);
  } else {
    hashPair(words[at]!, words[at + 1]!);
  }
  filter.add();
}

/** Adds byte strings. */
export function addBytes(filter: BloomFilter, view: DataView, offsets: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const from = offsets[i]!;
    hashBytes(view, from, offsets[i + 1]! - from);
    filter.add();
  }
}

/** Sets the bits of one hash: a block is chosen by its upper bits. */
function setBits(words: Int32Array, high: number, low: number): void {
  const shift = Math.clz32(words.length / BLOCK_WORDS) + 1;
  const start = (high >>> shift) * BLOCK_WORDS;
  for (let i = 0; i < BLOCK_WORDS; i++) {
    words[start + i]! |= 1 << (Math.imul(low, SALT[i]!) >>> 27);
  }
}

/** The filter that the same values make in half the size: pairs of blocks together. */
function halved(words: Int32Array): Int32Array {
  const half = new Int32Array(words.length >> 1);
  for (let i = 0; i < half.length; i++) {
    const from = (i & ~7) * 2 + (i & 7);
    half[i] = words[from]! | words[from + BLOCK_WORDS]!;
  }
  return half;
}

/** The share of values not added that the filter holds possible: all eight words of a block must agree by chance. */
function errorRate(words: Int32Array): number {
  let sum = 0;
  for (let block = 0; block < words.length; block += BLOCK_WORDS) {
    let rate = 1;
    for (let i = block; i < block + BLOCK_WORDS && rate > 0; i++) {
      rate *= bitCount(words[i]!) / 32;
    }
    sum += rate;
  }
  return sum / (words.length / BLOCK_WORDS);
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function serialize(words: Int32Array): Uint8Array<ArrayBuffer> {
  const out = new CompactWriter();
  out.fieldI32(1, words.byteLength);
  for (const union of [2, 3, 4]) {
    // Split blocks, xxHash64, uncompressed: the first and only member of each.
    out.fieldStruct(union);
    out.fieldEmptyStruct(1);
    out.endStruct();
  }
  out.endStruct();
  const header = out.view();
  const bytes = new Uint8Array(header.length + words.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(words.buffer, words.byteOffset, words.byteLength), header.length);
  return bytes;
}
