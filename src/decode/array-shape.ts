import type { ColumnBuilder, ListBuilder } from '../columns/builders.ts';
import type { Unrepresentable } from '../types/pg-type.ts';

/** Postgres allows this many dimensions (MAXDIM). */
const MAX_DIMENSIONS = 6;
/** ndim, flags, element type: int32 each. */
const HEADER = 12;

/** How many elements the array at hand has in each dimension, and what its subscripts begin with. */
export class ArrayShape {
  dimensions = 0;
  readonly sizes = new Int32Array(MAX_DIMENSIONS);
  readonly lowerBounds = new Int32Array(MAX_DIMENSIONS);
  /** Number of elements, and in the binary format where they begin. */
  count = 0;
  start = 0;

  /** Reads the head of an array's binary form (array_send) at `v[p … p + n]`; false if it is none. */
  read(v: DataView, p: number, n: number): boolean {
    if (n < HEADER) return false;
    const dimensions = v.getInt32(p);
    this.dimensions = dimensions;
    this.start = p + HEADER + 8 * dimensions;
    if (dimensions < 0 || dimensions > MAX_DIMENSIONS || this.start > p + n) return false;
    this.count = dimensions === 0 ? 0 : 1;
    for (let d = 0; d < dimensions; d++) {
      const size = v.getInt32(p + HEADER + 8 * d);
      this.sizes[d] = size;
      this.lowerBounds[d] = v.getInt32(p + HEADER + 8 * d + 4);
      this.count *= size;
      if (size < 0) return false;
    }
    // An empty int2vector or oidvector has a dimension all the same.
    if (this.count === 0) {
      this.dimensions = 0;
      return this.start === p + n;
    }
    // Each element has at least its length.
    return this.count <= (p + n - this.start) / 4;
  }

  /** Why the array does not fit a column of lists `dimensions` deep; null if it does. The empty array always does. */
  misfit(dimensions: number, lowerBound: number): Unrepresentable | null {
    if (this.dimensions === 0) return null;
    if (this.dimensions !== dimensions) return 'dimensions';
    for (let d = 0; d < dimensions; d++) if (this.lowerBounds[d] !== lowerBound) return 'lowerBound';
    return null;
  }

  /**
   * Makes the lists between the column's and the elements, and room for the elements; `list` is the column's builder.
   * Slots of inner lists are counted by their `length`.
   */
  open(list: ListBuilder): void {
    let outer: ColumnBuilder = list.child;
    let slots = 1;
    for (let d = 1; d < this.dimensions; d++) {
      const inner = outer as ListBuilder;
      slots *= this.sizes[d - 1]!;
      inner.reserve(slots);
      const first = inner.child.length;
      for (let i = 1; i <= slots; i++) {
        inner.offsets[inner.length + i] = first + i * this.sizes[d]!;
      }
      inner.length += slots;
      outer = inner.child;
    }
    outer.reserve(this.count);
  }
}
