import type { DataType } from '../src/types/kinds.ts';
import type { Odd } from './odd.ts';
import { check, float64, integer, Malformed, numberAs, represent } from './reference.ts';

const SPECIAL = /^(?:NaN|-?Infinity)$/;
const DECIMAL = /^-?(?:\d+\.?\d*|\.\d+)$/;
const FLOAT = /^-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/;

/** The text of a float4, float8 or numeric as what it is to become. */
export function numericAs(name: string, type: DataType, text: string, odd: Odd): string {
  if (type.id === 'utf8') return Buffer.from(text, 'latin1').toString('hex');
  if (type.id === 'float') return floatAs(name, type.bitWidth, text, odd);
  if (SPECIAL.test(text)) represent(false);
  check(DECIMAL.test(text));
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text)) odd();
  const [whole, fraction = ''] = text.replace('-', '').split('.') as [string, string?];
  const scale = type.id === 'decimal128' ? type.scale : 0;
  const kept = fraction.slice(0, scale).padEnd(scale, '0');
  represent(/^0*$/.test(fraction.slice(scale)));
  const value = BigInt(`${whole}${kept}` || '0') * (text.startsWith('-') ? -1n : 1n);
  if (type.id !== 'decimal128') return numberAs(type, value);
  represent((value < 0n ? -value : value) < 10n ** BigInt(type.precision));
  return integer(value, 16);
}

/** A finite number that overflows is no float4 or float8; numeric and float8 may overflow what they become. */
function floatAs(name: string, bitWidth: 32 | 64, text: string, odd: Odd): string {
  const isSpecial = SPECIAL.test(text);
  check(isSpecial || FLOAT.test(text));
  if (!isSpecial && !/^-?\d+(?:\.\d+)?(?:e[-+]\d{2,3})?$/.test(text)) odd();
  const isSingle = name === 'float4';
  const own = isSingle ? nearestSingle(text) : Number(text);
  if (!isSpecial && !Number.isFinite(own)) {
    if (name !== 'numeric') throw new Malformed();
    represent(false);
  }
  const value = bitWidth === 32 ? (name === 'float8' ? Math.fround(own) : nearestSingle(text)) : own;
  represent(isSpecial || Number.isFinite(value));
  if (bitWidth === 64) return float64(value);
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes.toString('hex');
}

/** The float nearest to a decimal, ties to even, by exact fractions: by way of a double it would be rounded twice. */
function nearestSingle(text: string): number {
  const double = Number(text);
  const near = Math.fround(double);
  if (!Number.isFinite(near) || near === 0 || Math.abs(double) < 1e-38) return near;
  const bits = new Int32Array(1);
  const floats = new Float32Array(bits.buffer);
  floats[0] = near;
  const candidates = [bits[0]! - 1, bits[0]!, bits[0]! + 1].map((word) => {
    bits[0] = word;
    return { value: floats[0]!, isEven: (word & 1) === 0 };
  });
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/.exec(text)!;
  const power = Number(exponent) - fraction!.length;
  const scale = 400;
  // Everything as a multiple of 10^-400.
  const exact = BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(scale + power);
  const distance = (value: number) => {
    const [numerator, denominator] = fractionOf(value);
    const difference = numerator * 10n ** BigInt(scale) - exact * denominator;
    return ((difference < 0n ? -difference : difference) * (1n << 160n)) / denominator;
  };
  return candidates
    .filter(({ value }) => Number.isFinite(value))
    .reduce((best, each) => {
      const difference = distance(each.value) - distance(best.value);
      return difference < 0n || (difference === 0n && each.isEven) ? each : best;
    }).value;
}

/** A float as numerator and denominator. */
function fractionOf(value: number): [bigint, bigint] {
  let denominator = 1n;
  while (!Number.isInteger(value)) {
    value *= 2;
    denominator *= 2n;
  }
  return [BigInt(value), denominator];
}
