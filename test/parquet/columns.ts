import type { Column } from '../../src/columns/column.ts';
import type { DataType, Field } from '../../src/types/kinds.ts';
import { byteWidthOf, childFields } from '../../src/types/kinds.ts';
import type { Value } from '../support/readers.ts';

/** Builds a column in Arrow's layout from canonical values. Null slots and unused bits hold garbage, as they may. */
export function columnOf(type: DataType, values: readonly Value[]): Column {
  const length = values.length;
  const validity = new Uint8Array(((length + 7) >> 3) + 1).fill(0xff);
  values.forEach((value, i) => {
    if (value === null) validity[i >> 3]! &= ~(1 << (i & 7));
  });
  const nullCount = values.filter((value) => value === null).length;
  const base = { length, nullCount, validity: nullCount === 0 ? new Uint8Array(0) : validity };
  switch (type.id) {
    case 'bool':
      return { layout: 'bits', ...base, values: bits(values) };
    case 'utf8':
    case 'binary':
      return { layout: 'bytes', ...base, ...byteStrings(type, values) };
    case 'list':
    case 'map':
      return { layout: 'list', ...base, ...lists(childFields(type)[0]!, values) };
    case 'struct':
      return {
        layout: 'struct',
        ...base,
        children: type.fields.map((field, i) => structMember(field, values, i)),
      };
    default:
      return { layout: 'fixed', ...base, byteWidth: byteWidthOf(type), values: fixed(type, values) };
  }
}

function bits(values: readonly Value[]): Uint8Array {
  const out = new Uint8Array((values.length + 7) >> 3).fill(0xa5);
  values.forEach((value, i) => {
    if (value === true) out[i >> 3]! |= 1 << (i & 7);
    if (value === false) out[i >> 3]! &= ~(1 << (i & 7));
  });
  return out;
}

function byteStrings(type: DataType, values: readonly Value[]): { offsets: Int32Array; data: Uint8Array } {
  const encoding = type.id === 'utf8' ? 'utf8' : 'hex';
  const parts = values.map((value) => Buffer.from((value as string | null) ?? '', encoding));
  return { offsets: offsetsOf(parts.map((part) => part.length)), data: new Uint8Array(Buffer.concat(parts)) };
}

function lists(element: Field, values: readonly Value[]): { offsets: Int32Array; child: Column } {
  const elements = values.map((value) => (value as readonly Value[] | null) ?? []);
  return {
    offsets: offsetsOf(elements.map((list) => list.length)),
    child: columnOf(element.type, elements.flat()),
  };
}

/** Under null structs members hold something, since they may. */
function structMember(field: Field, values: readonly Value[], i: number): Column {
  const some = values.map((value) => (value as readonly Value[] | null)?.[i] ?? null);
  const garbage = some.find((value) => value !== null) ?? null;
  return columnOf(
    field.type,
    values.map((value, row) => (value === null ? garbage : some[row]!)),
  );
}

function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i]! + length;
  });
  return offsets;
}

function fixed(type: DataType, values: readonly Value[]): Uint8Array {
  const width = byteWidthOf(type);
  const out = new Uint8Array(values.length * width).fill(0x5a);
  values.forEach((value, i) => {
    if (value !== null) out.set(fixedValue(type, value as string, width), i * width);
  });
  return out;
}

function fixedValue(type: DataType, value: string, width: number): Uint8Array {
  switch (type.id) {
    case 'fixed_size_binary':
      return Buffer.from(value, 'hex');
    case 'float':
      return Buffer.from(value, 'hex').reverse();
    default: {
      const hex = BigInt.asUintN(8 * width, BigInt(value)).toString(16);
      return Buffer.from(hex.padStart(2 * width, '0'), 'hex').reverse();
    }
  }
}
