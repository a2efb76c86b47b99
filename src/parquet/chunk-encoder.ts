import { ChunkPages } from './chunk-pages.ts';
import type { DictionaryBudget } from './dictionary/dictionary-memory.ts';
import type { EncodedChunk, EncodingCount } from './encoded.ts';
import type { LeafPage } from './levels/levels.ts';
import type { PageKernels } from './memory/page-kernels.ts';
import type { Scratch } from './memory/scratch.ts';
import type { EncodingChoice } from './options.ts';
import type { PageWriter, WrittenPage } from './page-writer.ts';
import { type LeafType, Physical } from './schema/leaf-type.ts';
import type { LeafSchema } from './schema/schema.ts';
import { BloomFilter } from './statistics/bloom-filter.ts';
import { Bounds } from './statistics/bounds.ts';
import { SizeStatistics, serializeStatistics } from './statistics/chunk-statistics.ts';
import { ColumnIndexBuilder } from './statistics/column-index.ts';
import type { LeafValues } from './values/leaf-values.ts';
import { BitValues } from './values/values-bits.ts';
import { BytesValues } from './values/values-bytes.ts';
import { FixedValues } from './values/values-fixed.ts';

/** Encodes the pages of one leaf column, and collects what footer and page index will say about them. */
export class ChunkEncoder {
  /** Rows of the current row group so far. */
  rows = 0;
  private readonly leaf: LeafSchema;
  private readonly values: LeafValues;
  private readonly pages: ChunkPages;
  private readonly pageBounds: Bounds;
  private readonly bounds: Bounds;
  private readonly columnIndex: ColumnIndexBuilder;
  private readonly sizes: SizeStatistics;
  private readonly kernels: PageKernels;
  private readonly filter: BloomFilter | null;
  private firstRows: number[] = [];
  private valueCount = 0;
  private nullCount = 0;

  constructor(
    leaf: LeafSchema,
    scratch: Scratch,
    budget: DictionaryBudget,
    writer: PageWriter,
    choice: EncodingChoice,
  ) {
    this.leaf = leaf;
    this.kernels = scratch.kernels;
    this.values = leafValues(leaf.type, scratch, budget);
    this.pages = new ChunkPages(leaf, this.values, scratch, writer, choice);
    this.pageBounds = new Bounds(leaf.type.byteWidth);
    this.bounds = new Bounds(leaf.type.byteWidth);
    this.columnIndex = new ColumnIndexBuilder(leaf.type.order);
    this.filter = leaf.bloomFilter ? new BloomFilter() : null;
    this.sizes = new SizeStatistics(leaf, leaf.type.physical === Physical.bytes);
  }

  /** Encodes one page, which covers `rows` rows. */
  append(page: LeafPage, rows: number): void {
    const { values, pageBounds } = this;
    this.kernels.beginPage();
    values.load(page.column, page.validity, page.nullCount);
    const inDictionary = this.pages.add(page, pageBounds);
    if (this.filter !== null && !inDictionary && values.count > 0) {
      values.addTo(this.filter);
    }
    const nulls = page.count - values.count;
    this.columnIndex.add(values.count, nulls, pageBounds);
    this.bounds.widen(pageBounds, this.leaf.type.order);
    this.sizes.addBytes(values.byteArrayBytes);
    if (page.definitions !== null) {
      this.sizes.addLevels(page.definitions, page.repetitions, page.count);
    }
    this.firstRows.push(this.rows);
    this.rows += rows;
    this.valueCount += page.count;
    this.nullCount += nulls;
  }

  /** Ends the chunk; the encoder is then ready for that of the next row group. */
  finish(): EncodedChunk {
    if (this.filter !== null) {
      this.values.addEntriesTo(this.filter);
    }
    const { pages, hasDictionary } = this.pages.finish();
    const chunk: EncodedChunk = {
      pages: Int32Array.from(pages.flatMap(({ block, offset, length }) => [block, offset, length])),
      firstRows: Int32Array.from(this.firstRows),
      hasDictionary,
      dataPages: countEncodings(hasDictionary ? pages.slice(1) : pages),
      values: this.valueCount,
      uncompressedBytes: pages.reduce((sum, page) => sum + page.uncompressedBytes, 0),
      statistics: serializeStatistics(this.bounds, this.nullCount),
      sizeStatistics: this.sizes.take(),
      bloomFilter: this.filter?.take() ?? null,
      columnIndex: this.columnIndex.take(),
    };
    this.rows = 0;
    this.firstRows = [];
    this.valueCount = 0;
    this.nullCount = 0;
    this.bounds.reset();
    return chunk;
  }
}

function countEncodings(pages: readonly WrittenPage[]): EncodingCount[] {
  const counts = new Map<number, number>();
  for (const { encoding } of pages) {
    counts.set(encoding, (counts.get(encoding) ?? 0) + 1);
  }
  return Array.from(counts, ([encoding, count]) => ({ encoding, pages: count }));
}

function leafValues(type: LeafType, scratch: Scratch, budget: DictionaryBudget): LeafValues {
  switch (type.physical) {
    case Physical.boolean:
      return new BitValues(scratch);
    case Physical.bytes:
      return new BytesValues(type, scratch, budget);
    default:
      return new FixedValues(type, scratch, budget);
  }
}
