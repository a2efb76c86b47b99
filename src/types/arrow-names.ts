import type { DataType, TimeUnit } from './kinds.ts';

/** A data type in the words that `parseArrowName` takes: `int32`, `timestamp[us, UTC]`, `decimal128(15, 2)`, `string[]`. */
export function arrowName(type: DataType): string {
  switch (type.id) {
    case 'int':
      return `${type.signed ? '' : 'u'}int${type.bitWidth}`;
    case 'float':
      return `float${type.bitWidth}`;
    case 'utf8':
      return 'string';
    case 'time64':
      return `time64[${type.unit}]`;
    case 'timestamp':
      return type.timezone === null ? `timestamp[${type.unit}]` : `timestamp[${type.unit}, ${type.timezone}]`;
    case 'decimal128':
      return `decimal128(${type.precision}, ${type.scale})`;
    case 'fixed_size_binary':
      return `fixed_size_binary(${type.byteWidth})`;
    case 'list':
      return `${arrowName(type.element.type)}[]`;
    case 'struct':
      return `struct<${type.fields.map(({ name, type: member }) => `${name}: ${arrowName(member)}`).join(', ')}>`;
    case 'map':
      return `map<${arrowName(type.key.type)}, ${arrowName(type.value.type)}>`;
    default:
      return type.id;
  }
}

const SIMPLE: Readonly<Record<string, DataType>> = {
  bool: { id: 'bool' },
  string: { id: 'utf8' },
  utf8: { id: 'utf8' },
  binary: { id: 'binary' },
  date32: { id: 'date32' },
  int16: { id: 'int', bitWidth: 16, signed: true },
  int32: { id: 'int', bitWidth: 32, signed: true },
  int64: { id: 'int', bitWidth: 64, signed: true },
  uint32: { id: 'int', bitWidth: 32, signed: false },
  float32: { id: 'float', bitWidth: 32 },
  float64: { id: 'float', bitWidth: 64 },
  'fixed_size_binary(16)': { id: 'fixed_size_binary', byteWidth: 16, annotation: 'uuid' },
};

/** The types that can be named, of decimals the widest one. */
export const NAMEABLE_TYPES: readonly DataType[] = [
  ...Object.values(SIMPLE),
  { id: 'decimal128', precision: 38, scale: 10 },
  { id: 'time64', unit: 'us' },
  { id: 'timestamp', unit: 'us', timezone: null },
  { id: 'timestamp', unit: 'us', timezone: 'UTC' },
];

/**
 * The data type that a user names: Arrow's words, with `[]` after them for each level of list (`int32[][]`); null if it
 * is none that a column can become.
 */
export function parseArrowName(text: string): DataType | null {
  const name = text.trim();
  if (name.endsWith('[]')) {
    const element = parseArrowName(name.slice(0, -2));
    return element && listOf(element);
  }
  const decimal = /^decimal(?:128)?\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(name);
  if (decimal !== null) {
    const [precision, scale] = [Number(decimal[1]), Number(decimal[2])];
    return precision >= 1 && precision <= 38 && scale <= precision
      ? { id: 'decimal128', precision, scale }
      : null;
  }
  const timed = /^(time64|timestamp)\[(us)(?:,\s*(UTC))?\]$/.exec(name);
  if (timed !== null) {
    const unit = timed[2] as TimeUnit;
    if (timed[1] === 'timestamp') return { id: 'timestamp', unit, timezone: timed[3] ?? null };
    return timed[3] === undefined ? { id: 'time64', unit } : null;
  }
  return Object.hasOwn(SIMPLE, name) ? SIMPLE[name]! : null;
}

/** A list of values that may be null, its member named as Arrow's own readers name it. */
export function listOf(element: DataType): DataType {
  return { id: 'list', element: { name: 'item', type: element, nullable: true } };
}

/** Whether two data types are the same but for what they are annotated with. */
export function sameType(a: DataType, b: DataType): boolean {
  return arrowName(a) === arrowName(b);
}
