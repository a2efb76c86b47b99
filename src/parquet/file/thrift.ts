/** Type codes of the Thrift compact protocol that Parquet's metadata needs. */
export const ThriftType = {
  true: 1,
  false: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  binary: 8,
  list: 9,
  struct: 12,
} as const;

/**
 * Writes Thrift structs in the compact protocol. Fields are written in the order of their ids; the outermost struct
 * needs no `beginStruct` but an `endStruct`.
 */
export class CompactWriter {
  // V8 keeps no more than 64 bytes on its heap, where most statistics find room and cost no allocation elsewhere.
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  private length = 0;
  private lastId = 0;
  private readonly outerIds: number[] = [];

  /** Bytes written so far. */
  get size(): number {
    return this.length;
  }

  /** What was written since the last reset: a view, valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy of what was written; the writer then starts afresh. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice(0, this.length);
    this.reset();
    return taken;
  }

  /** A copy of what was written since the last reset or drain, in the midst of a struct. */
  drain(): Uint8Array<ArrayBuffer> {
    const drained = this.bytes.slice(0, this.length);
    this.length = 0;
    return drained;
  }

  reset(): void {
    this.length = 0;
    this.lastId = 0;
    this.outerIds.length = 0;
  }

  fieldBool(id: number, value: boolean): void {
    this.fieldHeader(id, value ? ThriftType.true : ThriftType.false);
  }

  fieldI8(id: number, value: number): void {
    this.fieldHeader(id, ThriftType.i8);
    this.byte(value & 0xff);
  }

  fieldI16(id: number, value: number): void {
    this.fieldHeader(id, ThriftType.i16);
    this.integer(value);
  }

  fieldI32(id: number, value: number): void {
    this.fieldHeader(id, ThriftType.i32);
    this.integer(value);
  }

  /** `value` is an integer within ±2^52. */
  fieldI64(id: number, value: number): void {
    this.fieldHeader(id, ThriftType.i64);
    this.integer(value);
  }

  fieldBinary(id: number, value: Uint8Array): void {
    this.fieldHeader(id, ThriftType.binary);
    this.binary(value);
  }

  fieldString(id: number, value: string): void {
    this.fieldBinary(id, Buffer.from(value, 'utf8'));
  }

  /** Starts a list; its `count` elements follow. */
  fieldList(id: number, elementType: number, count: number): void {
    this.fieldHeader(id, ThriftType.list);
    this.listHeader(elementType, count);
  }

  /** Starts a struct that is a field; ends with `endStruct`. */
  fieldStruct(id: number): void {
    this.fieldHeader(id, ThriftType.struct);
    this.beginStruct();
  }

  /** A struct that is a field and was serialized before, its stop byte included. */
  fieldSerialized(id: number, struct: Uint8Array): void {
    this.fieldHeader(id, ThriftType.struct);
    this.raw(struct);
  }

  /** An empty struct that is a field: how Parquet's unions name a member without parameters. */
  fieldEmptyStruct(id: number): void {
    this.fieldStruct(id);
    this.endStruct();
  }

  /** Starts a struct that is an element of a list. */
  beginStruct(): void {
    this.outerIds.push(this.lastId);
    this.lastId = 0;
  }

  endStruct(): void {
    this.byte(0);
    this.lastId = this.outerIds.pop() ?? 0;
  }

  /** A list element or the value of an integer field: zigzag varint. */
  integer(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** A boolean that is an element of a list. */
  bool(value: boolean): void {
    this.byte(value ? ThriftType.true : ThriftType.false);
  }

  /** A byte string that is an element of a list. */
  binary(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  string(value: string): void {
    this.binary(Buffer.from(value, 'utf8'));
  }

  private raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  private fieldHeader(id: number, type: number): void {
    const delta = id - this.lastId;
    this.lastId = id;
    if (delta > 0 && delta < 16) {
      this.byte((delta << 4) | type);
    } else {
      this.byte(type);
      this.integer(id);
    }
  }

  private listHeader(elementType: number, count: number): void {
    if (count < 15) {
      this.byte((count << 4) | elementType);
    } else {
      this.byte(0xf0 | elementType);
      this.varint(count);
    }
  }

  private varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest > 0x7f_ff_ff_ff) {
      this.bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) {
      return;
    }
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}
