import { MAX_BOUND_BYTES } from '../../parquet/statistics/bounds.ts';
import type { FileBytes } from '../file-bytes.ts';
import type { FileContext } from '../file-context.ts';
import { Problem } from '../problem.ts';
import type { Leaf } from '../schema/file-schema.ts';
import { comparison } from '../schema/value-order.ts';
import { CompactReader } from '../thrift/compact-reader.ts';
import type { Kind } from '../thrift/kinds.ts';
import {
  type ColumnChunk,
  type ColumnIndex,
  columnIndexKind,
  type OffsetIndex,
  offsetIndexKind,
} from '../thrift/metadata.ts';
import { checkBound, checkExact, checkNullCount, type Found } from './statistics.ts';

/** A data page as it was found. */
export interface FoundPage extends Found {
  readonly offset: number;
  /** Bytes in the file, the header included. */
  readonly size: number;
  readonly firstRow: number;
  readonly startsRow: boolean;
  readonly definitions: Float64Array;
  readonly repetitions: Float64Array;
  /** Bytes of byte arrays, without lengths; null where the writer may count them otherwise. */
  readonly byteArrayBytes: number | null;
}

/** A range of the file. */
export interface Range {
  readonly from: number;
  readonly end: number;
  readonly what: string;
}

const BoundaryOrder = { unordered: 0, ascending: 1, descending: 2 } as const;

/** The page index of one chunk (Parquet format, PageIndex.md), held against its pages one by one. */
export class PageIndexCheck {
  readonly ranges: readonly Range[];
  readonly hasColumnIndex: boolean;
  readonly #columns: ColumnIndex | null;
  readonly #offsets: OffsetIndex | null;
  readonly #leaf: Leaf;
  readonly #context: FileContext;
  #pages = 0;
  /** The last page with bounds, for the boundary order. */
  #before = -1;

  private constructor(
    columns: ColumnIndex | null,
    offsets: OffsetIndex | null,
    ranges: readonly Range[],
    leaf: Leaf,
    context: FileContext,
  ) {
    this.#columns = columns;
    this.#offsets = offsets;
    this.ranges = ranges;
    this.#leaf = leaf;
    this.#context = context;
    this.hasColumnIndex = columns !== null;
    if (columns !== null) checkLists(columns, leaf);
  }

  /** Reads the indexes that the chunk has. */
  static async read(
    file: FileBytes,
    chunk: ColumnChunk,
    leaf: Leaf,
    context: FileContext,
  ): Promise<PageIndexCheck> {
    const ranges: Range[] = [];
    const read = async <T>(
      kind: Kind<T>,
      what: string,
      offset: number | undefined,
      length: number | undefined,
    ): Promise<T | null> => {
      if (offset === undefined && length === undefined) return null;
      if (offset === undefined || length === undefined)
        throw new Problem(`the ${what} has an offset or a length only`);
      try {
        if (length < 0 || offset + length > context.footerStart)
          throw new Problem('it is not before the footer');
        const reader = new CompactReader(await file.at(offset, length), 0, context.unknownFields);
        const index = kind.read(reader);
        if (reader.remaining > 0) throw new Problem(`${reader.remaining} bytes are left over`);
        ranges.push({ from: offset, end: offset + length, what });
        return index;
      } catch (error) {
        throw error instanceof Problem ? error.at({ part: what }) : error;
      }
    };
    const { column_index_offset: columnAt, column_index_length: columnLength } = chunk;
    // The views in the column index would not outlive the next read.
    const columns = copied(await read(columnIndexKind, 'column index', columnAt, columnLength));
    const { offset_index_offset: offsetAt, offset_index_length: offsetLength } = chunk;
    const offsets = await read(offsetIndexKind, 'offset index', offsetAt, offsetLength);
    return new PageIndexCheck(columns, offsets, ranges, leaf, context);
  }

  /** Checks what the indexes say of the next data page. Throws `Problem`. */
  check(page: FoundPage): void {
    const i = this.#pages++;
    if (this.#columns !== null) this.#checkColumnIndex(this.#columns, i, page);
    if (this.#offsets !== null) checkOffsetIndex(this.#offsets, i, page);
  }

  /** To be called behind the last page. */
  finish(): void {
    const [columns, offsets] = [this.#columns?.null_pages.length, this.#offsets?.page_locations.length];
    for (const [what, count] of [['column index', columns] as const, ['offset index', offsets] as const]) {
      if (count !== undefined && count !== this.#pages) {
        throw new Problem(`it has ${count} pages, the chunk ${this.#pages}`, { part: what });
      }
    }
  }

  #checkColumnIndex(index: ColumnIndex, i: number, page: FoundPage): void {
    const part = { part: 'column index' };
    const isNull = index.null_pages[i];
    if (isNull === undefined) throw new Problem(`it has only ${i} pages`, part);
    if (isNull !== (page.nulls === page.entries)) {
      throw new Problem(
        isNull ? 'it says that the page is all null' : 'it does not say that the page is all null',
        part,
      );
    }
    try {
      const nulls = index.null_counts?.[i];
      if (nulls !== undefined) checkNullCount(nulls, page, this.#leaf, this.#context);
      checkHistogram(index.definition_level_histograms, i, page.definitions);
      checkHistogram(index.repetition_level_histograms, i, page.repetitions);
      if (!isNull) this.#checkBounds(index, i, page);
    } catch (error) {
      throw error instanceof Problem ? error.at(part) : error;
    }
  }

  #checkBounds(index: ColumnIndex, i: number, page: FoundPage): void {
    const order = this.#context.orderOf(this.#leaf);
    if (order === null) {
      this.#context.notChecked.add(`minimum and maximum of ${this.#leaf.name}`);
      return;
    }
    const [min, max] = [index.min_values[i]!, index.max_values[i]!];
    for (const [side, bound] of [['min', min] as const, ['max', max] as const]) {
      checkBound(side, bound, page, order);
      if (this.#context.own && page[side]!.length <= MAX_BOUND_BYTES) checkExact(side, bound, page, order);
    }
    const before = this.#before;
    this.#before = i;
    if (before < 0 || index.boundary_order === BoundaryOrder.unordered) return;
    const compare = comparison(order);
    const rises = [compare(index.min_values[before]!, min), compare(index.max_values[before]!, max)];
    const ascending = index.boundary_order === BoundaryOrder.ascending;
    if (rises.some((difference) => (ascending ? difference > 0 : difference < 0))) {
      throw new Problem(`its pages are not ${ascending ? 'ascending' : 'descending'}, as it says`);
    }
  }
}

function copied(index: ColumnIndex | null): ColumnIndex | null {
  if (index === null) return null;
  const copies = (values: readonly Uint8Array[]) => values.map((value) => value.slice());
  return { ...index, min_values: copies(index.min_values), max_values: copies(index.max_values) };
}

function checkLists(index: ColumnIndex, leaf: Leaf): void {
  const pages = index.null_pages.length;
  const lengths: readonly (readonly [readonly unknown[] | undefined, number])[] = [
    [index.min_values, pages],
    [index.max_values, pages],
    [index.null_counts, pages],
    [index.definition_level_histograms, pages * (leaf.maxDefinition + 1)],
    [index.repetition_level_histograms, pages * (leaf.maxRepetition + 1)],
  ];
  for (const [list, length] of lengths) {
    // Histograms that would say nothing may be empty.
    if (list !== undefined && list.length !== length && list.length !== 0) {
      throw new Problem(`a list has ${list.length} elements where ${length} are expected`, {
        part: 'column index',
      });
    }
  }
  if (![0, 1, 2].includes(index.boundary_order)) {
    throw new Problem(`there is no boundary order ${index.boundary_order}`, { part: 'column index' });
  }
}

/** Checks a histogram of levels; of several pages, the part that begins with page `i`. */
export function checkHistogram(
  histogram: readonly number[] | undefined,
  i: number,
  found: Float64Array,
): void {
  if (histogram === undefined || histogram.length === 0) return;
  found.forEach((count, level) => {
    const stated = histogram[i * found.length + level];
    if (stated !== count)
      throw new Problem(`its histogram has ${stated} entries of level ${level}, there are ${count}`);
  });
}

function checkOffsetIndex(index: OffsetIndex, i: number, page: FoundPage): void {
  const part = { part: 'offset index' };
  const location = index.page_locations[i];
  if (location === undefined) throw new Problem(`it has only ${i} pages`, part);
  const { offset, compressed_page_size: size, first_row_index: firstRow } = location;
  if (offset !== page.offset)
    throw new Problem(`it has the page at ${offset}, it is at ${page.offset}`, part);
  if (size !== page.size)
    throw new Problem(`it says that the page has ${size} bytes, it has ${page.size}`, part);
  if (firstRow !== page.firstRow) {
    throw new Problem(`it says that the page begins with row ${firstRow}, it is row ${page.firstRow}`, part);
  }
  if (!page.startsRow) throw new Problem('the page does not begin with a new row', part);
  const bytes = index.unencoded_byte_array_data_bytes?.[i];
  if (bytes !== undefined && page.byteArrayBytes !== null && bytes !== page.byteArrayBytes) {
    throw new Problem(`it says that the values have ${bytes} bytes, they have ${page.byteArrayBytes}`, part);
  }
}
