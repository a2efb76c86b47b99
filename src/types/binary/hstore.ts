import { isUtf8 } from 'node:buffer';
import type { BytesBuilder, ListBuilder, StructBuilder } from '../../columns/builders.ts';
import type { Unrepresentable } from '../pg-type.ts';

/** The builders of a map<utf8, utf8>, at the entry to be written next. */
export class MapTarget {
  readonly #entries: StructBuilder;
  readonly #key: BytesBuilder;
  readonly #value: BytesBuilder;

  constructor(map: ListBuilder) {
    this.#entries = map.child as StructBuilder;
    this.#key = this.#entries.children[0] as BytesBuilder;
    this.#value = this.#entries.children[1] as BytesBuilder;
  }

  /** Adds an entry; a length of -1 is a null value. */
  add(b: Uint8Array, key: number, keyLength: number, value: number, valueLength: number): void {
    this.#entries.reserve(1);
    const slot = this.#entries.length++;
    this.#key.append(b, key, keyLength);
    this.#key.offsets[slot + 1] = this.#key.end;
    if (valueLength < 0) this.#value.setNull(slot);
    else this.#value.append(b, value, valueLength);
    this.#value.offsets[slot + 1] = this.#value.end;
  }
}

/**
 * Stores the entries of an hstore, or says why not. hstore_send: int32 number of entries; each int32 length and key, int32
 * length (-1 for NULL) and value. All of it is checked before the first entry is added.
 */
export function storeHstore(
  map: ListBuilder,
  b: Uint8Array,
  v: DataView,
  p: number,
  n: number,
): Unrepresentable | null {
  const stop = p + n;
  const count = n < 4 ? -1 : v.getInt32(p);
  let at = p + 4;
  let allUtf8 = true;
  for (let i = 0; i < 2 * count; i++) {
    const length = at + 4 > stop ? -2 : v.getInt32(at);
    at += 4;
    if (length < (i % 2 === 0 ? 0 : -1) || length > stop - at) return 'malformed';
    allUtf8 &&= length <= 0 || isUtf8(b.subarray(at, at + length));
    at += Math.max(length, 0);
  }
  if (count < 0 || at !== stop) return 'malformed';
  if (!allUtf8) return 'notUtf8';
  const target = new MapTarget(map);
  for (at = p + 4; at < stop; ) {
    const keyLength = v.getInt32(at);
    const key = at + 4;
    const valueLength = v.getInt32(key + keyLength);
    const value = key + keyLength + 4;
    target.add(b, key, keyLength, value, valueLength);
    at = value + Math.max(valueLength, 0);
  }
  return null;
}
