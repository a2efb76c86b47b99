import { childFields, type DataType } from '../../types/kinds.ts';
import type { VectorReader } from './duckdb.ts';

/** One vector of a chunk with the memory that it lies in, valid as long as the chunk. */
export interface VectorMemory {
  readonly data: DataView;
  /** One bit per slot, 1 = valid; null where all are. */
  readonly validity: Uint8Array | null;
  readonly children: readonly VectorMemory[];
}

/** A string or blob: its length, then its bytes, or from 13 bytes on four of them and an address (`duckdb_string_t`). */
export const STRING_BYTES = 16;
export const INLINE_BYTES = 12;
/** Where a list begins in its child, and its length (`duckdb_list_entry`). */
export const LIST_ENTRY_BYTES = 16;

/** Bytes of a slot in a vector that is no struct. */
export function slotBytes(type: DataType): number {
  switch (type.id) {
    case 'bool':
      return 1;
    case 'int':
    case 'float':
      return type.bitWidth / 8;
    case 'decimal128':
      return decimalBytes(type.precision);
    case 'date32':
      return 4;
    case 'time64':
    case 'timestamp':
      return 8;
    case 'struct':
      return 0;
    default:
      return 16;
  }
}

/** A decimal is the smallest integer that holds its digits. */
function decimalBytes(precision: number): number {
  if (precision <= 4) return 2;
  if (precision <= 9) return 4;
  return precision <= 18 ? 8 : 16;
}

/** Finds the memory of a vector of `slots` slots and of all below it. */
export function vectorMemory(
  reader: VectorReader,
  vector: unknown,
  slots: number,
  type: DataType,
): VectorMemory {
  const bytes = slots * slotBytes(type);
  const data = bytes === 0 ? new Uint8Array(0) : reader.vector_get_data(vector, bytes);
  return {
    data: new DataView(data.buffer, data.byteOffset, data.byteLength),
    validity: slots === 0 ? null : reader.vector_get_validity(vector, 8 * Math.ceil(slots / 64)),
    children: childrenOf(reader, vector, slots, type),
  };
}

function childrenOf(reader: VectorReader, vector: unknown, slots: number, type: DataType): VectorMemory[] {
  const members = childFields(type);
  switch (type.id) {
    case 'list':
    case 'map': {
      const child = reader.list_vector_get_child(vector);
      return [vectorMemory(reader, child, reader.list_vector_get_size(vector), members[0]!.type)];
    }
    case 'struct':
      return members.map((member, i) =>
        vectorMemory(reader, reader.struct_vector_get_child(vector, i), slots, member.type),
      );
    default:
      return [];
  }
}
