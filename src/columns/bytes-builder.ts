import { Builder, enlargedOffsets } from './builder.ts';
import type { BytesColumn } from './column.ts';

const INITIAL_DATA_BYTES = 1 << 12;
/** Where the runtime's own copy becomes faster than a loop of words (measured: at some 200 bytes). */
const LONG_COPY = 192;
/** A copy in words of 8 bytes may write this much beyond the value; the next one overwrites it. */
const SLACK = 8;
/** Arrow's utf8 and binary types have 32-bit offsets. */
const MAX_DATA_BYTES = 0x7fffffff;

/** Variable-length values. The decoder appends a value, then writes `offsets[slot + 1] = end`. */
export class BytesBuilder extends Builder<BytesColumn> {
  offsets: Int32Array;
  data: Uint8Array = new Uint8Array(INITIAL_DATA_BYTES);
  /** Bytes of `data` in use. */
  end = 0;
  /** The same bytes, for stores of several at once. */
  view = viewOf(this.data);

  constructor(capacity: number) {
    super(capacity);
    this.offsets = new Int32Array(this.capacity + 1);
  }

  /** Makes slots 0 … `slots` - 1 null that were only counted as such. */
  endLeadingNulls(slots: number): void {
    const whole = slots >> 3;
    this.validity.fill(0, 0, whole);
    if ((slots & 7) > 0) this.validity[whole]! &= 0xff << (slots & 7);
    this.offsets.fill(0, 0, slots + 1);
  }

  /** Makes room for `n` more bytes. */
  reserveBytes(n: number): void {
    if (this.end + n > this.data.length) this.#growData(n);
  }

  /** Appends `b[p … p + n]`. */
  append(b: Uint8Array, p: number, n: number): void {
    this.reserveBytes(n);
    this.data.set(b.subarray(p, p + n), this.end);
    this.end += n;
  }

  /**
   * Appends `b[p … p + n]`, of which `v` is a view: in words of 8 bytes, which takes 6 to 10 ns for usual strings where
   * `set` takes 40 and a loop by byte 1 for each byte.
   */
  appendWords(b: Uint8Array, v: DataView, p: number, n: number): void {
    if (n > LONG_COPY || p + n + SLACK > v.byteLength) {
      this.append(b, p, n);
      return;
    }
    const at = this.end;
    if (at + n + SLACK > this.data.length) this.#growData(n + SLACK);
    const to = this.view;
    for (let i = 0; i < n; i += 8) to.setBigUint64(at + i, v.getBigUint64(p + i, true), true);
    this.end = at + n;
  }

  #growData(n: number): void {
    const needed = this.end + n;
    if (needed > MAX_DATA_BYTES) throw new RangeError('a batch of one column exceeds 2 GiB');
    const larger = new Uint8Array(Math.min(Math.max(needed, this.data.length * 2), MAX_DATA_BYTES));
    larger.set(this.data.subarray(0, this.end));
    this.#setData(larger);
  }

  #setData(data: Uint8Array): void {
    this.data = data;
    this.view = viewOf(data);
  }

  protected build(length: number): BytesColumn {
    if (this.nullCount === length) this.endLeadingNulls(length);
    const { nullCount, validity, offsets, data } = this;
    return { layout: 'bytes', length, nullCount, validity, offsets, data };
  }

  protected start(spare: BytesColumn | undefined): void {
    this.end = 0;
    this.offsets = spare?.offsets ?? new Int32Array(this.capacity + 1);
    this.#setData(spare?.data ?? new Uint8Array(INITIAL_DATA_BYTES));
  }

  protected grow(): void {
    this.offsets = enlargedOffsets(this.offsets, this.capacity);
  }
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.length);
}
