import * as arrow from 'apache-arrow';
import type { Column, FixedColumn, RecordBatch } from '../columns/column.ts';
import { byteWidthOf, childFields, type DataType, type Field, layoutOf } from '../types/kinds.ts';
import { DictionaryEncoder } from './dictionary-encoder.ts';
import { toArrowSchema } from './to-arrow.ts';
import { bitmapBytes, validityOf } from './validity.ts';

/**
 * Makes `apache-arrow` record batches of the program's own, all of one schema. They are views of the same memory;
 * only enums, which become dictionaries, are encoded anew.
 */
export class RecordBatchConverter {
  readonly schema: arrow.Schema;
  readonly #fields: readonly Field[];
  readonly #dictionaries: readonly (DictionaryEncoder | null)[];

  constructor(fields: readonly Field[]) {
    this.schema = toArrowSchema(fields);
    this.#fields = fields;
    this.#dictionaries = this.schema.fields.map(({ type }) =>
      arrow.DataType.isDictionary(type) ? new DictionaryEncoder(type) : null,
    );
  }

  /** The batch's columns must be of the fields' types and are handed over: nobody may write to them any more. */
  convert({ rows, columns }: RecordBatch): arrow.RecordBatch {
    const children = columns.map((column, i) => {
      const dictionary = this.#dictionaries[i];
      if (dictionary && column.layout === 'bytes') return dictionary.encode(column);
      return toArrowData(this.schema.fields[i]!.type, this.#fields[i]!.type, column);
    });
    const type = new arrow.Struct(this.schema.fields);
    const data = arrow.makeData({ type, length: rows, nullCount: 0, children });
    return new arrow.RecordBatch(this.schema, data);
  }

  /** A batch without rows, for the schema's sake. */
  empty(): arrow.RecordBatch {
    return this.convert({ rows: 0, columns: this.#fields.map(({ type }) => emptyColumn(type)) });
  }
}

function emptyColumn(type: DataType): Column {
  const none = new Uint8Array(0);
  const common = { length: 0, nullCount: 0, validity: none };
  const layout = layoutOf(type);
  const children = childFields(type).map((field) => emptyColumn(field.type));
  switch (layout) {
    case 'bits':
      return { ...common, layout, values: none };
    case 'fixed':
      return { ...common, layout, byteWidth: byteWidthOf(type), values: none };
    case 'bytes':
      return { ...common, layout, offsets: new Int32Array(1), data: none };
    case 'list':
      return { ...common, layout, offsets: new Int32Array(1), child: children[0]! };
    case 'struct':
      return { ...common, layout, children };
  }
}

/** The column's memory under an `apache-arrow` type, which `type` is in the program's own words. */
function toArrowData(arrowType: arrow.DataType, type: DataType, column: Column): arrow.Data {
  const { length, nullCount } = column;
  const common = { type: arrowType, length, nullCount, nullBitmap: validityOf(column) };
  switch (column.layout) {
    case 'bits':
      return makeData({ ...common, data: column.values.subarray(0, bitmapBytes(length)) });
    case 'fixed':
      return makeData({ ...common, data: valuesOf(arrowType, type, column) });
    case 'bytes': {
      const valueOffsets = column.offsets.subarray(0, length + 1);
      return makeData({ ...common, valueOffsets, data: column.data.subarray(0, valueOffsets[length]) });
    }
    case 'list': {
      const child = toArrowData(arrowType.children[0]!.type, childFields(type)[0]!.type, column.child);
      return makeData({ ...common, valueOffsets: column.offsets.subarray(0, length + 1), child });
    }
    case 'struct': {
      const members = childFields(type);
      const children = column.children.map((child, i) =>
        toArrowData(arrowType.children[i]!.type, members[i]!.type, child),
      );
      return makeData({ ...common, children });
    }
  }
}

/** What `makeData` takes for the layouts above; its own types want to know the Arrow type at compile time. */
interface DataParts {
  readonly type: arrow.DataType;
  readonly length: number;
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | undefined;
  readonly data?: ArrayBufferView;
  readonly valueOffsets?: Int32Array;
  readonly child?: arrow.Data;
  readonly children?: readonly arrow.Data[];
}

function makeData(parts: DataParts): arrow.Data {
  return arrow.makeData(parts as unknown as Parameters<typeof arrow.makeData>[0]);
}

/** The values as the typed array that `apache-arrow` wants for the type. */
function valuesOf(arrowType: arrow.DataType, type: DataType, column: FixedColumn): ArrayBufferView {
  if (type.id === 'time64' && type.unit === 'ms') throw new TypeError('Arrow has no 8-byte time in ms');
  const { values, length, byteWidth } = column;
  const ArrayType = arrowType.ArrayType as Int32ArrayConstructor;
  const count = (length * byteWidth) / ArrayType.BYTES_PER_ELEMENT;
  return new ArrayType(values.buffer, values.byteOffset, count);
}
