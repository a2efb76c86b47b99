import type * as Arrow from 'apache-arrow';
import type { DataType, Field, TimeUnit } from '../types/kinds.ts';

/** The Arrow schema of the fields. The first call imports `apache-arrow`, which takes some 60 ms. */
export async function arrowSchema(fields: readonly Field[]): Promise<Arrow.Schema> {
  const arrow = await import('apache-arrow');
  return new arrow.Schema(fields.map((field) => arrowField(arrow, field, true)));
}

/** The value of the footer's `ARROW:schema` key: the schema as an encapsulated Arrow IPC message, in base64. */
export async function arrowSchemaKey(fields: readonly Field[]): Promise<string> {
  const arrow = await import('apache-arrow');
  const schema = await arrowSchema(fields);
  const stream = new arrow.RecordBatchStreamWriter().writeAll(new arrow.Table(schema)).toUint8Array(true);
  // The schema's message comes first: continuation marker, length of the metadata, metadata.
  const view = new DataView(stream.buffer, stream.byteOffset);
  return Buffer.from(stream.subarray(0, 8 + view.getInt32(4, true))).toString('base64');
}

function arrowField(arrow: typeof Arrow, field: Field, topLevel = false): Arrow.Field {
  const metadata = field.metadata === undefined ? undefined : new Map(Object.entries(field.metadata));
  return new arrow.Field(field.name, arrowType(arrow, field.type, topLevel), field.nullable, metadata);
}

function arrowType(arrow: typeof Arrow, type: DataType, topLevel: boolean): Arrow.DataType {
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
      // Arrow C++ cannot read dictionaries below a list or struct from several row groups.
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
      return arrowTime(arrow, type.unit);
    case 'timestamp':
      return new arrow.Timestamp(timeUnit(arrow, type.unit), type.timezone);
    case 'list':
      return new arrow.List(arrowField(arrow, type.element));
    case 'struct':
      return new arrow.Struct(type.fields.map((field) => arrowField(arrow, field)));
    case 'map':
      return arrowMap(arrow, type.key, type.value);
  }
}

/** Arrow has no 8-byte time in milliseconds; files hold it in 4 bytes anyway. */
function arrowTime(arrow: typeof Arrow, unit: TimeUnit): Arrow.DataType {
  switch (unit) {
    case 'ms':
      return new arrow.TimeMillisecond();
    case 'us':
      return new arrow.TimeMicrosecond();
    case 'ns':
      return new arrow.TimeNanosecond();
  }
}

function timeUnit(arrow: typeof Arrow, unit: TimeUnit): Arrow.TimeUnit {
  switch (unit) {
    case 'ms':
      return arrow.TimeUnit.MILLISECOND;
    case 'us':
      return arrow.TimeUnit.MICROSECOND;
    case 'ns':
      return arrow.TimeUnit.NANOSECOND;
  }
}

function arrowMap(arrow: typeof Arrow, key: Field, value: Field): Arrow.DataType {
  const members = [arrowField(arrow, { ...key, nullable: false }), arrowField(arrow, value)];
  const entries = new arrow.Struct<{ key: Arrow.DataType; value: Arrow.DataType }>(members);
  return new arrow.Map_(new arrow.Field('entries', entries, false));
}
