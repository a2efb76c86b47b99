import type { DataType } from './kinds.ts';
import type { Decoding, PgType } from './pg-type.ts';
import { APPEND } from './strings.ts';

/** Arrow's decimal128 and Parquet's DECIMAL of 16 bytes hold this many digits. */
const MAX_PRECISION = 38;

/** A numeric's modifier is ((precision << 16) | scale) + 4, the scale being 11 bits with sign (numeric.c). */
const TYPMOD_OFFSET = 4;
const SCALE_BITS = 0x7ff;
const SCALE_SIGN = 0x400;

const EXACT_TEXT: Decoding = {
  type: { id: 'utf8' },
  binary: { width: null, store: 'if (!numericToText($node, v, p, n)) { $bad(malformed) }' },
  text: { store: APPEND },
};

const FLOAT64: Decoding = {
  type: { id: 'float', bitWidth: 64 },
  binary: { width: null, store: 'if (!numericToFloat64($values, $i, v, p, n)) { $bad(malformed) }' },
  text: { store: 'if (!storeFloat64($values, $i, b, p, n)) { $bad(malformed) }' },
};

export const numeric: PgType = {
  name: 'numeric',
  match: { oid: 1700 },
  decoding: (typmod) => {
    const wanted = declaredDecimal(typmod);
    return wanted === null ? EXACT_TEXT : decimal(wanted);
  },
  decodeAs: (wanted) => {
    if (wanted.id === 'decimal128') return decimal(wanted);
    return wanted.id === 'float' && wanted.bitWidth === 64 ? FLOAT64 : null;
  },
  castableTo: ['int2', 'int4', 'int8', 'float4'],
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
  const check = `if (status === 1) { $bad(notANumber) } else if (status === 2) { $bad(outOfRange) } else if (status === 3) { $bad(malformed) }`;
  return {
    type,
    binary: {
      width: null,
      store: `const status = numericToDecimal($values, $i, v, p, n, ${precision}, ${scale}); ${check}`,
    },
    text: { store: `const status = textToDecimal($values, $i, b, p, n, ${precision}, ${scale}); ${check}` },
  };
}
