import { Problem } from '../problem.ts';

/** Structs within structs beyond this are no Parquet metadata. */
const MAX_DEPTH = 64;

/**
 * Reads the Thrift compact protocol, and only the form that writers give it: integers in as few bytes as possible, short
 * field headers where they do. Throws `Problem`.
 */
export class CompactReader {
  readonly bytes: Uint8Array;
  position: number;
  /** Fields that the metadata's definition does not know, as `RowGroup.12`. */
  readonly unknown: Set<string>;
  #depth = 0;

  constructor(bytes: Uint8Array, position = 0, unknown = new Set<string>()) {
    this.bytes = bytes;
    this.position = position;
    this.unknown = unknown;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) throw new EndOfBytes();
    this.position++;
    return byte;
  }

  /** An unsigned integer; beyond 2^53 it would lose bits, and is refused. */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; ; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw new Problem('an integer has more bytes than it needs');
        break;
      }
      if (i === 9) throw new Problem('an integer has more than 64 bits');
    }
    if (value > Number.MAX_SAFE_INTEGER) throw new Problem('an integer is beyond 2^53');
    return value;
  }

  /** A signed integer. */
  zigzag(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  binary(): Uint8Array {
    const length = this.varint();
    if (length > this.remaining) throw new EndOfBytes();
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  /** The header of a struct's next field; null at the struct's end. */
  field(lastId: number): { readonly id: number; readonly type: number } | null {
    const byte = this.byte();
    if (byte === 0) return null;
    const type = byte & 0x0f;
    const delta = byte >> 4;
    if (delta > 0) return { id: lastId + delta, type };
    const id = this.zigzag();
    if (id > lastId && id - lastId < 16) throw new Problem('a field has a longer header than it needs');
    return { id, type };
  }

  /** The header of a list: the code of its elements, and how many there are. */
  list(): { readonly type: number; readonly count: number } {
    const byte = this.byte();
    const type = byte & 0x0f;
    if (byte >> 4 < 15) return { type, count: byte >> 4 };
    const count = this.varint();
    if (count < 15) throw new Problem('a list has a longer header than it needs');
    // Each element takes a byte at least: a count that cannot be is found before anything is made for it.
    if (count > this.remaining) throw new EndOfBytes();
    return { type, count };
  }

  /** Runs `read` one level deeper. */
  nested<T>(read: () => T): T {
    if (this.#depth === MAX_DEPTH) throw new Problem(`structs are nested more than ${MAX_DEPTH} deep`);
    this.#depth++;
    const value = read();
    this.#depth--;
    return value;
  }

  /** Passes over a value of a type, that of a boolean field being in its header. */
  skip(type: number, inList = false): void {
    switch (type) {
      case 1:
      case 2:
        if (inList) this.byte();
        break;
      case 3:
        this.byte();
        break;
      case 4:
      case 5:
      case 6:
        this.#skipVarint();
        break;
      case 7:
        this.#pass(8);
        break;
      case 8:
        this.binary();
        break;
      case 9:
      case 10:
        this.nested(() => this.#skipList());
        break;
      case 12:
        this.nested(() => this.#skipStruct());
        break;
      default:
        throw new Problem(`there is no Thrift type ${type} in Parquet's metadata`);
    }
  }

  #skipVarint(): void {
    for (let i = 0; this.byte() >= 0x80; i++) {
      if (i === 9) throw new Problem('an integer has more than 64 bits');
    }
  }

  #skipList(): void {
    const { type, count } = this.list();
    for (let i = 0; i < count; i++) this.skip(type, true);
  }

  #skipStruct(): void {
    for (let field = this.field(0); field !== null; field = this.field(field.id)) this.skip(field.type);
  }

  #pass(count: number): void {
    if (count > this.remaining) throw new EndOfBytes();
    this.position += count;
  }
}

/** The bytes end within a struct. More of them may help, where the length is not known before. */
export class EndOfBytes extends Problem {
  constructor() {
    super('the metadata end before their last field');
  }
}
