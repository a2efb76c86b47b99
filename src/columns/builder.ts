import type { Column } from './column.ts';

/** What all builders share: the validity bitmap, all ones until a slot is found to be null, and the spare columns. */
export abstract class Builder<C extends Column> {
  /** Slots that there is room for: a multiple of 8. */
  capacity: number;
  validity: Uint8Array;
  nullCount = 0;
  /** Of a nested builder: slots in use. Those of a top-level one are counted by the decoder. */
  length = 0;
  readonly #spares: C[] = [];

  constructor(capacity: number) {
    this.capacity = wholeBytes(capacity);
    this.validity = newBitmap(this.capacity, 0xff);
  }

  /** Makes room for `slots` more slots of a nested builder. */
  reserve(slots: number): void {
    if (this.length + slots <= this.capacity) return;
    this.capacity = wholeBytes(Math.max(this.length + slots, 2 * this.capacity));
    this.validity = enlarged(this.validity, this.capacity / 8, 0xff);
    this.grow();
  }

  /** Makes slot `i` null. */
  setNull(i: number): void {
    this.validity[i >> 3]! &= ~(1 << (i & 7));
    this.nullCount++;
  }

  /** Hands out the first `length` slots as a column and starts an empty one. */
  take(length: number): C {
    const column = this.build(length);
    const spare = this.#spare();
    this.nullCount = 0;
    this.length = 0;
    if (spare === undefined) {
      this.validity = newBitmap(this.capacity, 0xff);
    } else {
      this.validity = spare.validity;
      if (spare.nullCount > 0) this.validity.fill(0xff);
    }
    this.start(spare);
    return column;
  }

  /** Gives back a column that `take` handed out and that nobody reads any more. */
  recycle(column: C): void {
    this.#spares.push(column);
    this.recycleChildren(column);
  }

  /** A column that may be used again: those from before the builder grew are too small. */
  #spare(): C | undefined {
    let spare = this.#spares.pop();
    while (spare !== undefined && 8 * spare.validity.length < this.capacity) spare = this.#spares.pop();
    return spare;
  }

  protected abstract build(length: number): C;
  protected abstract start(spare: C | undefined): void;
  protected abstract grow(): void;
  protected recycleChildren(_column: C): void {}
}

/** Gives a column back to the builder that it came from. */
export function recycle(builder: { recycle(column: never): void }, column: Column): void {
  (builder as { recycle(column: Column): void }).recycle(column);
}

/** Slots whose bits fill whole bytes, so that a bitmap's length says how many slots there are. */
function wholeBytes(slots: number): number {
  return (slots + 7) & ~7;
}

/** A bitmap of so many slots, each of its bytes the same. */
export function newBitmap(slots: number, byte: number): Uint8Array {
  return new Uint8Array(slots / 8).fill(byte);
}

/** A larger copy, whose added bytes are `fill`. */
export function enlarged(bytes: Uint8Array, length: number, fill: number): Uint8Array {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return fill === 0 ? larger : larger.fill(fill, bytes.length);
}

/** A larger copy, with room for the offsets of `capacity` slots. */
export function enlargedOffsets(offsets: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity + 1);
  larger.set(offsets);
  return larger;
}
