import type { DataType } from './kinds.ts';
import type { PgType } from './pg-type.ts';

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

export const bool: PgType = {
  name: 'bool',
  oid: 16,
  arrow: { id: 'bool' },
  wire: {
    width: 1,
    store: 'if (b[p] === 1) $values[$i >> 3] |= 1 << ($i & 7); else if (b[p] !== 0) { $bad(malformed) }',
  },
  castableTo: ['int4'],
  samples: ['t', 'f'],
};

export const int2: PgType = {
  name: 'int2',
  oid: 21,
  arrow: INT16,
  wire: { width: 2, store: '$values[$i] = v.getInt16(p);' },
  castableTo: ['int4', 'int8', 'float4', 'float8'],
  samples: ['0', '1', '-1', '32767', '-32768'],
};

export const int4: PgType = {
  name: 'int4',
  oid: 23,
  arrow: INT32,
  wire: WORD,
  castableTo: ['int2', 'int8', 'float4', 'float8'],
  samples: ['0', '1', '-1', '2147483647', '-2147483648'],
};

export const int8: PgType = {
  name: 'int8',
  oid: 20,
  arrow: INT64,
  wire: TWO_WORDS,
  castableTo: ['int2', 'int4', 'float4', 'float8'],
  samples: ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
};

export const float4: PgType = {
  name: 'float4',
  oid: 700,
  arrow: FLOAT32,
  wire: WORD,
  castableTo: ['float8'],
  samples: ['0', '-0', '1.5', 'NaN', 'Infinity', '-Infinity', '3.4028235e+38', '1e-45'],
};

export const float8: PgType = {
  name: 'float8',
  oid: 701,
  arrow: FLOAT64,
  wire: TWO_WORDS,
  castableTo: ['float4'],
  samples: ['0', '-0', '0.1', 'NaN', 'Infinity', '-Infinity', '1.7976931348623157e+308', '5e-324'],
};
