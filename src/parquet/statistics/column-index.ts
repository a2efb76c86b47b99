import { CompactWriter, ThriftType } from '../file/thrift.ts';
import { PageBuffer } from '../memory/page-buffer.ts';
import type { SortOrder } from '../schema/leaf-type.ts';
import type { Bounds } from './bounds.ts';
import { compareBounds } from './bounds.ts';

const BoundaryOrder = { unordered: 0, ascending: 1, descending: 2 } as const;

/** Collects the bounds and null counts of a chunk's pages (Parquet format, PageIndex.md). */
export class ColumnIndexBuilder {
  private readonly order: SortOrder;
  private readonly mins = new ByteStrings();
  private readonly maxs = new ByteStrings();
  private readonly nullPages: boolean[] = [];
  private readonly nullCounts: number[] = [];
  /** Whether every page so far is all null or has bounds. */
  private complete = true;

  constructor(order: SortOrder) {
    this.order = order;
  }

  /** Adds a page with `values` values that are not null; `bounds` are not looked at where there are none. */
  add(values: number, nulls: number, bounds: Bounds): void {
    const allNull = values === 0;
    const known = !allNull && bounds.known;
    this.complete &&= allNull || known;
    this.nullPages.push(allNull);
    this.nullCounts.push(nulls);
    this.mins.push(bounds.min, known ? bounds.minLength : 0);
    this.maxs.push(bounds.max, known ? bounds.maxLength : 0);
  }

  /** The serialized `ColumnIndex`, or null where some page has values but no bounds; starts afresh then. */
  take(): Uint8Array<ArrayBuffer> | null {
    const taken = this.complete ? this.serialize() : null;
    this.complete = true;
    this.nullPages.length = 0;
    this.nullCounts.length = 0;
    this.mins.clear();
    this.maxs.clear();
    return taken;
  }

  private serialize(): Uint8Array<ArrayBuffer> {
    const out = new CompactWriter();
    const pages = this.nullPages.length;
    out.fieldList(1, ThriftType.true, pages);
    for (const nullPage of this.nullPages) {
      out.bool(nullPage);
    }
    out.fieldList(2, ThriftType.binary, pages);
    this.mins.forEach((value) => {
      out.binary(value);
    });
    out.fieldList(3, ThriftType.binary, pages);
    this.maxs.forEach((value) => {
      out.binary(value);
    });
    out.fieldI32(4, this.boundaryOrder());
    out.fieldList(5, ThriftType.i64, pages);
    for (const nulls of this.nullCounts) {
      out.integer(nulls);
    }
    out.endStruct();
    return out.take();
  }

  /** Whether both minima and maxima only rise, or only fall, from page to page; null pages do not count. */
  private boundaryOrder(): number {
    let ascending = true;
    let descending = true;
    let before = -1;
    this.nullPages.forEach((nullPage, page) => {
      if (nullPage) {
        return;
      }
      if (before >= 0) {
        const low = this.mins.compare(this.order, before, page);
        const high = this.maxs.compare(this.order, before, page);
        ascending &&= low <= 0 && high <= 0;
        descending &&= low >= 0 && high >= 0;
      }
      before = page;
    });
    return ascending
      ? BoundaryOrder.ascending
      : descending
        ? BoundaryOrder.descending
        : BoundaryOrder.unordered;
  }
}

/** A list of byte strings in one buffer. */
class ByteStrings {
  private readonly buffer = new PageBuffer(64);
  private readonly ends: number[] = [];

  push(bytes: Uint8Array, length: number): void {
    const start = this.ends.at(-1) ?? 0;
    this.buffer.reserve(start + length, start);
    this.buffer.bytes.set(bytes.subarray(0, length), start);
    this.ends.push(start + length);
  }

  forEach(visit: (value: Uint8Array) => void): void {
    let start = 0;
    for (const end of this.ends) {
      visit(this.buffer.bytes.subarray(start, end));
      start = end;
    }
  }

  compare(order: SortOrder, a: number, b: number): number {
    const { view } = this.buffer;
    const aStart = this.ends[a - 1] ?? 0;
    const bStart = this.ends[b - 1] ?? 0;
    return compareBounds(order, view, aStart, this.ends[a]! - aStart, view, bStart, this.ends[b]! - bStart);
  }

  clear(): void {
    this.ends.length = 0;
  }
}
