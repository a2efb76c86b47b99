import { byteWidthOf, childFields, type DataType, layoutOf } from '../types/kinds.ts';
import { BytesBuilder } from './bytes-builder.ts';
import { BitBuilder, FixedBuilder } from './fixed-builders.ts';
import { type ColumnBuilder, ListBuilder, StructBuilder } from './nested-builders.ts';

export { recycle } from './builder.ts';
export { BitBuilder, BytesBuilder, type ColumnBuilder, FixedBuilder, ListBuilder, StructBuilder };

/** A builder for columns of the given type with room for `capacity` slots. */
export function createBuilder(type: DataType, capacity: number): ColumnBuilder {
  switch (layoutOf(type)) {
    case 'bits':
      return new BitBuilder(capacity);
    case 'fixed':
      return new FixedBuilder(byteWidthOf(type), capacity);
    case 'bytes':
      return new BytesBuilder(capacity);
    case 'list':
      return new ListBuilder(createBuilder(childFields(type)[0]!.type, capacity), capacity);
    case 'struct':
      return new StructBuilder(
        childFields(type).map((field) => createBuilder(field.type, capacity)),
        capacity,
      );
  }
}

/** Bytes that one slot takes at least, its validity bit left out; batches are sized with it. */
export function slotBytes(type: DataType): number {
  switch (layoutOf(type)) {
    case 'bits':
      return 1 / 8;
    case 'fixed':
      return byteWidthOf(type);
    case 'bytes':
      return 4;
    case 'list':
      return 4 + slotBytes(childFields(type)[0]!.type);
    case 'struct':
      return childFields(type).reduce((sum, field) => sum + slotBytes(field.type), 0);
  }
}
