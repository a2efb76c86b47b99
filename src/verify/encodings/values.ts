import { Problem } from '../problem.ts';
import { Physical } from '../schema/physical.ts';
import { BLOCK_VALUES, type Block, type BytesBlock, BytesBlockBuilder, type FixedBlock } from './block.ts';
import { DeltaReader } from './delta.ts';
import { Encoding, encodingName } from './encoding.ts';
import { HybridReader } from './hybrid.ts';

/** The part of a page that holds its values, and how many there are that are not null. */
export interface EncodedValues {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly count: number;
}

interface ColumnType {
  readonly physical: number;
  readonly width: number | null;
}

/**
 * Decodes a page's values without dictionary, block by block. Throws `Problem` where there are too few or too many bytes,
 * or the encoding is not for this type.
 */
export function decodeValues(encoding: number, type: ColumnType, values: EncodedValues): Iterable<Block> {
  const { physical, width } = type;
  const is = (...types: readonly number[]) => types.includes(physical);
  switch (encoding) {
    case Encoding.plain:
      if (is(Physical.boolean)) return plainBooleans(values);
      return width === null ? plainBytes(values) : plainFixed(values, width);
    case Encoding.rle:
      if (is(Physical.boolean)) return rleBooleans(values);
      break;
    case Encoding.deltaBinaryPacked:
      if (is(Physical.int32, Physical.int64)) return deltas(values, width!);
      break;
    case Encoding.deltaLengthByteArray:
      if (is(Physical.bytes)) return deltaLengths(values);
      break;
    case Encoding.deltaByteArray:
      if (is(Physical.bytes, Physical.fixed)) return deltaBytes(values, width);
      break;
    case Encoding.byteStreamSplit:
      if (!is(Physical.boolean, Physical.bytes, Physical.int96)) return splitStreams(values, width!);
  }
  throw new Problem(`values of this type cannot be encoded as ${encodingName(encoding)}`);
}

function* plainFixed({ bytes, from, count }: EncodedValues, width: number): Generator<Block> {
  checkLength(bytes.length - from, count * width);
  yield { kind: 'fixed', count, width, bytes: bytes.subarray(from) };
}

function checkLength(found: number, expected: number): void {
  if (found === expected) return;
  throw new Problem(`its values take ${found} bytes where ${expected} are expected`);
}

function* plainBytes({ bytes, from, count }: EncodedValues): Generator<Block> {
  if (4 * count > bytes.length - from)
    throw new Problem(`${count} values do not fit ${bytes.length - from} bytes`);
  const starts = new Int32Array(count + 1);
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at + 4 > bytes.length) throw new Problem('its values end within a length');
    const length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    at += 4;
    starts[i] = at;
    if (length < 0 || length > bytes.length - at) throw new Problem('its values end within a value');
    at += length;
  }
  starts[count] = at + 4;
  if (at < bytes.length) throw new Problem(`${bytes.length - at} bytes are left over behind the last value`);
  yield { kind: 'bytes', count, bytes, starts };
}

function* plainBooleans({ bytes, from, count }: EncodedValues): Generator<Block> {
  checkLength(bytes.length - from, Math.ceil(count / 8));
  const out = new Uint8Array(Math.min(count, BLOCK_VALUES));
  for (let done = 0; done < count; done += out.length) {
    const size = Math.min(out.length, count - done);
    for (let i = 0; i < size; i++) {
      const bit = done + i;
      out[i] = (bytes[from + (bit >>> 3)]! >> (bit & 7)) & 1;
    }
    yield { kind: 'fixed', count: size, width: 1, bytes: out.subarray(0, size) };
  }
}

function* rleBooleans({ bytes, from, count }: EncodedValues): Generator<Block> {
  if (count === 0 && from === bytes.length) return;
  if (from + 4 > bytes.length) throw new Problem('its values end within their length');
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  checkLength(bytes.length - from - 4, view.getUint32(from, true));
  const reader = new HybridReader(bytes, from + 4, bytes.length, 1);
  const out = new Uint8Array(Math.min(count, BLOCK_VALUES));
  for (let done = 0; done < count; done += out.length) {
    const size = Math.min(out.length, count - done);
    reader.read(out, size);
    yield { kind: 'fixed', count: size, width: 1, bytes: out.subarray(0, size) };
  }
  reader.finish();
}

function* deltas({ bytes, from, count }: EncodedValues, width: number): Generator<Block> {
  if (count === 0 && from === bytes.length) return;
  const reader = new DeltaReader(bytes, from, bytes.length);
  checkCount(reader.count, count);
  const low = new Int32Array(Math.min(count, BLOCK_VALUES));
  const high = width === 8 ? new Int32Array(low.length) : null;
  const both = new Int32Array(high === null ? 0 : 2 * low.length);
  for (let done = 0; done < count; done += low.length) {
    const size = Math.min(low.length, count - done);
    reader.read(low, high, size);
    for (let i = 0; high !== null && i < size; i++) {
      both[2 * i] = low[i]!;
      both[2 * i + 1] = high[i]!;
    }
    const words = high === null ? low : both;
    yield { kind: 'fixed', count: size, width, bytes: new Uint8Array(words.buffer, 0, size * width) };
  }
  checkEnd(reader, bytes);
}

function checkCount(found: number, expected: number): void {
  if (found === expected) return;
  throw new Problem(`it has deltas for ${found} values where ${expected} are expected`);
}

function checkEnd(reader: DeltaReader, bytes: Uint8Array): void {
  const rest = bytes.length - reader.end;
  if (rest > 0) throw new Problem(`${rest} bytes are left over behind the last value`);
}

function* deltaLengths({ bytes, from, count }: EncodedValues): Generator<Block> {
  if (count === 0 && from === bytes.length) return;
  const lengths = new LengthReader(bytes, from, count);
  let at = lengths.end;
  const builder = new BytesBlockBuilder(bytes.length - from + 4 * count);
  for (let i = 0; i < count; i++) {
    const length = lengths.next();
    if (length < 0 || length > bytes.length - at) throw new Problem('its values end within a value');
    builder.add(0, bytes, at, length);
    at += length;
    if (builder.full || i === count - 1) yield builder.take();
  }
  if (at < bytes.length) throw new Problem(`${bytes.length - at} bytes are left over behind the last value`);
}

/** Lengths in deltas, one at a time; where they end is known from the start. */
class LengthReader {
  readonly end: number;
  readonly #reader: DeltaReader;
  readonly #lengths: Int32Array;
  #next: number;
  #left: number;

  constructor(bytes: Uint8Array, from: number, count: number) {
    this.#reader = new DeltaReader(bytes, from, bytes.length);
    checkCount(this.#reader.count, count);
    this.#lengths = new Int32Array(Math.min(count, BLOCK_VALUES));
    this.#next = this.#lengths.length;
    this.#left = count;
    if (count <= BLOCK_VALUES) {
      this.#fill();
      this.end = this.#reader.end;
    } else {
      const first = new DeltaReader(bytes, from, bytes.length);
      first.skip();
      this.end = first.end;
    }
  }

  next(): number {
    if (this.#next === this.#lengths.length) this.#fill();
    return this.#lengths[this.#next++]!;
  }

  #fill(): void {
    const size = Math.min(this.#lengths.length, this.#left);
    this.#reader.read(this.#lengths, null, size);
    this.#left -= size;
    this.#next = 0;
  }
}

/** Each value is a prefix of the one before and a suffix of its own. */
function* deltaBytes({ bytes, from, count }: EncodedValues, width: number | null): Generator<Block> {
  if (count === 0 && from === bytes.length) return;
  const prefixes = new LengthReader(bytes, from, count);
  const suffixes = new LengthReader(bytes, prefixes.end, count);
  let at = suffixes.end;
  const builder = new BytesBlockBuilder(bytes.length - from + 4 * count);
  for (let i = 0; i < count; i++) {
    const prefix = prefixes.next();
    const suffix = suffixes.next();
    if (prefix < 0 || prefix > builder.lastLength) {
      throw new Problem('a value shares more with the one before than that has');
    }
    if (suffix < 0 || suffix > bytes.length - at) throw new Problem('its values end within a value');
    if (width !== null && prefix + suffix !== width)
      throw new Problem(`a value has ${prefix + suffix} bytes`);
    builder.add(prefix, bytes, at, suffix);
    at += suffix;
    if (builder.full || i === count - 1) {
      const block = builder.take();
      yield width === null ? block : fixedBlock(block, width);
    }
  }
  if (at < bytes.length) throw new Problem(`${bytes.length - at} bytes are left over behind the last value`);
}

function fixedBlock({ count, bytes, starts }: BytesBlock, width: number): FixedBlock {
  const out = new Uint8Array(count * width);
  for (let i = 0; i < count; i++) out.set(bytes.subarray(starts[i]!, starts[i]! + width), i * width);
  return { kind: 'fixed', count, width, bytes: out };
}

/** All first bytes, then all second bytes, and so on. */
function* splitStreams({ bytes, from, count }: EncodedValues, width: number): Generator<Block> {
  checkLength(bytes.length - from, count * width);
  const out = new Uint8Array(Math.min(count, BLOCK_VALUES) * width);
  for (let done = 0; done < count; done += BLOCK_VALUES) {
    const size = Math.min(BLOCK_VALUES, count - done);
    for (let stream = 0; stream < width; stream++) {
      const start = from + stream * count + done;
      for (let i = 0; i < size; i++) out[i * width + stream] = bytes[start + i]!;
    }
    yield { kind: 'fixed', count: size, width, bytes: out.subarray(0, size * width) };
  }
}
