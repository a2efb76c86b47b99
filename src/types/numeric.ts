import type { BytesBuilder } from '../columns/builders.ts';
import { COPY_BYTES } from './bytes.ts';
import type { PgType } from './pg-type.ts';

/** Signs of a numeric on the wire (Postgres source: utils/adt/numeric.c, numeric_send). */
const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
const NAN = 0xc000;
const POSITIVE_INFINITY = 0xd000;
const NEGATIVE_INFINITY = 0xf000;

/** Without precision and scale: exact text, as the server prints it. */
export const numeric: PgType = {
  name: 'numeric',
  oid: 1700,
  arrow: { id: 'utf8' },
  wire: { width: null, store: 'if (!numericToText($bytes, v, p, n)) { $bad(malformed) }' },
  textStore: COPY_BYTES,
  castableTo: ['float4', 'float8', 'int2', 'int4', 'int8'],
  samples: ['0', '0.00', '-1.5', '123456789012345678901234567890.000100', '1e-20', 'NaN'],
};

/**
 * Appends a numeric's text to `out`, as `numeric_out` prints it: `ndigits`, `weight`, `sign`, `dscale` (int16 each),
 * then base-10000 digits, the first of which counts 10000^weight. Returns false where the bytes are no numeric.
 */
export function numericToText(out: BytesBuilder, v: DataView, p: number, n: number): boolean {
  if (n < 8) return false;
  const digits = v.getInt16(p);
  const weight = v.getInt16(p + 2);
  const sign = v.getUint16(p + 4);
  const scale = v.getUint16(p + 6);
  if (digits < 0 || n !== 8 + 2 * digits || scale > 16383) return false;
  if (sign !== POSITIVE && sign !== NEGATIVE) return appendSpecial(out, sign);
  const first = p + 8;
  out.reserve(8 + 4 * Math.max(weight + 1, 1) + scale);
  const to = out.data;
  let at = out.end;
  if (sign === NEGATIVE) to[at++] = 0x2d;
  if (weight < 0) to[at++] = 0x30;
  for (let d = 0; d <= weight; d++) {
    const group = d < digits ? v.getUint16(first + 2 * d) : 0;
    if (group > 9999) return false;
    at = d === 0 ? putLeading(to, at, group) : putGroup(to, at, group);
  }
  if (scale > 0) {
    to[at++] = 0x2e;
    const end = at + scale;
    for (let d = weight + 1; at < end; d++) {
      const group = d >= 0 && d < digits ? v.getUint16(first + 2 * d) : 0;
      if (group > 9999) return false;
      // Writes up to three digits beyond the scale, which the next value overwrites: cheaper than a loop by digit.
      at = putGroup(to, at, group);
    }
    at = end;
  }
  out.end = at;
  return true;
}

function appendSpecial(out: BytesBuilder, sign: number): boolean {
  const text =
    sign === NAN
      ? 'NaN'
      : sign === POSITIVE_INFINITY
        ? 'Infinity'
        : sign === NEGATIVE_INFINITY
          ? '-Infinity'
          : '';
  out.reserve(text.length);
  for (let i = 0; i < text.length; i++) out.data[out.end++] = text.charCodeAt(i);
  return text !== '';
}

/** The first group: without leading zeros, but at least one digit. */
function putLeading(to: Uint8Array, at: number, group: number): number {
  if (group >= 1000) return putGroup(to, at, group);
  if (group >= 100) to[at++] = 0x30 + ((group / 100) | 0);
  if (group >= 10) to[at++] = 0x30 + (((group / 10) | 0) % 10);
  to[at++] = 0x30 + (group % 10);
  return at;
}

function putGroup(to: Uint8Array, at: number, group: number): number {
  const high = (group / 100) | 0;
  const low = group - 100 * high;
  const thousands = (high / 10) | 0;
  const tens = (low / 10) | 0;
  to[at] = 0x30 + thousands;
  to[at + 1] = 0x30 + (high - 10 * thousands);
  to[at + 2] = 0x30 + tens;
  to[at + 3] = 0x30 + (low - 10 * tens);
  return at + 4;
}
