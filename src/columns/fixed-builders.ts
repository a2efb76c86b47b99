import { Builder, enlarged, newBitmap } from './builder.ts';
import type { BitColumn, FixedColumn } from './column.ts';

/** Booleans; the bits start at zero. */
export class BitBuilder extends Builder<BitColumn> {
  values: Uint8Array;

  constructor(capacity: number) {
    super(capacity);
    this.values = newBitmap(this.capacity, 0);
  }

  protected build(length: number): BitColumn {
    const { nullCount, validity, values } = this;
    return { layout: 'bits', length, nullCount, validity, values };
  }

  protected start(spare: BitColumn | undefined): void {
    this.values = spare?.values.fill(0) ?? newBitmap(this.capacity, 0);
  }

  protected grow(): void {
    this.values = enlarged(this.values, this.capacity / 8, 0);
  }
}

/** Values of one width. `values` is an Int16Array for 2 bytes, otherwise an Int32Array of words, the lowest first. */
export class FixedBuilder extends Builder<FixedColumn> {
  readonly byteWidth: number;
  values: Int16Array | Int32Array;

  constructor(byteWidth: number, capacity: number) {
    super(capacity);
    this.byteWidth = byteWidth;
    this.values = this.#view(new ArrayBuffer(byteWidth * this.capacity));
  }

  protected build(length: number): FixedColumn {
    const { byteWidth, nullCount, validity } = this;
    const values = new Uint8Array(this.values.buffer);
    return { layout: 'fixed', byteWidth, length, nullCount, validity, values };
  }

  protected start(spare: FixedColumn | undefined): void {
    this.values = this.#view(spare?.values.buffer ?? new ArrayBuffer(this.byteWidth * this.capacity));
  }

  protected grow(): void {
    const larger = enlarged(new Uint8Array(this.values.buffer), this.byteWidth * this.capacity, 0);
    this.values = this.#view(larger.buffer);
  }

  #view(buffer: ArrayBufferLike): Int16Array | Int32Array {
    return this.byteWidth === 2 ? new Int16Array(buffer) : new Int32Array(buffer);
  }
}
