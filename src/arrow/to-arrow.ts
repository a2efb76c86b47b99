// Of the package's parts those that schemas need: half of the time that loading all of it takes.
import { TimeUnit as ArrowTimeUnit } from 'apache-arrow/enum';
import { Field as ArrowField, Schema } from 'apache-arrow/schema';
import * as arrow from 'apache-arrow/type';
import type { DataType, Field, TimeUnit } from '../types/kinds.ts';

const TIME_UNITS: Readonly<Record<TimeUnit, ArrowTimeUnit>> = {
  ms: ArrowTimeUnit.MILLISECOND,
  us: ArrowTimeUnit.MICROSECOND,
  ns: ArrowTimeUnit.NANOSECOND,
};

/** The `apache-arrow` schema of the columns. */
export function toArrowSchema(fields: readonly Field[]): Schema {
  return new Schema(fields.map((field) => toArrowField(field, true)));
}

/**
 * The `apache-arrow` type that stands for a data type. Enums become dictionaries at the top level only: Arrow C++
 * cannot read dictionaries below a list or struct from several row groups.
 */
export function toArrowType(type: DataType, topLevel = false): arrow.DataType {
  switch (type.id) {
    case 'bool':
      return new arrow.Bool();
    case 'int':
      return new arrow.Int(type.signed, type.bitWidth);
    case 'float':
      return type.bitWidth === 32 ? new arrow.Float32() : new arrow.Float64();
    case 'decimal128':
      return new arrow.Decimal(type.scale, type.precision, 128);
    case 'utf8':
      return type.annotation === 'enum' && topLevel
        ? new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32())
        : new arrow.Utf8();
    case 'binary':
      return new arrow.Binary();
    case 'fixed_size_binary':
      return new arrow.FixedSizeBinary(type.byteWidth);
    case 'date32':
      return new arrow.DateDay();
    case 'time64':
      return toArrowTime(type.unit);
    case 'timestamp':
      return new arrow.Timestamp(TIME_UNITS[type.unit], type.timezone);
    case 'list':
      return new arrow.List(toArrowField(type.element));
    case 'struct':
      return new arrow.Struct(type.fields.map((field) => toArrowField(field)));
    case 'map':
      return toArrowMap(type.key, type.value);
  }
}

function toArrowField(field: Field, topLevel = false): ArrowField {
  const metadata = field.metadata === undefined ? undefined : new Map(Object.entries(field.metadata));
  return new ArrowField(field.name, toArrowType(field.type, topLevel), field.nullable, metadata);
}

/** Arrow has no 8-byte time in milliseconds; files hold it in 4 bytes anyway. */
function toArrowTime(unit: TimeUnit): arrow.DataType {
  switch (unit) {
    case 'ms':
      return new arrow.TimeMillisecond();
    case 'us':
      return new arrow.TimeMicrosecond();
    case 'ns':
      return new arrow.TimeNanosecond();
  }
}

function toArrowMap(key: Field, value: Field): arrow.DataType {
  const members = [toArrowField({ ...key, nullable: false }), toArrowField(value)];
  const entries = new arrow.Struct<{ key: arrow.DataType; value: arrow.DataType }>(members);
  return new arrow.Map_(new ArrowField('entries', entries, false));
}
