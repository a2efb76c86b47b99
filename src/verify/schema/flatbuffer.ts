import { Problem } from '../problem.ts';

/**
 * A table of a FlatBuffer (flatbuffers.dev, "Internals"), whose fields are found by their ids. Each place is checked to
 * lie within the bytes, and a vector to have room for its elements: damaged bytes give wrong values or a `Problem`, but
 * never more of them than there are bytes.
 */
export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  /** The outermost table of a buffer. */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return new FlatTable(view, inside(view, 0, 4).getUint32(0, true));
  }

  uint8(id: number, preset: number): number {
    const at = this.#field(id, 1);
    return at === null ? preset : this.#view.getUint8(at);
  }

  int16(id: number, preset: number): number {
    const at = this.#field(id, 2);
    return at === null ? preset : this.#view.getInt16(at, true);
  }

  int32(id: number, preset: number): number {
    const at = this.#field(id, 4);
    return at === null ? preset : this.#view.getInt32(at, true);
  }

  /** Null where the field is not there. */
  table(id: number): FlatTable | null {
    const at = this.#target(id);
    return at === null ? null : new FlatTable(this.#view, at);
  }

  /** Null where the field is not there. */
  string(id: number): string | null {
    const at = this.#target(id);
    if (at === null) return null;
    const length = inside(this.#view, at, 4).getUint32(at, true);
    inside(this.#view, at + 4, length);
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + at + 4, length).toString('utf8');
  }

  /** None where the field is not there. */
  tables(id: number): FlatTable[] {
    const at = this.#target(id);
    if (at === null) return [];
    const count = inside(this.#view, at, 4).getUint32(at, true);
    inside(this.#view, at + 4, 4 * count);
    return Array.from({ length: count }, (_, i) => {
      const element = at + 4 + 4 * i;
      return new FlatTable(this.#view, element + this.#view.getUint32(element, true));
    });
  }

  #target(id: number): number | null {
    const at = this.#field(id, 4);
    return at === null ? null : at + this.#view.getUint32(at, true);
  }

  /** Where a field of `size` bytes lies, by the table's list of them. */
  #field(id: number, size: number): number | null {
    const view = inside(this.#view, this.#at, 4);
    const list = this.#at - view.getInt32(this.#at, true);
    const entry = 4 + 2 * id;
    if (entry + 2 > inside(view, list, 4).getUint16(list, true)) return null;
    const offset = inside(view, list + entry, 2).getUint16(list + entry, true);
    if (offset === 0) return null;
    inside(view, this.#at + offset, size);
    return this.#at + offset;
  }
}

function inside(view: DataView, at: number, length: number): DataView {
  if (at >= 0 && at + length <= view.byteLength) return view;
  throw new Problem('it points beyond its end');
}
