import type { Column, FixedColumn } from '../../columns/column.ts';
import { BytesDictionary } from '../dictionary/dictionary-bytes.ts';
import { FixedDictionary } from '../dictionary/dictionary-fixed.ts';
import type { DictionaryBudget } from '../dictionary/dictionary-memory.ts';
import { splitByteStreams } from '../encodings/byte-stream-split.ts';
import { encodeDeltas32, encodeDeltas64 } from '../encodings/delta-binary-packed.ts';
import { Encoding } from '../encodings/value-encodings.ts';
import type { PageBuffer } from '../memory/page-buffer.ts';
import type { Scratch } from '../memory/scratch.ts';
import type { LeafType } from '../schema/leaf-type.ts';
import { addBytes, addFloats, addIntegers, type BloomFilter } from '../statistics/bloom-filter.ts';
import type { Bounds } from '../statistics/bounds.ts';
import { compact4, compact8, compactBytes } from './compact.ts';
import { bigEndian, lowBytes, widen } from './convert.ts';
import type { LeafValues } from './leaf-values.ts';
import { isScanned, scanFixed, scanNumbers } from './scan.ts';

/** Values of one width: numbers, dates and times, decimals, UUIDs. */
export class FixedValues implements LeafValues {
  count = 0;
  readonly byteArrayBytes = 0;
  readonly dictionary: FixedDictionary | BytesDictionary;
  private readonly type: LeafType;
  private readonly scratch: Scratch;
  /** PLAIN values of the page, aligned to 8 bytes. */
  private values: Uint8Array = new Uint8Array(0);
  /** Offsets of values of this width, for the dictionary of byte strings. */
  private strides = new Int32Array(0);

  constructor(type: LeafType, scratch: Scratch, budget: DictionaryBudget) {
    this.type = type;
    this.scratch = scratch;
    this.dictionary = isWords(type)
      ? new FixedDictionary(type.byteWidth as 4 | 8, scratch.kernels, budget)
      : new BytesDictionary(0, scratch.kernels, budget);
  }

  get plainBytes(): number {
    return this.count * this.type.byteWidth;
  }

  load(column: Column, validity: Uint8Array, nullCount: number): void {
    const fixed = column as FixedColumn;
    this.count = column.length - nullCount;
    if (this.count === 0) {
      return;
    }
    this.scratch.reserveValues(column.length);
    let source = fixed.values;
    let width = fixed.byteWidth;
    if (this.type.conversion === 'widen') {
      source = this.widened(fixed);
      width = 4;
    }
    if (nullCount > 0) {
      source = this.compacted(source, width, validity, column.length);
    }
    this.values = this.converted(source, width);
    if (isWords(this.type)) this.scratch.kernels.loadValues(this.values, this.plainBytes);
  }

  scan(bounds: Bounds): void {
    const { values, count } = this;
    const { order, byteWidth } = this.type;
    if (isScanned(order)) {
      scanNumbers(this.scratch.kernels, count, byteWidth, order, bounds);
    } else {
      const view = new DataView(values.buffer, values.byteOffset);
      scanFixed(view, count, byteWidth, order === 'signed_bytes', bounds);
    }
  }

  write(encoding: number, out: PageBuffer, at: number): number {
    const { count, plainBytes } = this;
    const wordsPerValue = this.type.byteWidth >> 2;
    switch (encoding) {
      case Encoding.deltaBinaryPacked:
        return wordsPerValue === 1
          ? encodeDeltas32(out, at, this.words(), count)
          : encodeDeltas64(out, at, this.words(), count);
      case Encoding.byteStreamSplit:
        return splitByteStreams(out, at, this.words(), count, wordsPerValue);
      default:
        out.bytes.set(this.values.subarray(0, plainBytes), at);
        return at + plainBytes;
    }
  }

  encode(from: number, to: number): boolean {
    const { dictionary, values, count } = this;
    return dictionary instanceof FixedDictionary
      ? dictionary.encode(from, to)
      : dictionary.encode(values, this.stridesFor(count), from, to);
  }

  addTo(filter: BloomFilter): void {
    const { values, count } = this;
    if (this.dictionary instanceof FixedDictionary) {
      this.addWords(filter, this.words());
    } else {
      const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
      addBytes(filter, view, this.stridesFor(count), count);
    }
  }

  addEntriesTo(filter: BloomFilter): void {
    const { dictionary } = this;
    if (dictionary instanceof FixedDictionary) {
      this.addWords(filter, dictionary.words);
    } else {
      addBytes(filter, dictionary.view, dictionary.offsets, dictionary.count);
    }
  }

  private addWords(filter: BloomFilter, words: Int32Array): void {
    const { order, byteWidth } = this.type;
    const add = order === 'float' || order === 'double' ? addFloats : addIntegers;
    add(filter, words, byteWidth >> 2);
  }

  /** The values as words, for types whose values are one or two of them. */
  private words(): Int32Array {
    return new Int32Array(this.values.buffer, this.values.byteOffset, this.plainBytes >> 2);
  }

  private widened({ values, byteWidth, length }: FixedColumn): Uint8Array {
    const memory = this.scratch.memory(0, 4 * length);
    widen(values, byteWidth, this.type.order === 'int32', new Int32Array(memory, 0, length));
    return new Uint8Array(memory);
  }

  private compacted(source: Uint8Array, width: number, validity: Uint8Array, slots: number): Uint8Array {
    const memory = this.scratch.memory(1, slots * width);
    if (width === 4) {
      compact4(
        new Int32Array(source.buffer, source.byteOffset, slots),
        validity,
        slots,
        new Int32Array(memory),
      );
    } else if (width === 8) {
      const words = new Int32Array(source.buffer, source.byteOffset, 2 * slots);
      compact8(words, validity, slots, new Int32Array(memory));
    } else {
      compactBytes(source, validity, slots, width, new Uint8Array(memory));
    }
    return new Uint8Array(memory);
  }

  private converted(source: Uint8Array, sourceWidth: number): Uint8Array {
    const { conversion, byteWidth } = this.type;
    const { count } = this;
    if (conversion !== 'low_bytes' && conversion !== 'big_endian') {
      return source;
    }
    const memory = this.scratch.memory(0, count * byteWidth);
    if (conversion === 'big_endian') {
      bigEndian(source, count, new Uint8Array(memory), byteWidth);
    } else {
      const words = new Int32Array(source.buffer, source.byteOffset, (count * sourceWidth) >> 2);
      lowBytes(words, sourceWidth >> 2, count, new Int32Array(memory), byteWidth >> 2);
    }
    return new Uint8Array(memory);
  }

  private stridesFor(count: number): Int32Array {
    if (count >= this.strides.length) {
      this.strides = Int32Array.from({ length: count + 1 }, (_, i) => i * this.type.byteWidth);
    }
    return this.strides;
  }
}

/** Whether the values are one or two words, compared by their bits. */
function isWords(type: LeafType): boolean {
  return type.order !== 'signed_bytes' && type.order !== 'unsigned_bytes';
}
