import type * as arrow from 'apache-arrow';
import type { BytesColumn } from '../columns/column.ts';
import { isValid } from './validity.ts';

/** The strings that a dictionary-encoded column stands for. */
export function decodeDictionary(
  data: arrow.Data,
  base: Pick<BytesColumn, 'length' | 'nullCount' | 'validity'>,
): BytesColumn {
  const labels = labelsOf(data.dictionary as arrow.Vector);
  const indices = data.values as ArrayLike<number>;
  const offsets = new Int32Array(base.length + 1);
  const label = (slot: number) => (isValid(base, slot) ? labels[Number(indices[slot])]! : none);
  for (let slot = 0; slot < base.length; slot++) {
    offsets[slot + 1] = offsets[slot]! + label(slot).length;
  }
  const bytes = new Uint8Array(offsets[base.length]!);
  for (let slot = 0; slot < base.length; slot++) {
    bytes.set(label(slot), offsets[slot]);
  }
  return { layout: 'bytes', ...base, offsets, data: bytes };
}

const none = new Uint8Array(0);

/** The bytes of each entry; a dictionary may have grown chunk by chunk. */
function labelsOf(dictionary: arrow.Vector): Uint8Array[] {
  return dictionary.data.flatMap(({ length, valueOffsets, values }) =>
    Array.from({ length }, (_, i) => values.subarray(valueOffsets[i], valueOffsets[i + 1])),
  );
}
