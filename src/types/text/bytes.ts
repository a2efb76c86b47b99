import { isUtf8 } from 'node:buffer';
import type { BytesBuilder } from '../../columns/builders.ts';

const BACKSLASH = 0x5c;
const LOWER_X = 0x78;
const DASH = 0x2d;
const UUID_LENGTH = 36;

/** The value of each hex digit's character; 0xff for other bytes. */
const HEX = new Uint8Array(256).fill(0xff);
for (let digit = 0; digit < 16; digit++) {
  const character = digit.toString(16);
  HEX[character.charCodeAt(0)] = digit;
  HEX[character.toUpperCase().charCodeAt(0)] = digit;
}

/** Appends the bytes of a bytea in hex format, `\x00ff`; false if it is none. */
export function appendHex(node: BytesBuilder, b: Uint8Array, p: number, n: number): boolean {
  if (n < 2 || n % 2 === 1 || b[p] !== BACKSLASH || b[p + 1] !== LOWER_X) return false;
  node.reserveBytes(n / 2);
  const to = node.data;
  let at = node.end;
  for (let i = p + 2; i < p + n; i += 2) {
    const high = HEX[b[i]!]!;
    const low = HEX[b[i + 1]!]!;
    if ((high | low) > 15) return false;
    to[at++] = (high << 4) | low;
  }
  node.end = at;
  return true;
}

const ZERO = 0x30;
const SEVEN = 0x37;
const OCTAL_DIGITS = 3;
const FIRST_OCTAL = 0x80;

/**
 * The byte of a "char": no text is 0, `\351` a byte above 127 as version 16 and later show it, older ones show it as it
 * is. -1 if it is none of these.
 */
export function charByte(b: Uint8Array, p: number, n: number): number {
  if (n < 2) return n === 0 ? 0 : b[p]!;
  if (n !== 1 + OCTAL_DIGITS || b[p] !== BACKSLASH) return -1;
  let byte = 0;
  for (let i = p + 1; i < p + n; i++) {
    if (b[i]! < ZERO || b[i]! > SEVEN) return -1;
    byte = 8 * byte + b[i]! - ZERO;
  }
  return byte >= FIRST_OCTAL && byte <= 0xff ? byte : -1;
}

/** Appends the byte of a "char"; false if it is none. */
export function appendChar(node: BytesBuilder, b: Uint8Array, p: number, n: number): boolean {
  const byte = charByte(b, p, n);
  if (byte < 0) return false;
  node.reserveBytes(1);
  node.data[node.end++] = byte;
  return true;
}

/** Appends text; false if it is not valid UTF-8. */
export function appendUtf8(node: BytesBuilder, b: Uint8Array, p: number, n: number): boolean {
  if (!isUtf8(b.subarray(p, p + n))) return false;
  node.append(b, p, n);
  return true;
}

/** Stores `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11` as 16 bytes, in four little-endian words; false if it is no uuid. */
export function storeUuid(words: Int32Array, slot: number, b: Uint8Array, p: number, n: number): boolean {
  if (n !== UUID_LENGTH) return false;
  let at = p;
  for (let word = 0; word < 4; word++) {
    let value = 0;
    for (let byte = 0; byte < 4; byte++) {
      if (b[at] === DASH) at++;
      const high = HEX[b[at]!]!;
      const low = HEX[b[at + 1]!]!;
      if ((high | low) > 15) return false;
      value |= ((high << 4) | low) << (8 * byte);
      at += 2;
    }
    words[4 * slot + word] = value;
  }
  return at === p + n;
}
