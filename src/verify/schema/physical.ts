/** Parquet's physical types, by their Thrift numbers. */
export const Physical = {
  boolean: 0,
  int32: 1,
  int64: 2,
  int96: 3,
  float: 4,
  double: 5,
  bytes: 6,
  fixed: 7,
} as const;

const NAMES = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];

export function physicalName(type: number): string {
  return NAMES[type] ?? `type ${type}`;
}

/** Bytes of a value in this program's memory, where booleans take one; null for BYTE_ARRAY. */
export function widthOf(physical: number, typeLength: number): number | null {
  switch (physical) {
    case Physical.boolean:
      return 1;
    case Physical.int32:
    case Physical.float:
      return 4;
    case Physical.int64:
    case Physical.double:
      return 8;
    case Physical.int96:
      return 12;
    case Physical.fixed:
      return typeLength;
    default:
      return null;
  }
}
