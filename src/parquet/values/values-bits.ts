import type { BitColumn, Column } from '../../columns/column.ts';
import { copyBits } from '../encodings/rle.ts';
import type { PageBuffer } from '../memory/page-buffer.ts';
import type { Scratch } from '../memory/scratch.ts';
import type { Bounds } from '../statistics/bounds.ts';
import { compactBits } from './compact.ts';
import type { LeafValues } from './leaf-values.ts';
import { scanBits } from './scan.ts';

/** Booleans: PLAIN is one bit each, and nothing else would be shorter. */
export class BitValues implements LeafValues {
  count = 0;
  readonly byteArrayBytes = 0;
  readonly dictionary = null;
  private readonly scratch: Scratch;
  private bits = new Uint8Array(0);

  constructor(scratch: Scratch) {
    this.scratch = scratch;
  }

  get plainBytes(): number {
    return (this.count + 7) >> 3;
  }

  load(column: Column, validity: Uint8Array, nullCount: number): void {
    const { values, length } = column as BitColumn;
    this.bits = new Uint8Array(this.scratch.memory(0, (length >> 3) + 1));
    if (nullCount === 0) {
      this.count = length;
      copyBits(values, length, this.bits, 0);
    } else {
      this.count = compactBits(values, validity, length, this.bits);
    }
  }

  scan(bounds: Bounds): void {
    scanBits(this.bits, this.count, bounds);
  }

  write(_encoding: number, out: PageBuffer, at: number): number {
    out.bytes.set(this.bits.subarray(0, this.plainBytes), at);
    return at + this.plainBytes;
  }

  encode(): boolean {
    return false;
  }

  /** The format has no bloom filters for booleans. */
  addTo(): void {}

  addEntriesTo(): void {}
}
