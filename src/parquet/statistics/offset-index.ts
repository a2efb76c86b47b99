import type { EncodedChunk } from '../encoded.ts';
import type { CompactWriter } from '../file/thrift.ts';
import { ThriftType } from '../file/thrift.ts';

/** Writes the `OffsetIndex` of a chunk whose first page lies at `fileOffset` (Parquet format, PageIndex.md). */
export function writeOffsetIndex(out: CompactWriter, chunk: EncodedChunk, fileOffset: number): void {
  const { pages, firstRows } = chunk;
  let at = fileOffset;
  let page = 0;
  if (chunk.hasDictionary) {
    at += pages[2]!;
    page++;
  }
  out.fieldList(1, ThriftType.struct, firstRows.length);
  for (const firstRow of firstRows) {
    const length = pages[3 * page + 2]!;
    out.beginStruct();
    out.fieldI64(1, at);
    out.fieldI32(2, length);
    out.fieldI64(3, firstRow);
    out.endStruct();
    at += length;
    page++;
  }
  out.endStruct();
}
