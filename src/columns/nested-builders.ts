import { Builder, enlargedOffsets, recycle } from './builder.ts';
import type { BytesBuilder } from './bytes-builder.ts';
import type { ListColumn, StructColumn } from './column.ts';
import type { BitBuilder, FixedBuilder } from './fixed-builders.ts';

/**
 * Builders fill a column slot by slot; the generated decoder writes to their typed arrays directly. A builder owns its
 * arrays until `take` hands them out as a column; `recycle` gives them back for the next batch, so that a steady export
 * allocates nothing. A top-level builder has the slots it was made with; a nested one grows by `reserve`.
 */
export type ColumnBuilder = BitBuilder | FixedBuilder | BytesBuilder | ListBuilder | StructBuilder;

/** Lists. The decoder appends to `child`, then writes `offsets[slot + 1] = child.length`. */
export class ListBuilder extends Builder<ListColumn> {
  offsets: Int32Array;
  readonly child: ColumnBuilder;

  constructor(child: ColumnBuilder, capacity: number) {
    super(capacity);
    this.child = child;
    this.offsets = new Int32Array(this.capacity + 1);
  }

  protected build(length: number): ListColumn {
    const { nullCount, validity, offsets } = this;
    return { layout: 'list', length, nullCount, validity, offsets, child: this.child.take(offsets[length]!) };
  }

  protected start(spare: ListColumn | undefined): void {
    this.offsets = spare?.offsets ?? new Int32Array(this.capacity + 1);
  }

  protected grow(): void {
    this.offsets = enlargedOffsets(this.offsets, this.capacity);
  }

  protected override recycleChildren(column: ListColumn): void {
    recycle(this.child, column.child);
  }
}

/** Structs. The decoder stores into the same slot of each child. */
export class StructBuilder extends Builder<StructColumn> {
  readonly children: readonly ColumnBuilder[];

  constructor(children: readonly ColumnBuilder[], capacity: number) {
    super(capacity);
    this.children = children;
  }

  override reserve(slots: number): void {
    super.reserve(slots);
    for (const child of this.children) {
      child.length = this.length;
      child.reserve(slots);
    }
  }

  protected build(length: number): StructColumn {
    const { nullCount, validity } = this;
    return {
      layout: 'struct',
      length,
      nullCount,
      validity,
      children: this.children.map((child) => child.take(length)),
    };
  }

  protected start(): void {}

  protected grow(): void {}

  protected override recycleChildren(column: StructColumn): void {
    this.children.forEach((child, i) => {
      recycle(child, column.children[i]!);
    });
  }
}
