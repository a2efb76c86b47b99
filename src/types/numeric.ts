import type { DataType } from './kinds.ts';
import type { Decoding, PgType } from './pg-type.ts';
import { storedBy, storedUnless } from './store-source.ts';
import { APPEND } from './strings.ts';

/** Arrow's decimal128 and Parquet's DECIMAL of 16 bytes hold this many digits. */
const MAX_PRECISION = 38;

/** A numeric's modifier is ((precision << 16) | scale) + 4, the scale being 11 bits with sign (numeric.c). */
const TYPMOD_OFFSET = 4;
const SCALE_BITS = 0x7ff;
const SCALE_SIGN = 0x400;

const EXACT_TEXT: Decoding = {
  type: { id: 'utf8' },
  binary: { width: null, store: storedBy('numericToText($node, v, p, n)'), kernel: { name: 'numerics' } },
  text: { store: APPEND },
};

export const numeric: PgType = {
  name: 'numeric',
  match: { oid: 1700 },
  decoding: (typmod) => {
    const wanted = declaredDecimal(typmod);
    return wanted === null ? EXACT_TEXT : decimal(wanted);
  },
  decodeAs: (wanted) => {
    switch (wanted.id) {
      case 'decimal128':
        return decimal(wanted);
      case 'int':
        return storedAs(wanted, 'Integer', `, ${wanted.bitWidth}, ${wanted.signed}`);
      case 'float':
        return storedAs(wanted, `Float${wanted.bitWidth}`);
      default:
        return null;
    }
  },
  samples: ['0', '0.00', '-1.5', '123456789012345678901234567890.000100', '1e-20', '1e+40', 'NaN'],
};

type Decimal = Extract<DataType, { id: 'decimal128' }>;

/**
 * The decimal type that holds every value of `numeric(precision, scale)`; null without precision, or where it takes
 * more than 38 digits. A negative scale means trailing zeros before the point, one above the precision leading zeros
 * after it.
 */
function declaredDecimal(typmod: number): Decimal | null {
  if (typmod < TYPMOD_OFFSET) return null;
  const precision = ((typmod - TYPMOD_OFFSET) >> 16) & 0xffff;
  const scale = (((typmod - TYPMOD_OFFSET) & SCALE_BITS) ^ SCALE_SIGN) - SCALE_SIGN;
  const adjusted = scale < 0 ? precision - scale : Math.max(precision, scale);
  return adjusted > MAX_PRECISION
    ? null
    : { id: 'decimal128', precision: adjusted, scale: Math.max(scale, 0) };
}

function decimal(type: Decimal): Decoding {
  const { precision, scale } = type;
  const { binary, text } = storedAs(type, 'Decimal', `, ${precision}, ${scale}`);
  return { type, binary: { ...binary, kernel: { name: 'decimals', x: precision, y: scale } }, text };
}

/** Stored by a pair of functions, from the binary form and from text; `more` is what else they are given. */
function storedAs(type: DataType, target: string, more = ''): Decoding {
  return {
    type,
    binary: { width: null, store: storedUnless(`numericTo${target}($values, $i, v, p, n${more})`) },
    text: { store: storedUnless(`textTo${target}($values, $i, b, p, n${more})`) },
  };
}
