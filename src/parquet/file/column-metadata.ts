import type { EncodedChunk } from '../encoded.ts';
import { Encoding } from '../encodings/value-encodings.ts';
import { PageType } from '../page-writer.ts';
import type { LeafSchema } from '../schema/schema.ts';
import type { CompactWriter } from './thrift.ts';
import { ThriftType } from './thrift.ts';

/** Bytes of a chunk's pages in the file. */
export function compressedBytes({ pages }: EncodedChunk): number {
  let bytes = 0;
  for (let i = 2; i < pages.length; i += 3) {
    bytes += pages[i]!;
  }
  return bytes;
}

/** Writes the `ColumnMetaData` of a chunk, whose first page and bloom filter, if it has one, lie at the offsets. */
export function writeColumnMetadata(
  out: CompactWriter,
  leaf: LeafSchema,
  chunk: EncodedChunk,
  codec: number,
  fileOffset: number,
  bloomFilterOffset: number,
): void {
  out.fieldI32(1, leaf.type.physical);
  writeEncodings(out, leaf, chunk);
  out.fieldList(3, ThriftType.binary, leaf.path.length);
  for (const name of leaf.path) {
    out.string(name);
  }
  out.fieldI32(4, codec);
  out.fieldI64(5, chunk.values);
  out.fieldI64(6, chunk.uncompressedBytes);
  out.fieldI64(7, compressedBytes(chunk));
  if (chunk.hasDictionary) {
    out.fieldI64(9, fileOffset + chunk.pages[2]!);
    out.fieldI64(11, fileOffset);
  } else {
    out.fieldI64(9, fileOffset);
  }
  out.fieldSerialized(12, chunk.statistics);
  writeEncodingStats(out, chunk);
  if (chunk.bloomFilter !== null) {
    out.fieldI64(14, bloomFilterOffset);
    out.fieldI32(15, chunk.bloomFilter.length);
  }
  if (chunk.sizeStatistics !== null) {
    out.fieldSerialized(16, chunk.sizeStatistics);
  }
  out.endStruct();
}

function writeEncodings(out: CompactWriter, leaf: LeafSchema, chunk: EncodedChunk): void {
  const encodings = new Set<number>();
  if (chunk.hasDictionary) {
    encodings.add(Encoding.plain);
  }
  if (leaf.maxDefinition > 0 || leaf.maxRepetition > 0) {
    encodings.add(Encoding.rle);
  }
  for (const { encoding } of chunk.dataPages) {
    encodings.add(encoding);
  }
  out.fieldList(2, ThriftType.i32, encodings.size);
  for (const encoding of encodings) {
    out.integer(encoding);
  }
}

function writeEncodingStats(out: CompactWriter, { hasDictionary, dataPages }: EncodedChunk): void {
  out.fieldList(13, ThriftType.struct, dataPages.length + (hasDictionary ? 1 : 0));
  if (hasDictionary) {
    writeEncodingCount(out, PageType.dictionary, Encoding.plain, 1);
  }
  for (const { encoding, pages } of dataPages) {
    writeEncodingCount(out, PageType.data, encoding, pages);
  }
}

function writeEncodingCount(out: CompactWriter, type: number, encoding: number, pages: number): void {
  out.beginStruct();
  out.fieldI32(1, type);
  out.fieldI32(2, encoding);
  out.fieldI32(3, pages);
  out.endStruct();
}
