import type { DataType } from './kinds.ts';
import type { PgType } from './pg-type.ts';
import { NOT_AN_INTEGER } from './text/integers.ts';

const INT16: DataType = { id: 'int', bitWidth: 16, signed: true };
const INT32: DataType = { id: 'int', bitWidth: 32, signed: true };
const INT64: DataType = { id: 'int', bitWidth: 64, signed: true };
const FLOAT32: DataType = { id: 'float', bitWidth: 32 };
const FLOAT64: DataType = { id: 'float', bitWidth: 64 };

/** Wire: big-endian words. They are stored as words, never as numbers: a NaN keeps its bits (IEEE 754 payload). */
const WORD = { width: 4, store: '$values[$i] = v.getInt32(p);' };
const TWO_WORDS = {
  width: 8,
  store: '$values[2 * $i] = v.getInt32(p + 4); $values[2 * $i + 1] = v.getInt32(p);',
};

/** `isBad` is a condition on the number read, `whole`. */
function integerText(isBad: string): string {
  return `const whole = parseInt32(b, p, n); if (${isBad}) { $bad(malformed) } else $values[$i] = whole;`;
}

export const bool: PgType = {
  name: 'bool',
  oid: 16,
  arrow: { id: 'bool' },
  wire: {
    width: 1,
    store: 'if (b[p] === 1) $values[$i >> 3] |= 1 << ($i & 7); else if (b[p] !== 0) { $bad(malformed) }',
  },
  textStore:
    'if (n === 1 && b[p] === 0x74) $values[$i >> 3] |= 1 << ($i & 7); else if (n !== 1 || b[p] !== 0x66) { $bad(malformed) }',
  castableTo: ['int4'],
  samples: ['t', 'f'],
};

export const int2: PgType = {
  name: 'int2',
  oid: 21,
  arrow: INT16,
  wire: { width: 2, store: '$values[$i] = v.getInt16(p);' },
  textStore: integerText('whole < -0x8000 || whole > 0x7fff'),
  castableTo: ['int4', 'int8', 'float4', 'float8'],
  samples: ['0', '1', '-1', '32767', '-32768'],
};

export const int4: PgType = {
  name: 'int4',
  oid: 23,
  arrow: INT32,
  wire: WORD,
  textStore: integerText(`whole === ${NOT_AN_INTEGER}`),
  castableTo: ['int2', 'int8', 'float4', 'float8'],
  samples: ['0', '1', '-1', '2147483647', '-2147483648'],
};

export const int8: PgType = {
  name: 'int8',
  oid: 20,
  arrow: INT64,
  wire: TWO_WORDS,
  textStore: 'if (!storeInt64($values, $i, b, p, n)) { $bad(malformed) }',
  castableTo: ['int2', 'int4', 'float4', 'float8'],
  samples: ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
};

export const float4: PgType = {
  name: 'float4',
  oid: 700,
  arrow: FLOAT32,
  wire: WORD,
  textStore: 'if (!storeFloat32($values, $i, b, p, n)) { $bad(malformed) }',
  castableTo: ['float8'],
  samples: ['0', '-0', '1.5', 'NaN', 'Infinity', '-Infinity', '3.4028235e+38', '1e-45'],
};

export const float8: PgType = {
  name: 'float8',
  oid: 701,
  arrow: FLOAT64,
  wire: TWO_WORDS,
  textStore: 'if (!storeFloat64($values, $i, b, p, n)) { $bad(malformed) }',
  castableTo: ['float4'],
  samples: ['0', '-0', '0.1', 'NaN', 'Infinity', '-Infinity', '1.7976931348623157e+308', '5e-324'],
};
