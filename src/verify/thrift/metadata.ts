/** The structs of Parquet's metadata (parquet.thrift), named as they are there. */
import {
  binary,
  bool,
  empty,
  i8,
  i16,
  i32,
  i64,
  list,
  optional,
  positions,
  type Read,
  required,
  string,
  struct,
  union,
} from './kinds.ts';

const timeUnit = union('TimeUnit', {
  MILLIS: optional(1, empty),
  MICROS: optional(2, empty),
  NANOS: optional(3, empty),
});

const temporal = (name: string) =>
  struct(name, { isAdjustedToUTC: required(1, bool), unit: required(2, timeUnit) });

const logicalType = union('LogicalType', {
  STRING: optional(1, empty),
  MAP: optional(2, empty),
  LIST: optional(3, empty),
  ENUM: optional(4, empty),
  DECIMAL: optional(5, struct('DecimalType', { scale: required(1, i32), precision: required(2, i32) })),
  DATE: optional(6, empty),
  TIME: optional(7, temporal('TimeType')),
  TIMESTAMP: optional(8, temporal('TimestampType')),
  INTEGER: optional(10, struct('IntType', { bitWidth: required(1, i8), isSigned: required(2, bool) })),
  UNKNOWN: optional(11, empty),
  JSON: optional(12, empty),
  BSON: optional(13, empty),
  UUID: optional(14, empty),
  FLOAT16: optional(15, empty),
  VARIANT: optional(16, struct('VariantType', { specification_version: optional(1, i8) })),
  GEOMETRY: optional(17, struct('GeometryType', { crs: optional(1, string) })),
  GEOGRAPHY: optional(18, struct('GeographyType', { crs: optional(1, string), algorithm: optional(2, i32) })),
});

const schemaElement = struct('SchemaElement', {
  type: optional(1, i32),
  type_length: optional(2, i32),
  repetition_type: optional(3, i32),
  name: required(4, string),
  num_children: optional(5, i32),
  converted_type: optional(6, i32),
  scale: optional(7, i32),
  precision: optional(8, i32),
  field_id: optional(9, i32),
  logicalType: optional(10, logicalType),
});

const statistics = struct('Statistics', {
  max: optional(1, binary),
  min: optional(2, binary),
  null_count: optional(3, i64),
  distinct_count: optional(4, i64),
  max_value: optional(5, binary),
  min_value: optional(6, binary),
  is_max_value_exact: optional(7, bool),
  is_min_value_exact: optional(8, bool),
});

const sizeStatistics = struct('SizeStatistics', {
  unencoded_byte_array_data_bytes: optional(1, i64),
  repetition_level_histogram: optional(2, list(i64)),
  definition_level_histogram: optional(3, list(i64)),
});

const keyValue = struct('KeyValue', { key: required(1, string), value: optional(2, binary) });

const columnMetaData = struct('ColumnMetaData', {
  type: required(1, i32),
  encodings: required(2, list(i32)),
  path_in_schema: required(3, list(string)),
  codec: required(4, i32),
  num_values: required(5, i64),
  total_uncompressed_size: required(6, i64),
  total_compressed_size: required(7, i64),
  key_value_metadata: optional(8, list(keyValue)),
  data_page_offset: required(9, i64),
  index_page_offset: optional(10, i64),
  dictionary_page_offset: optional(11, i64),
  statistics: optional(12, statistics),
  encoding_stats: optional(
    13,
    list(
      struct('PageEncodingStats', {
        page_type: required(1, i32),
        encoding: required(2, i32),
        count: required(3, i32),
      }),
    ),
  ),
  bloom_filter_offset: optional(14, i64),
  bloom_filter_length: optional(15, i32),
  size_statistics: optional(16, sizeStatistics),
});

const columnChunk = struct('ColumnChunk', {
  file_path: optional(1, string),
  file_offset: required(2, i64),
  meta_data: optional(3, columnMetaData),
  offset_index_offset: optional(4, i64),
  offset_index_length: optional(5, i32),
  column_index_offset: optional(6, i64),
  column_index_length: optional(7, i32),
  crypto_metadata: optional(8, union('ColumnCryptoMetaData', {})),
  encrypted_column_metadata: optional(9, binary),
});

const sortingColumn = struct('SortingColumn', {
  column_idx: required(1, i32),
  descending: required(2, bool),
  nulls_first: required(3, bool),
});

export const rowGroupKind = struct('RowGroup', {
  columns: required(1, list(columnChunk)),
  total_byte_size: required(2, i64),
  num_rows: required(3, i64),
  sorting_columns: optional(4, list(sortingColumn)),
  file_offset: optional(5, i64),
  total_compressed_size: optional(6, i64),
  ordinal: optional(7, i16),
});

export const fileMetaDataKind = struct('FileMetaData', {
  version: required(1, i32),
  schema: required(2, list(schemaElement)),
  num_rows: required(3, i64),
  /** Where in the footer each row group begins: of many, only one at a time is in memory. */
  row_groups: required(4, positions(rowGroupKind)),
  key_value_metadata: optional(5, list(keyValue)),
  created_by: optional(6, string),
  column_orders: optional(
    7,
    list(union('ColumnOrder', { TYPE_ORDER: optional(1, empty), IEEE_754_TOTAL_ORDER: optional(2, empty) })),
  ),
  encryption_algorithm: optional(8, union('EncryptionAlgorithm', {})),
  footer_signing_key_metadata: optional(9, binary),
});

export const pageHeaderKind = struct('PageHeader', {
  type: required(1, i32),
  uncompressed_page_size: required(2, i32),
  compressed_page_size: required(3, i32),
  crc: optional(4, i32),
  data_page_header: optional(
    5,
    struct('DataPageHeader', {
      num_values: required(1, i32),
      encoding: required(2, i32),
      definition_level_encoding: required(3, i32),
      repetition_level_encoding: required(4, i32),
      statistics: optional(5, statistics),
    }),
  ),
  index_page_header: optional(6, empty),
  dictionary_page_header: optional(
    7,
    struct('DictionaryPageHeader', {
      num_values: required(1, i32),
      encoding: required(2, i32),
      is_sorted: optional(3, bool),
    }),
  ),
  data_page_header_v2: optional(
    8,
    struct('DataPageHeaderV2', {
      num_values: required(1, i32),
      num_nulls: required(2, i32),
      num_rows: required(3, i32),
      encoding: required(4, i32),
      definition_levels_byte_length: required(5, i32),
      repetition_levels_byte_length: required(6, i32),
      is_compressed: optional(7, bool),
      statistics: optional(8, statistics),
    }),
  ),
});

export const offsetIndexKind = struct('OffsetIndex', {
  page_locations: required(
    1,
    list(
      struct('PageLocation', {
        offset: required(1, i64),
        compressed_page_size: required(2, i32),
        first_row_index: required(3, i64),
      }),
    ),
  ),
  unencoded_byte_array_data_bytes: optional(2, list(i64)),
});

export const columnIndexKind = struct('ColumnIndex', {
  null_pages: required(1, list(bool)),
  min_values: required(2, list(binary)),
  max_values: required(3, list(binary)),
  boundary_order: required(4, i32),
  null_counts: optional(5, list(i64)),
  repetition_level_histograms: optional(6, list(i64)),
  definition_level_histograms: optional(7, list(i64)),
});

export const bloomFilterHeaderKind = struct('BloomFilterHeader', {
  numBytes: required(1, i32),
  algorithm: required(2, union('BloomFilterAlgorithm', { BLOCK: optional(1, empty) })),
  hash: required(3, union('BloomFilterHash', { XXHASH: optional(1, empty) })),
  compression: required(4, union('BloomFilterCompression', { UNCOMPRESSED: optional(1, empty) })),
});

export type FileMetaData = Read<typeof fileMetaDataKind>;
export type RowGroup = Read<typeof rowGroupKind>;
export type ColumnChunk = Read<typeof columnChunk>;
export type ColumnMetaData = Read<typeof columnMetaData>;
export type SchemaElement = Read<typeof schemaElement>;
export type LogicalType = Read<typeof logicalType>;
export type Statistics = Read<typeof statistics>;
export type SizeStatistics = Read<typeof sizeStatistics>;
export type PageHeader = Read<typeof pageHeaderKind>;
export type OffsetIndex = Read<typeof offsetIndexKind>;
export type ColumnIndex = Read<typeof columnIndexKind>;
