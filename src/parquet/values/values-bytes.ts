import type { BytesColumn, Column } from '../../columns/column.ts';
import { BytesDictionary } from '../dictionary/dictionary-bytes.ts';
import type { DictionaryBudget } from '../dictionary/dictionary-memory.ts';
import { encodeDeltaLengths, encodeDeltaStrings } from '../encodings/delta-byte-array.ts';
import { encodePlainBytes, plainBytesSize } from '../encodings/plain.ts';
import { Encoding } from '../encodings/value-encodings.ts';
import type { PageBuffer } from '../memory/page-buffer.ts';
import type { Scratch } from '../memory/scratch.ts';
import type { LeafType } from '../schema/leaf-type.ts';
import { addBytes, type BloomFilter } from '../statistics/bloom-filter.ts';
import type { Bounds } from '../statistics/bounds.ts';
import { bytesInNullSlots, compactOffsets, gatherBytes } from './compact.ts';
import type { LeafValues } from './leaf-values.ts';
import { scanBytes, scanEntries } from './scan.ts';

/** Strings and byte arrays. */
export class BytesValues implements LeafValues {
  count = 0;
  readonly dictionary: BytesDictionary;
  private readonly text: boolean;
  private readonly scratch: Scratch;
  private bytes: Uint8Array = new Uint8Array(0);
  /** The same. */
  private view: DataView = new DataView(new ArrayBuffer(0));
  private offsets: Int32Array = new Int32Array(1);

  constructor(type: LeafType, scratch: Scratch, budget: DictionaryBudget) {
    this.text = type.convertedType !== undefined;
    this.scratch = scratch;
    this.dictionary = new BytesDictionary(4, scratch.kernels, budget);
  }

  get plainBytes(): number {
    return plainBytesSize(this.offsets, this.count);
  }

  get byteArrayBytes(): number {
    return this.plainBytes - 4 * this.count;
  }

  load(column: Column, validity: Uint8Array, nullCount: number): void {
    const { data, offsets, length } = column as BytesColumn;
    const { scratch } = this;
    if (nullCount === length) {
      this.count = 0;
      return;
    }
    scratch.reserveValues(length);
    let bytes = data;
    if (nullCount === 0) {
      this.offsets = offsets;
      this.count = length;
    } else if (
      // Null slots of a column are empty; those of a null struct's members need not be.
      validity === column.validity ||
      bytesInNullSlots(offsets, validity, length) === 0
    ) {
      this.offsets = scratch.offsets;
      this.count = compactOffsets(offsets, validity, length, this.offsets);
    } else {
      bytes = new Uint8Array(scratch.memory(0, data.length));
      this.offsets = scratch.offsets;
      this.count = gatherBytes(data, offsets, validity, length, bytes, this.offsets);
    }
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  scan(bounds: Bounds, encoded: boolean): void {
    const { bytes, view, offsets, count, text, dictionary } = this;
    if (encoded) scanEntries(dictionary, count, text, bounds);
    else scanBytes(this.scratch.kernels, bytes, view, offsets, count, text, bounds);
  }

  write(encoding: number, out: PageBuffer, at: number): number {
    const { bytes, view, offsets, count } = this;
    switch (encoding) {
      case Encoding.deltaLengthByteArray:
        return encodeDeltaLengths(out, at, view, offsets, count);
      case Encoding.deltaByteArray:
        return encodeDeltaStrings(out, at, view, offsets, count);
      default:
        return encodePlainBytes(out, at, this.scratch.kernels, bytes, offsets, count);
    }
  }

  encode(from: number, to: number): boolean {
    return this.dictionary.encode(this.bytes, this.offsets, from, to);
  }

  addTo(filter: BloomFilter): void {
    addBytes(filter, this.view, this.offsets, this.count);
  }

  addEntriesTo(filter: BloomFilter): void {
    const { view, offsets, count } = this.dictionary;
    addBytes(filter, view, offsets, count);
  }
}
