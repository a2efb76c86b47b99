import type { BytesBuilder, ListBuilder, StructBuilder } from '../../columns/builders.ts';

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

/** hstore_send: int32 number of entries; each int32 length and key, int32 length (-1 for NULL) and value. */
export function storeHstore(map: ListBuilder, b: Uint8Array, v: DataView, p: number, n: number): boolean {
  const stop = p + n;
  if (n < 4) return false;
  const target = new MapTarget(map);
  const count = v.getInt32(p);
  p += 4;
  for (let i = 0; i < count; i++) {
    if (p + 8 > stop) return false;
    const keyLength = v.getInt32(p);
    const key = p + 4;
    p = key + keyLength;
    if (keyLength < 0 || p + 4 > stop) return false;
    const valueLength = v.getInt32(p);
    const value = p + 4;
    p = value + Math.max(valueLength, 0);
    if (valueLength < -1 || p > stop) return false;
    target.add(b, key, keyLength, value, valueLength);
  }
  return p === stop;
}
