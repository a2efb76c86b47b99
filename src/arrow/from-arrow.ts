import {
  type Field as ArrowField,
  TimeUnit as ArrowTimeUnit,
  type DataType as ArrowType,
  type Date_,
  DateUnit,
  type Decimal,
  type FixedSizeBinary,
  type Float,
  type Int,
  type List,
  Precision,
  type Struct,
  type Time,
  type Timestamp,
  Type,
} from 'apache-arrow';
import { ExportError } from '../errors.ts';
import type { DataType, Field, TimeUnit } from '../types/kinds.ts';

const TIME_UNITS: Readonly<Record<number, TimeUnit>> = {
  [ArrowTimeUnit.MILLISECOND]: 'ms',
  [ArrowTimeUnit.MICROSECOND]: 'us',
  [ArrowTimeUnit.NANOSECOND]: 'ns',
};

/** The data type that stands for an `apache-arrow` type. Throws `ExportError` (`unsupported`) if none does. */
export function fromArrowType(type: ArrowType): DataType {
  switch (type.typeId) {
    case Type.Bool:
      return { id: 'bool' };
    case Type.Int: {
      const { bitWidth, isSigned } = type as Int;
      return { id: 'int', bitWidth, signed: isSigned };
    }
    case Type.Float: {
      const { precision } = type as Float;
      if (precision === Precision.HALF) throw unsupported(type);
      return { id: 'float', bitWidth: precision === Precision.SINGLE ? 32 : 64 };
    }
    case Type.Decimal: {
      const { precision, scale, bitWidth } = type as Decimal;
      if (bitWidth !== 128) throw unsupported(type);
      return { id: 'decimal128', precision, scale };
    }
    case Type.Utf8:
      return { id: 'utf8' };
    case Type.Binary:
      return { id: 'binary' };
    case Type.FixedSizeBinary:
      return { id: 'fixed_size_binary', byteWidth: (type as FixedSizeBinary).byteWidth };
    case Type.Date:
      if ((type as Date_).unit !== DateUnit.DAY) throw unsupported(type);
      return { id: 'date32' };
    case Type.Time: {
      const { bitWidth, unit } = type as Time;
      if (bitWidth !== 64) throw unsupported(type);
      return { id: 'time64', unit: timeUnit(unit, type) };
    }
    case Type.Timestamp: {
      const { unit, timezone } = type as Timestamp;
      return { id: 'timestamp', unit: timeUnit(unit, type), timezone: timezone ?? null };
    }
    case Type.List:
      return { id: 'list', element: fromArrowField((type as List).children[0]!) };
    case Type.Struct:
      return { id: 'struct', fields: (type as Struct).children.map(fromArrowField) };
    default:
      throw unsupported(type);
  }
}

/** The field that stands for an `apache-arrow` field. */
export function fromArrowField(field: ArrowField): Field {
  const { name, nullable, metadata } = field;
  return { name, type: fromArrowType(field.type), nullable, metadata: Object.fromEntries(metadata) };
}

function timeUnit(unit: ArrowTimeUnit, type: ArrowType): TimeUnit {
  const name = TIME_UNITS[unit];
  if (name === undefined) throw unsupported(type);
  return name;
}

function unsupported(type: ArrowType): ExportError {
  return new ExportError('unsupported', `the Arrow type ${type} cannot be written`, {
    stage: 'plan',
    hint: 'the types that can are listed in docs/types.md',
  });
}
