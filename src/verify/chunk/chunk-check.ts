import type { Block } from '../encodings/block.ts';
import { Encoding, encodingName, isDictionary } from '../encodings/encoding.ts';
import { decodeValues } from '../encodings/values.ts';
import type { FileContext } from '../file-context.ts';
import { ValueBounds } from '../observers/bounds.ts';
import { ByteCount } from '../observers/byte-count.ts';
import type { ValueObserver } from '../observers/observer.ts';
import { TextCheck } from '../observers/text.ts';
import { Problem } from '../problem.ts';
import type { Leaf } from '../schema/file-schema.ts';
import type { ColumnMetaData } from '../thrift/metadata.ts';
import { type Decompress, decompressor } from './decompress.ts';
import { readDictionary, readIndices } from './dictionary.ts';
import { type LevelCounts, type LevelObserver, readLevels } from './levels.ts';
import { unpackDataPage, unpackPage } from './page-body.ts';
import { type DataPage, type Page, PageType } from './page-header.ts';
import { checkHistogram, type FoundPage, type PageIndexCheck } from './page-index.ts';
import { checkStatistics, type Found } from './statistics.ts';

/** Who else looks at a chunk's values while they are read. */
export interface Observers {
  readonly values: readonly ValueObserver[];
  readonly levels: readonly LevelObserver[];
  /** Called behind the values of each page. */
  readonly endPage: () => void;
}

/** Checks one column chunk, page by page, against what the footer and the page index say of it. */
export class ChunkCheck {
  /** Rows and data pages so far. */
  rows = 0;
  pages = 0;
  readonly #meta: ColumnMetaData;
  readonly #leaf: Leaf;
  readonly #context: FileContext;
  readonly #index: PageIndexCheck;
  readonly #observers: Observers;
  readonly #decompress: Decompress;
  readonly #pageBounds: ValueBounds | null;
  readonly #bounds: ValueBounds | null;
  readonly #byteCount = new ByteCount();
  readonly #values: readonly ValueObserver[];
  readonly #definitions: Float64Array;
  readonly #repetitions: Float64Array;
  readonly #encodings = new Set<number>();
  /** Pages by type and encoding, as `encoding_stats` counts them. */
  readonly #counts = new Map<string, number>();
  #dictionary: Block | null = null;
  #pageCount = 0;
  #entries = 0;
  #nulls = 0;
  #byteArrayBytes: number | null = 0;
  #uncompressedBytes = 0;
  #firstDataPage = -1;
  #boundless = false;

  constructor(
    meta: ColumnMetaData,
    leaf: Leaf,
    context: FileContext,
    index: PageIndexCheck,
    observers: Observers,
  ) {
    this.#meta = meta;
    this.#leaf = leaf;
    this.#context = context;
    this.#index = index;
    this.#observers = observers;
    this.#decompress = decompressor(meta.codec);
    this.#pageBounds = leaf.order === null ? null : new ValueBounds(leaf.order);
    this.#bounds = leaf.order === null ? null : new ValueBounds(leaf.order);
    this.#definitions = new Float64Array(leaf.maxDefinition + 1);
    this.#repetitions = new Float64Array(leaf.maxRepetition + 1);
    this.#values = [
      ...(this.#pageBounds === null ? [] : [this.#pageBounds]),
      ...(leaf.width === null ? [this.#byteCount] : []),
      ...(['string', 'enum', 'json'].includes(leaf.annotation.id) ? [new TextCheck()] : []),
      ...observers.values,
    ];
  }

  /** Checks the next page. Throws `Problem`. */
  page(page: Page, stored: Uint8Array): void {
    const { contents } = page;
    if (this.#context.own && page.crc === undefined) throw new Problem('it has no checksum');
    this.#pageCount++;
    this.#uncompressedBytes += page.headerLength + page.uncompressedLength;
    if (this.#uncompressedBytes > this.#meta.total_uncompressed_size) {
      throw new Problem(
        `with it the chunk has more than the ${this.#meta.total_uncompressed_size} bytes that the footer says`,
      );
    }
    if (contents.kind === 'dictionary') {
      if (this.#pageCount > 1) throw new Problem('a dictionary page is not the first page');
      this.#count(PageType.dictionary, contents.encoding);
      this.#dictionary = readDictionary(contents, unpackPage(page, stored, this.#decompress), this.#leaf);
    } else {
      this.#dataPage(page, contents, stored);
    }
  }

  #dataPage(page: Page, data: DataPage, stored: Uint8Array): void {
    const leaf = this.#leaf;
    if (this.#firstDataPage < 0) this.#firstDataPage = page.offset;
    this.#count(data.v2 === null ? PageType.data : PageType.dataV2, data.encoding);
    if (this.#context.own) checkOwnLevels(data);
    if (data.values > this.#meta.num_values - this.#entries) {
      throw new Problem(
        `with it the chunk has more than the ${this.#meta.num_values} values that the footer says`,
      );
    }
    const parts = unpackDataPage(page, data, stored, this.#decompress, leaf);
    const levels = readLevels(leaf, parts, data.values, this.#observers.levels);
    if (this.pages === 0 && !levels.startsRow) throw new Problem('the chunk begins within a row');
    checkCountsOfV2(data, levels);
    this.#pageBounds?.reset();
    this.#byteCount.reset();
    this.#readValues(data.encoding, { ...parts.values, count: levels.values });
    this.#observers.endPage();
    this.#take(page, data, levels);
  }

  #readValues(encoding: number, values: { bytes: Uint8Array; from: number; count: number }): void {
    if (isDictionary(encoding)) {
      if (this.#dictionary === null) throw new Problem('it needs a dictionary, which the chunk has not');
      readIndices(this.#dictionary, values, values.count, this.#values);
      return;
    }
    for (const block of decodeValues(encoding, this.#leaf, values)) {
      for (const observer of this.#values) observer.block(block);
    }
  }

  /** Holds what the page was found to have against its own statistics and the page index, and adds it up. */
  #take(page: Page, data: DataPage, levels: LevelCounts): void {
    const bounds = this.#pageBounds;
    const found: FoundPage = {
      entries: data.values,
      nulls: data.values - levels.values,
      min: bounds?.min ?? null,
      max: bounds?.max ?? null,
      offset: page.offset,
      size: page.headerLength + page.length,
      firstRow: this.rows,
      startsRow: levels.startsRow,
      definitions: levels.definitions,
      repetitions: levels.repetitions,
      byteArrayBytes: this.#countsPrefixes(data.encoding) ? this.#byteCount.bytes : null,
    };
    if (data.statistics !== undefined) checkStatistics(data.statistics, found, this.#leaf, this.#context);
    this.#index.check(found);
    if (bounds !== null) this.#bounds?.include(bounds);
    this.#boundless ||= levels.values > 0 && (found.min === null || this.#leaf.width === null);
    levels.definitions.forEach((count, level) => {
      this.#definitions[level]! += count;
    });
    levels.repetitions.forEach((count, level) => {
      this.#repetitions[level]! += count;
    });
    this.pages++;
    this.rows += levels.rows;
    this.#entries += found.entries;
    this.#nulls += found.nulls;
    const { byteArrayBytes } = found;
    if (this.#byteArrayBytes !== null) {
      this.#byteArrayBytes = byteArrayBytes === null ? null : this.#byteArrayBytes + byteArrayBytes;
    }
  }

  /** PyArrow leaves the prefixes of DELTA_BYTE_ARRAY out of its count. */
  #countsPrefixes(encoding: number): boolean {
    return this.#context.own || encoding !== Encoding.deltaByteArray;
  }

  /** Checks what the footer says of the whole chunk; to be called behind the last page. Throws `Problem`. */
  finish(): void {
    const meta = this.#meta;
    const { own } = this.#context;
    if (this.#entries !== meta.num_values) {
      throw new Problem(`it has ${this.#entries} values, the footer says ${meta.num_values}`);
    }
    if (this.#uncompressedBytes !== meta.total_uncompressed_size) {
      throw new Problem(
        `its pages have ${this.#uncompressedBytes} bytes before compression, the footer says ${meta.total_uncompressed_size}`,
      );
    }
    if (own && this.#firstDataPage !== meta.data_page_offset) {
      throw new Problem(`its data begin at ${this.#firstDataPage}, the footer says ${meta.data_page_offset}`);
    }
    this.#checkEncodings();
    this.#index.finish();
    if (own && !this.#index.hasColumnIndex && !this.#boundless) {
      throw new Problem('it has no column index, though all its pages have bounds');
    }
    const bounds = this.#bounds;
    const found: Found = {
      entries: this.#entries,
      nulls: this.#nulls,
      min: bounds?.min ?? null,
      max: bounds?.max ?? null,
    };
    if (meta.statistics !== undefined) checkStatistics(meta.statistics, found, this.#leaf, this.#context);
    else if (own) throw new Problem('it has no statistics');
    this.#checkSizes();
  }

  #count(type: number, encoding: number): void {
    // Others do not always name the encoding of the dictionary's own page.
    if (type !== PageType.dictionary || this.#context.own) this.#encodings.add(encoding);
    const key = countKey(type, encoding);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  #checkEncodings(): void {
    const { encodings, encoding_stats: stats } = this.#meta;
    if (encodings.length === 0 && !this.#context.own) {
      this.#context.notChecked.add(`the encodings of ${this.#leaf.name}, of which the footer says nothing`);
      return;
    }
    const missing = [...this.#encodings].find((encoding) => !encodings.includes(encoding));
    if (missing !== undefined)
      throw new Problem(`it has pages in ${encodingName(missing)}, which the footer does not say`);
    const levels = this.#leaf.maxDefinition > 0 ? [Encoding.rle] : [];
    const unused = encodings.find(
      (each) => !this.#encodings.has(each) && !(levels as number[]).includes(each),
    );
    if (this.#context.own && unused !== undefined) {
      throw new Problem(`it has no pages in ${encodingName(unused)}, which the footer says`);
    }
    if (stats === undefined) return;
    const stated = new Map<string, number>();
    for (const { page_type: type, encoding, count } of stats) {
      const key = countKey(type, encoding);
      stated.set(key, (stated.get(key) ?? 0) + count);
    }
    for (const key of new Set([...stated.keys(), ...this.#counts.keys()])) {
      const [found, says] = [this.#counts.get(key) ?? 0, stated.get(key) ?? 0];
      if (found === says) continue;
      const name = encodingName(Number(key.split(' ')[1]));
      throw new Problem(`pages in ${name}: there are ${found}, the footer says ${says}`);
    }
  }

  #checkSizes(): void {
    const sizes = this.#meta.size_statistics;
    if (sizes === undefined) return;
    const { unencoded_byte_array_data_bytes: bytes } = sizes;
    if (bytes !== undefined && this.#byteArrayBytes === null) {
      this.#context.notChecked.add(`the size of the byte arrays of ${this.#leaf.name}`);
    } else if (bytes !== undefined && bytes !== this.#byteArrayBytes) {
      throw new Problem(`its values have ${this.#byteArrayBytes} bytes, the footer says ${bytes}`);
    }
    checkHistogram(sizes.definition_level_histogram, 0, this.#definitions);
    checkHistogram(sizes.repetition_level_histogram, 0, this.#repetitions);
  }
}

/** Some writers count pages of version 2 among those of version 1. */
function countKey(type: number, encoding: number): string {
  return `${type === PageType.dictionary ? 'dictionary' : 'data'} ${encoding}`;
}

function checkOwnLevels({ v2, levelEncodings }: DataPage): void {
  if (v2 !== null) throw new Problem('it is a page of version 2');
  const { definition, repetition } = levelEncodings;
  if (definition !== Encoding.rle || repetition !== Encoding.rle)
    throw new Problem('its levels are not in RLE');
}

function checkCountsOfV2({ v2, values }: DataPage, levels: LevelCounts): void {
  if (v2 === null) return;
  const nulls = values - levels.values;
  if (v2.nulls !== nulls) throw new Problem(`its null count is ${nulls}, its header says ${v2.nulls}`);
  if (v2.rows !== levels.rows) throw new Problem(`it has ${levels.rows} rows, its header counts ${v2.rows}`);
  if (!levels.startsRow) throw new Problem('it does not begin with a new row');
}
