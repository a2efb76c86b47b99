import { readFileSync } from 'node:fs';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { compressors } from 'hyparquet-compressors';

const encodings = {
  0: 'PLAIN',
  5: 'DELTA_BINARY_PACKED',
  6: 'DELTA_LENGTH_BYTE_ARRAY',
  7: 'DELTA_BYTE_ARRAY',
  8: 'RLE_DICTIONARY',
  9: 'BYTE_STREAM_SPLIT',
} as const;

type EncodingName = (typeof encodings)[keyof typeof encodings];

/** A page as it lies in the file; fields are named as in parquet.thrift. */
export interface Page {
  readonly offset: number;
  /** Bytes in the file, the header included. */
  readonly length: number;
  readonly headerLength: number;
  readonly type: 'data' | 'dictionary';
  readonly numValues: number;
  readonly encoding: EncodingName;
  readonly uncompressedSize: number;
  readonly crc: number;
  /** As stored, which the checksum is of. */
  readonly compressed: Uint8Array;
  readonly body: Uint8Array;
}

export interface Chunk {
  readonly pages: readonly Page[];
  readonly numValues: number;
  readonly encodings: readonly number[];
  readonly totalUncompressedSize: number;
  readonly totalCompressedSize: number;
  readonly dataPageOffset: number;
  readonly dictionaryPageOffset: number | undefined;
  readonly encodingStats: readonly { pageType: number; encoding: number; count: number }[];
  readonly statistics: Statistics;
  readonly sizeStatistics: SizeStatistics | undefined;
  readonly bloomFilter: Uint8Array | undefined;
  readonly columnIndex: ColumnIndex | undefined;
  readonly offsetIndex: readonly { offset: number; length: number; firstRow: number }[];
}

export interface Statistics {
  readonly nullCount: number;
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly minExact: boolean | undefined;
  readonly maxExact: boolean | undefined;
}

export interface SizeStatistics {
  readonly byteArrayBytes: number | undefined;
  readonly repetitions: readonly number[] | undefined;
  readonly definitions: readonly number[] | undefined;
}

export interface ColumnIndex {
  readonly nullPages: readonly boolean[];
  readonly mins: readonly Uint8Array[];
  readonly maxs: readonly Uint8Array[];
  readonly boundaryOrder: number;
  readonly nullCounts: readonly number[];
}

// biome-ignore lint/suspicious/noExplicitAny: what hyparquet's Thrift reader returns
type Struct = Record<`field_${number}`, any>;

/** The chunks of each row group of a file, with everything that footer, page indexes and page headers say. */
export function inspect(path: string): Chunk[][] {
  const file = readFileSync(path);
  const footerLength = file.readUInt32LE(file.length - 8);
  const footer = thriftAt(file, file.length - 8 - footerLength).struct;
  return footer.field_4.map((rowGroup: Struct) =>
    rowGroup.field_1.map((column: Struct) => inspectChunk(file, column)),
  );
}

function thriftAt(file: Buffer, offset: number): { struct: Struct; length: number } {
  const view = new DataView(file.buffer, file.byteOffset + offset, file.length - offset);
  const reader = { view, offset: 0 };
  const struct = deserializeTCompactProtocol(reader);
  return { struct, length: reader.offset };
}

function inspectChunk(file: Buffer, column: Struct): Chunk {
  const meta: Struct = column.field_3;
  const start = Number(meta.field_11 ?? meta.field_9);
  const end = start + Number(meta.field_7);
  const pages: Page[] = [];
  for (let offset = start; offset < end; offset += pages.at(-1)!.length) {
    pages.push(inspectPage(file, offset, meta.field_4));
  }
  return {
    pages,
    numValues: Number(meta.field_5),
    encodings: meta.field_2,
    totalUncompressedSize: Number(meta.field_6),
    totalCompressedSize: Number(meta.field_7),
    dataPageOffset: Number(meta.field_9),
    dictionaryPageOffset: meta.field_11 === undefined ? undefined : Number(meta.field_11),
    encodingStats: meta.field_13.map((s: Struct) => ({
      pageType: s.field_1,
      encoding: s.field_2,
      count: s.field_3,
    })),
    statistics: statistics(meta.field_12),
    sizeStatistics: meta.field_16 && sizeStatistics(meta.field_16),
    bloomFilter: bloomFilter(file, meta),
    columnIndex: column.field_6 && columnIndex(file, column),
    offsetIndex: offsetIndex(file, column),
  };
}

function inspectPage(file: Buffer, offset: number, codec: number): Page {
  const { struct, length } = thriftAt(file, offset);
  const header: Struct = struct.field_5 ?? struct.field_7;
  const compressed = file.subarray(offset + length, offset + length + struct.field_3);
  return {
    offset,
    length: length + struct.field_3,
    headerLength: length,
    type: struct.field_1 === 0 ? 'data' : 'dictionary',
    numValues: header.field_1,
    encoding: encodings[header.field_2 as keyof typeof encodings],
    uncompressedSize: struct.field_2,
    crc: struct.field_4 >>> 0,
    compressed,
    body: decompressed(codec, compressed, struct.field_2),
  };
}

function decompressed(codec: number, page: Uint8Array, length: number): Uint8Array {
  switch (codec) {
    case 0:
      return page;
    case 1:
      return compressors.SNAPPY!(page, length);
    case 2:
      return gunzipSync(page);
    case 6:
      return zstdDecompressSync(page);
    case 7:
      return compressors.LZ4_RAW!(page, length);
    default:
      throw new Error(`codec ${codec}`);
  }
}

function bloomFilter(file: Buffer, meta: Struct): Uint8Array | undefined {
  if (meta.field_14 === undefined) return undefined;
  const offset = Number(meta.field_14);
  const { struct, length } = thriftAt(file, offset);
  const members = [struct.field_2, struct.field_3, struct.field_4].map((union: Struct) => Object.keys(union));
  if (members.some((names) => names.join() !== 'field_1')) throw new Error(`bloom filter of ${members}`);
  if (length + struct.field_1 !== meta.field_15) throw new Error(`bloom filter of ${meta.field_15} bytes`);
  return file.subarray(offset + length, offset + meta.field_15);
}

function statistics(struct: Struct): Statistics {
  return {
    nullCount: Number(struct.field_3),
    min: struct.field_6,
    max: struct.field_5,
    minExact: struct.field_8,
    maxExact: struct.field_7,
  };
}

function sizeStatistics(struct: Struct): SizeStatistics {
  return {
    byteArrayBytes: struct.field_1 === undefined ? undefined : Number(struct.field_1),
    repetitions: struct.field_2?.map(Number),
    definitions: struct.field_3?.map(Number),
  };
}

function columnIndex(file: Buffer, column: Struct): ColumnIndex {
  const { struct, length } = thriftAt(file, Number(column.field_6));
  if (length !== column.field_7)
    throw new Error(`column index of ${length} bytes, ${column.field_7} announced`);
  return {
    nullPages: struct.field_1,
    mins: struct.field_2,
    maxs: struct.field_3,
    boundaryOrder: struct.field_4,
    nullCounts: struct.field_5.map(Number),
  };
}

function offsetIndex(file: Buffer, column: Struct): Chunk['offsetIndex'] {
  const { struct, length } = thriftAt(file, Number(column.field_4));
  if (length !== column.field_5)
    throw new Error(`offset index of ${length} bytes, ${column.field_5} announced`);
  return struct.field_1.map((location: Struct) => ({
    offset: Number(location.field_1),
    length: location.field_2,
    firstRow: Number(location.field_3),
  }));
}
