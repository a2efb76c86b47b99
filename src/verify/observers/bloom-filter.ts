import { hash, hashBytes } from '../../parquet/statistics/xxhash64.ts';
import type { Block } from '../encodings/block.ts';
import type { FileBytes } from '../file-bytes.ts';
import { Problem } from '../problem.ts';
import { CompactReader } from '../thrift/compact-reader.ts';
import { bloomFilterHeaderKind } from '../thrift/metadata.ts';
import type { ValueObserver } from './observer.ts';

/** The format's own limit (Parquet format, BloomFilter.md). */
const MAX_BYTES = 128 << 20;
const BLOCK_BYTES = 32;
const MAX_HEADER = 256;

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

/** A chunk's bloom filter, which must hold every value possible that the chunk has. */
export class BloomFilterCheck implements ValueObserver {
  readonly #bits: Int32Array;
  readonly #blocks: bigint;
  /** Which entries of the dictionary have been looked up. */
  #seen = new Uint8Array(0);

  /** `bits` are whole blocks. */
  constructor(bits: Uint8Array) {
    const copy = bits.slice();
    this.#bits = new Int32Array(copy.buffer);
    this.#blocks = BigInt(bits.length / BLOCK_BYTES);
  }

  block(block: Block): void {
    const view = new DataView(block.bytes.buffer, block.bytes.byteOffset, block.bytes.length);
    for (let i = 0; i < block.count; i++) this.#check(view, block, i);
  }

  entries(dictionary: Block, indices: Int32Array, count: number): void {
    if (this.#seen.length === 0) this.#seen = new Uint8Array(dictionary.count);
    const view = new DataView(dictionary.bytes.buffer, dictionary.bytes.byteOffset, dictionary.bytes.length);
    for (let i = 0; i < count; i++) {
      const entry = indices[i]!;
      if (this.#seen[entry] === 1) continue;
      this.#seen[entry] = 1;
      this.#check(view, dictionary, entry);
    }
  }

  #check(view: DataView, block: Block, i: number): void {
    const from = block.kind === 'fixed' ? i * block.width : block.starts[i]!;
    const length = block.kind === 'fixed' ? block.width : block.starts[i + 1]! - 4 - from;
    hashBytes(view, from, length);
    const start = 8 * Number((BigInt(hash.high >>> 0) * this.#blocks) >> 32n);
    for (let word = 0; word < 8; word++) {
      const bit = Math.imul(hash.low, SALT[word]!) >>> 27;
      if (((this.#bits[start + word]! >>> bit) & 1) === 0) {
        throw new Problem('its bloom filter does not hold one of its values');
      }
    }
  }
}

/** Reads the bloom filter at `offset`, and says where it ends. Throws `Problem`. */
export async function readBloomFilter(
  file: FileBytes,
  offset: number,
  length: number | undefined,
  unknown: Set<string>,
): Promise<{ readonly check: BloomFilterCheck; readonly end: number }> {
  const reader = new CompactReader(await file.upTo(offset, MAX_HEADER, file.size), 0, unknown);
  const { numBytes, algorithm, hash: function_, compression } = bloomFilterHeaderKind.read(reader);
  for (const { member } of [algorithm, function_, compression]) {
    if (member === 'unknown') throw new Problem('its kind is not known, and it cannot be checked');
  }
  if (numBytes < BLOCK_BYTES || numBytes % BLOCK_BYTES !== 0 || numBytes > MAX_BYTES) {
    throw new Problem(`it claims ${numBytes} bytes`);
  }
  const from = offset + reader.position;
  const end = from + numBytes;
  if (length !== undefined && offset + length !== end) {
    throw new Problem(`it has ${end - offset} bytes, the footer says ${length}`);
  }
  return { check: new BloomFilterCheck(await file.at(from, numBytes)), end };
}
