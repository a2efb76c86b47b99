import * as arrow from 'apache-arrow';
import type { Column, RecordBatch } from '../columns/column.ts';
import { byteWidthOf, childFields, type DataType, type Field, layoutOf } from '../types/kinds.ts';
import { bitmapAt, countValid } from './bitmap.ts';
import { decodeDictionary } from './decode-dictionary.ts';
import { fromArrowType } from './from-arrow.ts';
import { withoutBytesOfNulls } from './null-slots.ts';

/**
 * The fields that stand for an `apache-arrow` schema's, for the types that columns can have. Dictionaries of strings
 * become strings, marked as enums at the top level. Throws `ExportError` (`unsupported`) for other types.
 */
export function fromArrowSchema(schema: arrow.Schema): readonly Field[] {
  return schema.fields.map((field) => fieldOf(field, true));
}

function fieldOf(field: arrow.Field, topLevel = false): Field {
  const { name, nullable, metadata } = field;
  return { name, type: typeOf(field.type, topLevel), nullable, metadata: Object.fromEntries(metadata) };
}

function typeOf(type: arrow.DataType, topLevel: boolean): DataType {
  if (arrow.DataType.isDictionary(type) && arrow.DataType.isUtf8(type.dictionary)) {
    return topLevel ? { id: 'utf8', annotation: 'enum' } : { id: 'utf8' };
  }
  if (arrow.DataType.isMap(type)) {
    const [key, value] = type.children[0]!.type.children as [arrow.Field, arrow.Field];
    return { id: 'map', key: fieldOf(key), value: fieldOf(value) };
  }
  if (arrow.DataType.isList(type)) {
    return { id: 'list', element: fieldOf(type.children[0]!) };
  }
  if (arrow.DataType.isStruct(type)) {
    return { id: 'struct', fields: type.children.map((child: arrow.Field) => fieldOf(child)) };
  }
  if (isTime32Milliseconds(type)) {
    return { id: 'time64', unit: 'ms' };
  }
  return fromArrowType(type);
}

function isTime32Milliseconds(type: arrow.DataType): boolean {
  return arrow.DataType.isTime(type) && type.bitWidth === 32 && type.unit === arrow.TimeUnit.MILLISECOND;
}

/** The batch's columns, which are views of its memory where that is possible; `fields` are its schema's. */
export function fromArrowBatch(batch: arrow.RecordBatch, fields: readonly Field[]): RecordBatch {
  return {
    rows: batch.numRows,
    columns: fields.map(({ type }, i) => columnOf(batch.data.children[i]!, type)),
  };
}

function columnOf(data: arrow.Data, type: DataType): Column {
  const { length } = data;
  const { nullBitmap } = data;
  const hasBitmap = nullBitmap !== undefined && nullBitmap.length > 0;
  const validity = hasBitmap ? bitmapAt(nullBitmap, data.offset, length) : new Uint8Array(0);
  const nullCount = hasBitmap ? length - countValid(validity, length) : 0;
  const base = { length, nullCount, validity };
  switch (layoutOf(type)) {
    case 'bits':
      return { layout: 'bits', ...base, values: bitmapAt(data.values, data.offset, length) };
    case 'fixed':
      return { layout: 'fixed', ...base, byteWidth: byteWidthOf(type), values: fixedValues(data, type) };
    case 'bytes':
      if (arrow.DataType.isDictionary(data.type)) return decodeDictionary(data, base);
      return withoutBytesOfNulls({
        layout: 'bytes',
        ...base,
        offsets: offsetsOf(data),
        data: data.values ?? new Uint8Array(0),
      });
    case 'list': {
      const [element] = childFields(type);
      return {
        layout: 'list',
        ...base,
        offsets: offsetsOf(data),
        child: columnOf(data.children[0]!, element!.type),
      };
    }
    case 'struct': {
      const members = childFields(type);
      const children = data.children.map((child, i) => columnOf(child, members[i]!.type));
      return { layout: 'struct', ...base, children };
    }
  }
}

/** An empty array of lists or strings may have no offsets at all. */
function offsetsOf(data: arrow.Data): Int32Array {
  return data.length === 0 ? new Int32Array(1) : data.valueOffsets.subarray(0, data.length + 1);
}

/** The values' bytes, aligned to 8. */
function fixedValues(data: arrow.Data, type: DataType): Uint8Array {
  const { values } = data as { values: ArrayBufferView };
  if (type.id === 'time64' && type.unit === 'ms') {
    return new Uint8Array(BigInt64Array.from(values as Int32Array, BigInt).buffer);
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, data.length * byteWidthOf(type));
  return bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
}
