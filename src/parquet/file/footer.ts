import type { ParquetSchema, SchemaElement } from '../schema/schema.ts';
import { FOOTER_CHECKSUM_KEY, INDEX_CHECKSUM_KEY } from './checksum-keys.ts';
import type { CompactWriter } from './thrift.ts';
import { ThriftType } from './thrift.ts';

/** What is kept of a row group until the footer is written. */
export interface WrittenRowGroup {
  readonly rows: number;
  readonly uncompressedBytes: number;
  readonly compressedBytes: number;
  readonly fileOffset: number;
  /** The chunks' serialized `ColumnMetaData`, one behind the other. */
  readonly metadata: Uint8Array;
  /** Three numbers per chunk: bytes of its metadata, of its column index (0: none), of its offset index. */
  readonly lengths: Int32Array;
}

/** One `SortingColumn`. */
export interface SortingLeaf {
  readonly leaf: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface FooterContents {
  readonly schema: ParquetSchema;
  readonly rows: number;
  readonly rowGroups: readonly WrittenRowGroup[];
  /** What all row groups are sorted by. */
  readonly sortingColumns: readonly SortingLeaf[];
  /** Where the first page index lies in the file; per row group all column indexes, then all offset indexes. */
  readonly indexOffset: number;
  readonly keyValueMetadata: Readonly<Record<string, string>>;
  /** See `INDEX_CHECKSUM_KEY`. */
  readonly indexChecksum: string;
  readonly createdBy: string;
}

/** Stands where the footer's checksum goes while that is computed. */
export const CHECKSUM_ZEROS = '00000000';

/**
 * Writes `FileMetaData`; yields after each row group, for the writer to be drained. Returns where in the bytes that were
 * written since the last drain the digits of the footer's checksum go: see `FOOTER_CHECKSUM_KEY`.
 */
export function* writeFooter(out: CompactWriter, footer: FooterContents): Generator<void, number> {
  // "For maximum compatibility with readers, writers should always populate 1" (parquet.thrift).
  out.fieldI32(1, 1);
  writeSchema(out, footer.schema);
  out.fieldI64(3, footer.rows);
  out.fieldList(4, ThriftType.struct, footer.rowGroups.length);
  let indexOffset = footer.indexOffset;
  for (const [ordinal, rowGroup] of footer.rowGroups.entries()) {
    indexOffset = writeRowGroup(out, rowGroup, footer.sortingColumns, ordinal, indexOffset);
    yield;
  }
  const digitsAt = writeKeyValues(out, footer);
  out.fieldString(6, footer.createdBy);
  out.fieldList(7, ThriftType.struct, footer.schema.leaves.length);
  for (const _ of footer.schema.leaves) {
    out.beginStruct();
    out.fieldEmptyStruct(1); // TYPE_ORDER
    out.endStruct();
  }
  out.endStruct();
  return digitsAt;
}

function writeSchema(out: CompactWriter, schema: ParquetSchema): void {
  out.fieldList(2, ThriftType.struct, schema.elements.length + 1);
  out.beginStruct();
  out.fieldString(4, 'schema');
  out.fieldI32(5, schema.roots.length);
  out.endStruct();
  for (const element of schema.elements) {
    writeSchemaElement(out, element);
  }
}

function writeSchemaElement(out: CompactWriter, element: SchemaElement): void {
  const { leaf, children, convertedType, logicalType } = element;
  out.beginStruct();
  if (leaf !== undefined) {
    out.fieldI32(1, leaf.physical);
    if (leaf.fixedLength !== undefined) {
      out.fieldI32(2, leaf.fixedLength);
    }
  }
  out.fieldI32(3, element.repetition);
  out.fieldString(4, element.name);
  if (children !== undefined) {
    out.fieldI32(5, children);
  }
  if (convertedType !== undefined) {
    out.fieldI32(6, convertedType);
  }
  if (leaf?.decimal !== undefined) {
    out.fieldI32(7, leaf.decimal.scale);
    out.fieldI32(8, leaf.decimal.precision);
  }
  if (logicalType !== undefined) {
    out.fieldStruct(10);
    logicalType(out);
    out.endStruct();
  }
  out.endStruct();
}

/** Writes a `RowGroup`, whose page indexes begin at `indexOffset`; returns where they end. */
function writeRowGroup(
  out: CompactWriter,
  rowGroup: WrittenRowGroup,
  sortingColumns: readonly SortingLeaf[],
  ordinal: number,
  indexOffset: number,
): number {
  const { metadata, lengths } = rowGroup;
  const chunks = lengths.length / 3;
  let columnIndexAt = indexOffset;
  let offsetIndexAt = indexOffset;
  for (let chunk = 0; chunk < chunks; chunk++) {
    offsetIndexAt += lengths[3 * chunk + 1]!;
  }
  let metadataAt = 0;
  out.beginStruct();
  out.fieldList(1, ThriftType.struct, chunks);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const metadataEnd = metadataAt + lengths[3 * chunk]!;
    const columnIndexLength = lengths[3 * chunk + 1]!;
    const offsetIndexLength = lengths[3 * chunk + 2]!;
    out.beginStruct();
    out.fieldI64(2, 0); // deprecated and required
    out.fieldSerialized(3, metadata.subarray(metadataAt, metadataEnd));
    out.fieldI64(4, offsetIndexAt);
    out.fieldI32(5, offsetIndexLength);
    if (columnIndexLength > 0) {
      out.fieldI64(6, columnIndexAt);
      out.fieldI32(7, columnIndexLength);
    }
    out.endStruct();
    metadataAt = metadataEnd;
    columnIndexAt += columnIndexLength;
    offsetIndexAt += offsetIndexLength;
  }
  out.fieldI64(2, rowGroup.uncompressedBytes);
  out.fieldI64(3, rowGroup.rows);
  writeSortingColumns(out, sortingColumns);
  out.fieldI64(5, rowGroup.fileOffset);
  out.fieldI64(6, rowGroup.compressedBytes);
  if (ordinal <= 0x7fff) {
    out.fieldI16(7, ordinal);
  }
  out.endStruct();
  return offsetIndexAt;
}

function writeSortingColumns(out: CompactWriter, columns: readonly SortingLeaf[]): void {
  if (columns.length === 0) {
    return;
  }
  out.fieldList(4, ThriftType.struct, columns.length);
  for (const { leaf, descending, nullsFirst } of columns) {
    out.beginStruct();
    out.fieldI32(1, leaf);
    out.fieldBool(2, descending);
    out.fieldBool(3, nullsFirst);
    out.endStruct();
  }
}

/** Writes the key-value metadata, the checksums last, and returns where the digits of the footer's own are. */
function writeKeyValues(out: CompactWriter, { keyValueMetadata, indexChecksum }: FooterContents): number {
  const checksums = { [INDEX_CHECKSUM_KEY]: indexChecksum, [FOOTER_CHECKSUM_KEY]: CHECKSUM_ZEROS };
  // A caller may hand on the metadata of another file; its checksums are not this file's.
  const others = Object.entries(keyValueMetadata).filter(([key]) => !Object.hasOwn(checksums, key));
  const entries = [...others, ...Object.entries(checksums)];
  out.fieldList(5, ThriftType.struct, entries.length);
  let valueEnd = 0;
  for (const [key, value] of entries) {
    out.beginStruct();
    out.fieldString(1, key);
    out.fieldString(2, value);
    valueEnd = out.size;
    out.endStruct();
  }
  return valueEnd - CHECKSUM_ZEROS.length;
}
