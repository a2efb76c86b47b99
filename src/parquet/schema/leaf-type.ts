import { ExportError } from '../../errors.ts';
import type { DataType, TimeUnit } from '../../types/kinds.ts';
import type { CompactWriter } from '../file/thrift.ts';

/** Parquet's physical types, by their Thrift numbers. */
export const Physical = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, bytes: 6, fixed: 7 } as const;

/** How values are compared for statistics (Parquet format, `TypeDefinedOrder`). */
export type SortOrder =
  | 'bool'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float'
  | 'double'
  | 'unsigned_bytes'
  | 'signed_bytes';

/**
 * How PLAIN values come out of a column's memory: as they are, integers widened to 4 bytes, the low 4 or 8 bytes of
 * wider integers, or the low bytes of wider integers in big-endian order.
 */
export type Conversion = 'none' | 'widen' | 'low_bytes' | 'big_endian';

/** How a data type without children is stored in Parquet. */
export interface LeafType {
  readonly physical: number;
  /** Bytes per PLAIN value; 0 for booleans and byte arrays. */
  readonly byteWidth: number;
  /** The schema's `type_length`, of FIXED_LEN_BYTE_ARRAY. */
  readonly fixedLength?: number;
  readonly conversion: Conversion;
  readonly order: SortOrder;
  readonly convertedType?: number;
  /** Writes the member of the `LogicalType` union. */
  readonly logicalType?: (out: CompactWriter) => void;
  /** Whether the Arrow schema says that it is a dictionary. */
  readonly isDictionary?: true;
  readonly decimal?: { readonly precision: number; readonly scale: number };
}

const Converted = {
  utf8: 0,
  decimal: 5,
  date: 6,
  time: { ms: 7, us: 8, ns: undefined },
  timestamp: { ms: 9, us: 10, ns: undefined },
  unsigned: { 8: 11, 16: 12, 32: 13, 64: 14 },
  signed: { 8: 15, 16: 16, 32: 17, 64: 18 },
  json: 19,
} as const;

const timeUnitMember: Readonly<Record<TimeUnit, number>> = { ms: 1, us: 2, ns: 3 };

/** The Parquet storage of a data type without children (Parquet format, LogicalTypes.md). */
export function leafTypeOf(type: DataType): LeafType {
  switch (type.id) {
    case 'bool':
      return { physical: Physical.boolean, byteWidth: 0, conversion: 'none', order: 'bool' };
    case 'int':
      return integer(type.bitWidth, type.signed);
    case 'float':
      return type.bitWidth === 32
        ? { physical: Physical.float, byteWidth: 4, conversion: 'none', order: 'float' }
        : { physical: Physical.double, byteWidth: 8, conversion: 'none', order: 'double' };
    case 'decimal128':
      return decimal(type.precision, type.scale);
    case 'utf8':
      return type.annotation === 'json' ? json : type.annotation === 'enum' ? labels : utf8;
    case 'binary':
      return { physical: Physical.bytes, byteWidth: 0, conversion: 'none', order: 'unsigned_bytes' };
    case 'fixed_size_binary':
      return fixedSizeBinary(type.byteWidth, type.annotation === 'uuid');
    case 'date32':
      return {
        physical: Physical.int32,
        byteWidth: 4,
        conversion: 'none',
        order: 'int32',
        convertedType: Converted.date,
        logicalType: (out) => out.fieldEmptyStruct(6),
      };
    case 'time64':
      return time(type.unit);
    case 'timestamp':
      return timestamp(type.unit, type.timezone !== null);
    default:
      throw new TypeError(`${type.id} is not stored in one leaf column`);
  }
}

const utf8: LeafType = {
  physical: Physical.bytes,
  byteWidth: 0,
  conversion: 'none',
  order: 'unsigned_bytes',
  convertedType: Converted.utf8,
  logicalType: (out) => out.fieldEmptyStruct(1),
};

const json: LeafType = {
  ...utf8,
  convertedType: Converted.json,
  logicalType: (out) => out.fieldEmptyStruct(12),
};

const labels: LeafType = { ...utf8, isDictionary: true };

function integer(bitWidth: 8 | 16 | 32 | 64, signed: boolean): LeafType {
  const wide = bitWidth === 64;
  const leaf: LeafType = {
    physical: wide ? Physical.int64 : Physical.int32,
    byteWidth: wide ? 8 : 4,
    conversion: bitWidth < 32 ? 'widen' : 'none',
    order: `${signed ? '' : 'u'}int${wide ? 64 : 32}` as const,
  };
  if (signed && bitWidth >= 32) {
    return leaf;
  }
  return {
    ...leaf,
    convertedType: (signed ? Converted.signed : Converted.unsigned)[bitWidth],
    logicalType: (out) => {
      out.fieldStruct(10);
      out.fieldI8(1, bitWidth);
      out.fieldBool(2, signed);
      out.endStruct();
    },
  };
}

function decimal(precision: number, scale: number): LeafType {
  const annotation = {
    convertedType: Converted.decimal,
    decimal: { precision, scale },
    logicalType: (out: CompactWriter) => {
      out.fieldStruct(5);
      out.fieldI32(1, scale);
      out.fieldI32(2, precision);
      out.endStruct();
    },
  };
  if (precision <= 9) {
    return { physical: Physical.int32, byteWidth: 4, conversion: 'low_bytes', order: 'int32', ...annotation };
  }
  if (precision <= 18) {
    return { physical: Physical.int64, byteWidth: 8, conversion: 'low_bytes', order: 'int64', ...annotation };
  }
  const byteWidth = decimalByteWidth(precision);
  return {
    physical: Physical.fixed,
    byteWidth,
    fixedLength: byteWidth,
    conversion: 'big_endian',
    order: 'signed_bytes',
    ...annotation,
  };
}

/** The fewest bytes whose two's complement holds every integer of `precision` digits. */
function decimalByteWidth(precision: number): number {
  const largest = 10n ** BigInt(precision);
  let bytes = 1;
  while (1n << BigInt(8 * bytes - 1) < largest) {
    bytes++;
  }
  return bytes;
}

function fixedSizeBinary(byteWidth: number, uuid: boolean): LeafType {
  if (byteWidth < 1) {
    throw new ExportError('unsupported', 'Parquet has no fixed-size binary type of width 0', {
      stage: 'plan',
      hint: 'leave the column out, or export it as text',
    });
  }
  const leaf: LeafType = {
    physical: Physical.fixed,
    byteWidth,
    fixedLength: byteWidth,
    conversion: 'none',
    order: 'unsigned_bytes',
  };
  return uuid ? { ...leaf, logicalType: (out) => out.fieldEmptyStruct(14) } : leaf;
}

function time(unit: TimeUnit): LeafType {
  // Parquet keeps milliseconds of a day in INT32, Arrow's time64 layout has 8 bytes.
  const narrow = unit === 'ms';
  return {
    physical: narrow ? Physical.int32 : Physical.int64,
    byteWidth: narrow ? 4 : 8,
    conversion: narrow ? 'low_bytes' : 'none',
    order: narrow ? 'int32' : 'int64',
    ...convertedType(Converted.time[unit]),
    logicalType: temporal(7, unit, false),
  };
}

function timestamp(unit: TimeUnit, adjustedToUtc: boolean): LeafType {
  return {
    physical: Physical.int64,
    byteWidth: 8,
    conversion: 'none',
    order: 'int64',
    // LogicalTypes.md asks for the legacy annotation on local timestamps too, though its meaning was UTC.
    ...convertedType(Converted.timestamp[unit]),
    logicalType: temporal(8, unit, adjustedToUtc),
  };
}

function convertedType(number: number | undefined): { convertedType?: number } {
  return number === undefined ? {} : { convertedType: number };
}

function temporal(member: number, unit: TimeUnit, adjustedToUtc: boolean): (out: CompactWriter) => void {
  return (out) => {
    out.fieldStruct(member);
    out.fieldBool(1, adjustedToUtc);
    out.fieldStruct(2);
    out.fieldEmptyStruct(timeUnitMember[unit]);
    out.endStruct();
    out.endStruct();
  };
}
