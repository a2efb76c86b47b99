import type { EncodedChunk } from './encoded.ts';
import { Encoding, PageType } from './page-writer.ts';
import type { LeafSchema } from './schema.ts';
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

/** Writes the `ColumnMetaData` of a chunk whose first page lies at `fileOffset`. */
export function writeColumnMetadata(
  out: CompactWriter,
  leaf: LeafSchema,
  chunk: EncodedChunk,
  codec: number,
  fileOffset: number,
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
  if (chunk.sizeStatistics !== null) {
    out.fieldSerialized(16, chunk.sizeStatistics);
  }
  out.endStruct();
}

function writeEncodings(out: CompactWriter, leaf: LeafSchema, chunk: EncodedChunk): void {
  const encodings: number[] = [];
  if (chunk.hasDictionary || chunk.dataPages.plain > 0) {
    encodings.push(Encoding.plain);
  }
  if (leaf.maxDefinition > 0 || leaf.maxRepetition > 0) {
    encodings.push(Encoding.rle);
  }
  if (chunk.dataPages.coded > 0) {
    encodings.push(Encoding.rleDictionary);
  }
  out.fieldList(2, ThriftType.i32, encodings.length);
  for (const encoding of encodings) {
    out.integer(encoding);
  }
}

function writeEncodingStats(out: CompactWriter, chunk: EncodedChunk): void {
  const { plain, coded } = chunk.dataPages;
  const stats = [
    { type: PageType.dictionary, encoding: Encoding.plain, count: chunk.hasDictionary ? 1 : 0 },
    { type: PageType.data, encoding: Encoding.rleDictionary, count: coded },
    { type: PageType.data, encoding: Encoding.plain, count: plain },
  ].filter(({ count }) => count > 0);
  out.fieldList(13, ThriftType.struct, stats.length);
  for (const { type, encoding, count } of stats) {
    out.beginStruct();
    out.fieldI32(1, type);
    out.fieldI32(2, encoding);
    out.fieldI32(3, count);
    out.endStruct();
  }
}
