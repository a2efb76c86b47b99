import * as arrow from 'apache-arrow';
import type { BytesColumn } from '../columns/column.ts';
import { isValid, validityOf } from './validity.ts';

/**
 * Encodes the batches of one column of strings against a dictionary that only grows: each batch that brings new labels
 * adds a chunk to it. Indices keep their meaning through all batches, and Arrow IPC writes such chunks as deltas.
 */
export class DictionaryEncoder {
  readonly #type: arrow.Dictionary;
  /** Where each label is in the dictionary; keys are the label's bytes, one character each. */
  readonly #indices = new Map<string, number>();
  #dictionary: arrow.Vector;

  constructor(type: arrow.Dictionary) {
    this.#type = type;
    this.#dictionary = arrow.vectorFromArray([], type.dictionary);
  }

  encode(column: BytesColumn): arrow.Data {
    const { length, nullCount, offsets, data } = column;
    const bytes = Buffer.from(data.buffer, data.byteOffset, offsets[length]);
    const indices = new Int32Array(length);
    const added: string[] = [];
    for (let i = 0; i < length; i++) {
      if (!isValid(column, i)) continue;
      const label = bytes.toString('latin1', offsets[i], offsets[i + 1]);
      let index = this.#indices.get(label);
      if (index === undefined) {
        index = this.#indices.size;
        this.#indices.set(label, index);
        added.push(Buffer.from(label, 'latin1').toString());
      }
      indices[i] = index;
    }
    if (added.length > 0) {
      this.#dictionary = this.#dictionary.concat(arrow.vectorFromArray(added, this.#type.dictionary));
    }
    return arrow.makeData({
      type: this.#type,
      length,
      nullCount,
      nullBitmap: validityOf(column),
      data: indices,
      dictionary: this.#dictionary,
    });
  }
}
