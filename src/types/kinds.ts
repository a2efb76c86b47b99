/**
 * The closed set of data types that flow through the program, named as Arrow names them (Arrow columnar format,
 * Schema.fbs). They are plain data, so that structured clone carries them to worker threads. Column and Parquet code
 * switch on these and never on Postgres OIDs.
 */
export type DataType =
  | { readonly id: 'bool' }
  | { readonly id: 'int'; readonly bitWidth: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly id: 'float'; readonly bitWidth: 32 | 64 }
  | { readonly id: 'decimal128'; readonly precision: number; readonly scale: number }
  | { readonly id: 'utf8'; readonly annotation?: 'json' | 'enum' }
  | { readonly id: 'binary' }
  | { readonly id: 'fixed_size_binary'; readonly byteWidth: number; readonly annotation?: 'uuid' }
  | { readonly id: 'date32' }
  | { readonly id: 'time64'; readonly unit: TimeUnit }
  | { readonly id: 'timestamp'; readonly unit: TimeUnit; readonly timezone: string | null }
  | { readonly id: 'list'; readonly element: Field }
  | { readonly id: 'struct'; readonly fields: readonly Field[] }
  | { readonly id: 'map'; readonly key: Field; readonly value: Field };

/** Milliseconds, microseconds, nanoseconds. */
export type TimeUnit = 'ms' | 'us' | 'ns';

/** A named, typed column or nested member. All fields from Postgres are nullable. */
export interface Field {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Arrow custom metadata of the field: the Postgres type's name, the column's comment. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** How the values of a data type lie in memory (Arrow columnar format, "Physical memory layout"). */
export type Layout = 'bits' | 'fixed' | 'bytes' | 'list' | 'struct';

/** The memory layout of a data type. A map is a list of structs of a key and a value. */
export function layoutOf(type: DataType): Layout {
  switch (type.id) {
    case 'bool':
      return 'bits';
    case 'utf8':
    case 'binary':
      return 'bytes';
    case 'list':
    case 'map':
      return 'list';
    case 'struct':
      return 'struct';
    default:
      return 'fixed';
  }
}

/** Bytes per value of a data type with `fixed` layout. */
export function byteWidthOf(type: DataType): number {
  switch (type.id) {
    case 'int':
    case 'float':
      return type.bitWidth / 8;
    case 'date32':
      return 4;
    case 'time64':
    case 'timestamp':
      return 8;
    case 'decimal128':
      return 16;
    case 'fixed_size_binary':
      return type.byteWidth;
    default:
      throw new TypeError(`${type.id} has no fixed width`);
  }
}

/** The children of a nested data type: of a list its element, of a map its entries; none for other types. */
export function childFields(type: DataType): readonly Field[] {
  switch (type.id) {
    case 'list':
      return [type.element];
    case 'struct':
      return type.fields;
    case 'map':
      return [mapEntries(type)];
    default:
      return [];
  }
}

/** The struct of key and value that a map's entries are. */
function mapEntries(type: Extract<DataType, { id: 'map' }>): Field {
  return {
    name: 'entries',
    type: { id: 'struct', fields: [type.key, type.value] },
    nullable: false,
  };
}
