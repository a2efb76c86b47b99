import { crc32 } from 'node:zlib';
import type { Field } from '../../types/kinds.ts';
import { codecs } from '../compression/compress.ts';
import type { EncodedRowGroup } from '../encoded.ts';
import type { ParquetFileOptions } from '../options.ts';
import type { ParquetSchema } from '../schema/schema.ts';
import { leavesBelow, parquetSchema } from '../schema/schema.ts';
import { writeOffsetIndex } from '../statistics/offset-index.ts';
import { PageIndexStore } from '../statistics/page-index-store.ts';
import { hexChecksum } from './checksum-keys.ts';
import { compressedBytes, writeColumnMetadata } from './column-metadata.ts';
import type { SortingLeaf, WrittenRowGroup } from './footer.ts';
import { writeFooter } from './footer.ts';
import type { ByteOutput } from './slice-writer.ts';
import { SliceWriter } from './slice-writer.ts';
import { CompactWriter } from './thrift.ts';

const magic = new TextEncoder().encode('PAR1');
const FOOTER_PIECE = 1 << 20;

/** What a whole file holds. */
export interface FileTotals {
  readonly bytes: number;
  readonly rows: number;
  readonly rowGroups: number;
  /** NULLs of each field itself, not of what is nested in it. */
  readonly nulls: readonly number[];
}

/** Appends finished row groups to a Parquet file and writes its footer. Nothing is read back. */
export class ParquetFileWriter {
  private readonly schema: ParquetSchema;
  private readonly options: ParquetFileOptions;
  private readonly writer: SliceWriter;
  private readonly indexes = new PageIndexStore();
  private readonly thrift = new CompactWriter();
  private readonly rowGroups: WrittenRowGroup[] = [];
  private rows = 0;
  /** CRC-32 of what is in no page: see `INDEX_CHECKSUM_KEY`. */
  private indexChecksum = 0;
  private readonly nulls: number[];

  /** @throws ExportError for fields that Parquet cannot store, see `parquetSchema` */
  constructor(output: ByteOutput, fields: readonly Field[], options: ParquetFileOptions) {
    this.schema = parquetSchema(fields, options.bloomFilters);
    this.options = options;
    this.nulls = new Array<number>(fields.length).fill(0);
    this.writer = new SliceWriter(output);
    this.writer.add(magic);
  }

  /**
   * Writes one row group; one without rows is left out. The caller awaits one call before the next, and may reuse the
   * row group's blocks then.
   */
  async writeRowGroup(rowGroup: EncodedRowGroup): Promise<void> {
    if (rowGroup.rows === 0) {
      return;
    }
    this.rowGroups.push(this.describe(rowGroup));
    this.rows += rowGroup.rows;
    rowGroup.nulls.forEach((nulls, field) => {
      this.nulls[field]! += nulls;
    });
    for (const { pages } of rowGroup.chunks) {
      for (let i = 0; i < pages.length; i += 3) {
        const offset = pages[i + 1]!;
        const page = rowGroup.blocks[pages[i]!]!.subarray(offset, offset + pages[i + 2]!);
        if (this.writer.add(page)) {
          await this.writer.flush();
        }
      }
    }
    for (const { bloomFilter } of rowGroup.chunks) {
      if (bloomFilter !== null) {
        this.indexChecksum = crc32(bloomFilter, this.indexChecksum);
        if (this.writer.add(bloomFilter)) {
          await this.writer.flush();
        }
      }
    }
    await this.writer.flush();
  }

  /** Writes page indexes and footer. Does not close the output. */
  async finish(): Promise<FileTotals> {
    const { writer } = this;
    const indexOffset = writer.position;
    for (const bytes of this.indexes.contents()) {
      this.indexChecksum = crc32(bytes, this.indexChecksum);
      await this.put(bytes);
    }
    const footerOffset = writer.position;
    await this.writeFooter(indexOffset);
    const trailer = new Uint8Array(8);
    new DataView(trailer.buffer).setUint32(0, writer.position - footerOffset, true);
    trailer.set(magic, 4);
    await this.put(trailer);
    const { rows, nulls } = this;
    return { bytes: writer.position, rows, rowGroups: this.rowGroups.length, nulls };
  }

  private async writeFooter(indexOffset: number): Promise<void> {
    const { thrift } = this;
    const { keyValueMetadata, createdBy } = this.options;
    const { schema, rows, rowGroups } = this;
    const sortingColumns = this.sortingLeaves();
    const indexChecksum = hexChecksum(this.indexChecksum);
    const contents = {
      schema,
      rows,
      rowGroups,
      sortingColumns,
      indexOffset,
      keyValueMetadata,
      indexChecksum,
    };
    const footer = writeFooter(thrift, { ...contents, createdBy });
    let checksum = 0;
    let step = footer.next();
    for (; !step.done; step = footer.next()) {
      if (thrift.size >= FOOTER_PIECE) {
        const piece = thrift.drain();
        checksum = crc32(piece, checksum);
        await this.put(piece);
      }
    }
    const rest = thrift.take();
    const digits = hexChecksum(crc32(rest, checksum));
    rest.set(Buffer.from(digits), step.value);
    await this.put(rest);
  }

  private sortingLeaves(): SortingLeaf[] {
    const { roots } = this.schema;
    return this.options.sortingColumns.map(({ field, descending, nullsFirst }) => {
      const leaf = roots.slice(0, field).flatMap(leavesBelow).length;
      return { leaf, descending, nullsFirst };
    });
  }

  private async put(bytes: Uint8Array): Promise<void> {
    this.writer.add(bytes);
    await this.writer.flush();
  }

  /** Serializes what footer and page index say of a row group that will be written next. */
  private describe({ rows, chunks }: EncodedRowGroup): WrittenRowGroup {
    const { thrift, schema } = this;
    const codec = codecs[this.options.compression].id;
    const fileOffset = this.writer.position;
    const lengths = new Int32Array(3 * chunks.length);
    let at = fileOffset;
    let bloomFilterAt = chunks.reduce((end, chunk) => end + compressedBytes(chunk), fileOffset);
    let uncompressedBytes = 0;
    chunks.forEach((chunk, i) => {
      const before = thrift.size;
      writeColumnMetadata(thrift, schema.leaves[i]!, chunk, codec, at, bloomFilterAt);
      lengths[3 * i] = thrift.size - before;
      at += compressedBytes(chunk);
      bloomFilterAt += chunk.bloomFilter?.length ?? 0;
      uncompressedBytes += chunk.uncompressedBytes;
    });
    const metadata = thrift.take();
    this.keepIndexes(chunks, fileOffset, lengths);
    return { rows, uncompressedBytes, compressedBytes: at - fileOffset, fileOffset, metadata, lengths };
  }

  private keepIndexes(chunks: EncodedRowGroup['chunks'], fileOffset: number, lengths: Int32Array): void {
    const { thrift } = this;
    chunks.forEach(({ columnIndex }, i) => {
      if (columnIndex !== null) {
        this.indexes.append(columnIndex);
        lengths[3 * i + 1] = columnIndex.length;
      }
    });
    let at = fileOffset;
    chunks.forEach((chunk, i) => {
      writeOffsetIndex(thrift, chunk, at);
      lengths[3 * i + 2] = thrift.size;
      this.indexes.append(thrift.view());
      thrift.reset();
      at += compressedBytes(chunk);
    });
  }
}
