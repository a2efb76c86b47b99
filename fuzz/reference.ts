/**
 * What the values of COPY's binary format mean, written to be obviously right and not to be fast, without a look at
 * src/: the decoder must agree with it value by value.
 */
import type { DataType } from '../src/types/kinds.ts';
import type { Cell } from './cells.ts';

/** What a column, or a part of one, is: a Postgres type by its name, and the Arrow type that it becomes. */
export type Shape =
  | { readonly kind: 'scalar'; readonly name: string; readonly type: DataType }
  | {
      readonly kind: 'list';
      readonly element: Shape;
      readonly dimensions: number;
      readonly lowerBound: number;
    }
  | { readonly kind: 'struct'; readonly members: readonly Shape[] };

/** Thrown where the bytes are no value of the type. No error: making a stack takes more time than all the rest. */
export class Malformed {}
/** They are, but Arrow has no such value. */
export class Unrepresentable {}

export const MICROS_PER_DAY = 86_400_000_000n;
const DAYS_TO_2000 = 10_957n;
const MICROS_TO_2000 = DAYS_TO_2000 * MICROS_PER_DAY;

/** Takes a value apart. `refused` is called for each part that Arrow has no value for; it throws, or the part is null. */
export function binaryValue(shape: Shape, bytes: Buffer, refused: () => null): Cell {
  return valueOrNull(refused, () => {
    if (shape.kind === 'list') return listOf(shape, bytes, refused);
    if (shape.kind === 'struct') return structOf(shape.members, bytes, refused);
    return scalarOf(shape.name, shape.type, bytes);
  });
}

export function valueOrNull(refused: () => null, read: () => Cell): Cell {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unrepresentable) return refused();
    // Bytes that a Buffer does not have.
    if (error instanceof RangeError) throw new Malformed();
    throw error;
  }
}

function scalarOf(name: string, type: DataType, bytes: Buffer): Cell {
  switch (name) {
    case 'bool':
      check(bytes.length === 1 && bytes[0]! <= 1);
      return String(bytes[0]);
    case 'int2':
      check(bytes.length === 2);
      return numberAs(type, BigInt(bytes.readInt16BE()));
    case 'int4':
      check(bytes.length === 4);
      return numberAs(type, BigInt(bytes.readInt32BE()));
    case 'int8':
      check(bytes.length === 8);
      return numberAs(type, bytes.readBigInt64BE());
    case 'oid':
    case 'xid':
    case 'cid':
      check(bytes.length === 4);
      return numberAs(type, BigInt(bytes.readUInt32BE()));
    case 'float4':
      check(bytes.length === 4);
      return widthOf(type) === 8 ? float64(bytes.readFloatBE()) : reversed(bytes);
    case 'float8':
      check(bytes.length === 8);
      return widthOf(type) === 8 ? reversed(bytes) : single(bytes.readDoubleBE());
    case 'numeric':
      return numericOf(type, bytes);
    case 'char':
      check(bytes.length === 1);
      if (type.id === 'binary') return bytes.toString('hex');
      represent(bytes[0]! < 0x80);
      return bytes[0] === 0 ? '' : bytes.toString('hex');
    case 'jsonb':
    case 'jsonpath':
      check(bytes[0] === 1);
      return bytes.subarray(1).toString('hex');
    case 'uuid':
      check(bytes.length === 16);
      return bytes.toString('hex');
    case 'inet':
    case 'cidr':
      return text(inetOf(bytes));
    case 'hstore':
      return hstoreOf(bytes);
    default:
      return timeOf(name, type, bytes) ?? bytes.toString('hex');
  }
}

function timeOf(name: string, type: DataType, bytes: Buffer): Cell | undefined {
  switch (name) {
    case 'date': {
      check(bytes.length === 4);
      const days = BigInt(bytes.readInt32BE());
      represent(days !== 0x7fffffffn && days !== -0x80000000n);
      const since1970 = days + DAYS_TO_2000;
      return type.id === 'date32' ? integer(since1970, 4) : integer(since1970 * MICROS_PER_DAY, 8);
    }
    case 'time': {
      check(bytes.length === 8);
      const micros = bytes.readBigInt64BE();
      check(micros >= 0n && micros <= MICROS_PER_DAY);
      represent(micros < MICROS_PER_DAY);
      return integer(micros, 8);
    }
    case 'timestamp':
    case 'timestamptz': {
      check(bytes.length === 8);
      const micros = bytes.readBigInt64BE();
      represent(micros !== 0x7fffffffffffffffn && micros !== -0x8000000000000000n);
      const since1970 = micros + MICROS_TO_2000;
      if (type.id !== 'date32') return integer(since1970, 8);
      integer(since1970, 8);
      represent(since1970 % MICROS_PER_DAY === 0n);
      return integer(since1970 / MICROS_PER_DAY, 4);
    }
    default:
      return undefined;
  }
}

/** numeric.c: ndigits, weight, sign, dscale, then digits of base 10,000. */
function numericOf(type: DataType, bytes: Buffer): Cell {
  const count = bytes.readInt16BE(0);
  const weight = bytes.readInt16BE(2);
  const sign = bytes.readUInt16BE(4);
  const scale = bytes.readUInt16BE(6);
  check(count >= 0 && bytes.length === 8 + 2 * count);
  const special = { 49152: 'NaN', 53248: 'Infinity', 61440: '-Infinity' }[sign];
  if (special !== undefined) {
    if (type.id === 'utf8' || type.id === 'float') check(scale <= 16_383);
    if (type.id === 'float') return floatAs(type, Number(special));
    represent(type.id === 'utf8');
    return text(special);
  }
  check(sign === 0 || sign === 0x4000);
  const digits = Array.from({ length: count }, (_, i) => bytes.readUInt16BE(8 + 2 * i));
  const negative = sign === 0x4000;
  if (type.id === 'utf8' || type.id === 'float') {
    check(scale <= 16_383);
    const written = `${negative ? '-' : ''}${numericText(digits, weight, scale)}`;
    if (type.id === 'utf8') return text(written);
    const value = Number(written);
    const stored = type.bitWidth === 64 ? value : Math.fround(value);
    represent(Number.isFinite(stored));
    return floatAs(type, stored);
  }
  check(digits.every((digit) => digit <= 9999));
  const whole = digits.reduce((sum, digit) => sum * 10_000n + BigInt(digit), 0n);
  const to = type.id === 'decimal128' ? type.scale : 0;
  const shift = 4 * (weight - count + 1) + to;
  const power = 10n ** BigInt(Math.abs(shift));
  represent(shift >= 0 || whole % power === 0n);
  const value = (negative ? -1n : 1n) * (shift >= 0 ? whole * power : whole / power);
  if (type.id !== 'decimal128') return numberAs(type, value);
  represent(abs(value) < 10n ** BigInt(type.precision));
  return integer(value, 16);
}

/** Digits beyond the scale are not looked at: they are not shown. */
function numericText(digits: readonly number[], weight: number, scale: number): string {
  const group = (i: number) => {
    const digit = digits[i] ?? 0;
    check(digit <= 9999);
    return String(digit).padStart(4, '0');
  };
  let whole = '';
  for (let i = 0; i <= weight; i++) whole += group(i);
  let fraction = '';
  for (let i = weight + 1; fraction.length < scale; i++) fraction += i < 0 ? '0000' : group(i);
  // Four digits at a time are read, so the last group may be cut.
  const shown = whole.replace(/^0{1,3}/, '') || '0';
  return scale > 0 ? `${shown}.${fraction.slice(0, scale)}` : shown;
}

/** inet_net_ntop as Postgres has it. */
function inetOf(bytes: Buffer): string {
  const [family, bits, isCidr, length] = bytes;
  check((family === 2 && length === 4) || (family === 3 && length === 16));
  check(bytes.length === 4 + length! && bits! <= 8 * length!);
  const address = [...bytes.subarray(4)];
  const shown = family === 2 ? address.join('.') : ipv6Of(address);
  return bits === 8 * length! && isCidr === 0 ? shown : `${shown}/${bits}`;
}

function ipv6Of(address: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (256 * address[2 * i]! + address[2 * i + 1]!).toString(16),
  );
  const plain = groups.join(':');
  const runs = [...plain.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length);
  const longest = runs[0];
  if (longest === undefined) return plain;
  const before = plain.slice(0, longest.index);
  let after = plain.slice(longest.index + longest[0].length);
  const zeros = (longest[0].length + 1) / 2;
  if (longest.index === 0 && (zeros === 6 || (zeros === 5 && groups[5] === 'ffff'))) {
    after = `${zeros === 5 ? ':ffff' : ''}:${address.slice(12).join('.')}`;
  }
  return `${before.replace(/:$/, '')}::${after.replace(/^:/, '')}`;
}

/** hstore_send: a count, then keys and values, each after its length. */
function hstoreOf(bytes: Buffer): Cell {
  const count = bytes.readInt32BE(0);
  check(count >= 0);
  const entries: Cell[] = [];
  let at = 4;
  let isUtf8 = true;
  const next = (): string | null => {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length === -1) return null;
    check(length >= 0 && at + length <= bytes.length);
    const part = bytes.subarray(at, at + length);
    at += length;
    isUtf8 &&= Buffer.from(part.toString('utf8')).equals(part);
    return part.toString('hex');
  };
  for (let i = 0; i < count; i++) {
    const key = next();
    check(key !== null);
    entries.push([key, next()]);
  }
  check(at === bytes.length);
  represent(isUtf8);
  return entries;
}

/** array_send: dimensions, flags, element type, then size and lower bound of each dimension, then the elements. */
function listOf(
  { element, dimensions, lowerBound }: Extract<Shape, { kind: 'list' }>,
  bytes: Buffer,
  refused: () => null,
): Cell {
  const depth = bytes.readInt32BE(0);
  check(depth >= 0 && depth <= 6 && bytes.length >= 12 + 8 * depth);
  const sizes = Array.from({ length: depth }, (_, d) => bytes.readInt32BE(12 + 8 * d));
  const bounds = Array.from({ length: depth }, (_, d) => bytes.readInt32BE(16 + 8 * d));
  check(sizes.every((size) => size >= 0));
  const count = depth === 0 ? 0 : sizes.reduce((product, size) => product * size, 1);
  let at = 12 + 8 * depth;
  check(count <= (bytes.length - at) / 4);
  if (count === 0) {
    check(at === bytes.length);
    return [];
  }
  represent(depth === dimensions && bounds.every((bound) => bound === lowerBound));
  const build = (d: number): Cell =>
    Array.from({ length: sizes[d]! }, () => {
      if (d + 1 < depth) return build(d + 1);
      const part = lengthPrefixed(bytes, at);
      at = part.next;
      return part.bytes === null ? null : binaryValue(element, part.bytes, refused);
    });
  const list = build(0);
  check(at === bytes.length);
  return list;
}

/** record_send: number of members, then of each its type, length and bytes. */
function structOf(members: readonly Shape[], bytes: Buffer, refused: () => null): Cell {
  check(bytes.readInt32BE(0) === members.length);
  let at = 4;
  const values = members.map((member) => {
    const part = lengthPrefixed(bytes, at + 4);
    at = part.next;
    return part.bytes === null ? null : binaryValue(member, part.bytes, refused);
  });
  check(at === bytes.length);
  return values;
}

/** An int32 and as many bytes; -1 stands for NULL. */
export function lengthPrefixed(bytes: Buffer, at: number): { bytes: Buffer | null; next: number } {
  const length = bytes.readInt32BE(at);
  if (length === -1) return { bytes: null, next: at + 4 };
  check(length >= 0 && at + 4 + length <= bytes.length);
  return { bytes: bytes.subarray(at + 4, at + 4 + length), next: at + 4 + length };
}

export function check(condition: boolean): asserts condition {
  if (!condition) throw new Malformed();
}

export function represent(condition: boolean): asserts condition {
  if (!condition) throw new Unrepresentable();
}

function widthOf(type: DataType): number {
  return type.id === 'int' || type.id === 'float' ? type.bitWidth / 8 : 0;
}

export function numberAs(type: DataType, value: bigint): string {
  if (type.id === 'float') return float64(Number(value));
  const signed = type.id !== 'int' || type.signed;
  return signed ? integer(value, widthOf(type)) : unsigned(value, widthOf(type));
}

/** Little-endian, two's complement. */
export function integer(value: bigint, width: number): string {
  const bits = BigInt(8 * width);
  represent(value >= -(1n << (bits - 1n)) && value < 1n << (bits - 1n));
  return unsigned(BigInt.asUintN(Number(bits), value), width);
}

function unsigned(value: bigint, width: number): string {
  represent(value >= 0n && value < 1n << BigInt(8 * width));
  return reversed(Buffer.from(value.toString(16).padStart(2 * width, '0'), 'hex'));
}

function floatAs(type: DataType, value: number): string {
  return widthOf(type) === 8 ? float64(value) : single(value);
}

export function float64(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString('hex');
}

function single(value: number): string {
  represent(!Number.isFinite(value) || Number.isFinite(Math.fround(value)));
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes.toString('hex');
}

function reversed(bytes: Buffer): string {
  return Buffer.from(bytes).reverse().toString('hex');
}

function text(value: string): string {
  return Buffer.from(value).toString('hex');
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
