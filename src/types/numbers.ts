import type { DataType } from './kinds.ts';
import type { Decoding, PgType } from './pg-type.ts';
import { storedBy, storedUnless } from './store-source.ts';
import { NOT_AN_INTEGER } from './text/integers.ts';

/** Binary: one big-endian word. Floats are stored as words too, never as numbers: a NaN keeps its bits. */
const WORD: Decoding['binary'] = {
  width: 4,
  store: '$values[$i] = v.getInt32(p);',
  kernel: { name: 'words4' },
};
const TWO_WORDS: Decoding['binary'] = {
  width: 8,
  store: '$values[2 * $i] = v.getInt32(p + 4); $values[2 * $i + 1] = v.getInt32(p);',
  kernel: { name: 'words8' },
};

function int(bitWidth: 16 | 32 | 64, signed = true): DataType {
  return { id: 'int', bitWidth, signed };
}

/** Text: a function that stores it and says whether it is a number. */
function stored(by: string): { store: string } {
  return { store: storedBy(`${by}($values, $i, b, p, n)`) };
}

/** Text: an int32, of which `isBad` is a condition on the number read, `whole`. */
function wholeNumber(isBad: string): { store: string } {
  return {
    store: `const whole = parseInt32(b, p, n); if (${isBad}) { $bad(malformed) } else $values[$i] = whole;`,
  };
}

/** Other numbers that an integer can become; `value` is the source of its binary form as a bigint or number. */
function integerAs(width: 2 | 4 | 8, value: string): (wanted: DataType) => Decoding | null {
  return (wanted) => {
    if (wanted.id === 'int') {
      const { bitWidth, signed } = wanted;
      return {
        type: wanted,
        binary: {
          width,
          store: storedUnless(`storeInteger($values, $i, BigInt(${value}), ${bitWidth}, ${signed})`),
        },
        text: { store: storedUnless(`integerToInteger($values, $i, b, p, n, ${bitWidth}, ${signed})`) },
      };
    }
    if (wanted.id !== 'float' || wanted.bitWidth !== 64) return null;
    return {
      type: wanted,
      binary: { width, store: `storeDouble($values, $i, Number(${value}));` },
      text: stored('integerToFloat64'),
    };
  };
}

const UINT32: Decoding = { type: int(32, false), binary: WORD, text: stored('storeUint32') };

export const bool: PgType = {
  name: 'bool',
  match: { oid: 16 },
  decoding: {
    type: { id: 'bool' },
    binary: {
      width: 1,
      store: 'if (b[p] === 1) $values[$i >> 3] |= 1 << ($i & 7); else if (b[p] !== 0) { $bad(malformed) }',
      kernel: { name: 'bits' },
    },
    text: {
      store:
        'if (n === 1 && b[p] === 0x74) $values[$i >> 3] |= 1 << ($i & 7); else if (n !== 1 || b[p] !== 0x66) { $bad(malformed) }',
    },
  },
  samples: ['t', 'f', 'yes'],
};

export const int2: PgType = {
  name: 'int2',
  match: { oid: 21 },
  decoding: {
    type: int(16),
    binary: { width: 2, store: '$values[$i] = v.getInt16(p);', kernel: { name: 'words2' } },
    text: wholeNumber('whole < -0x8000 || whole > 0x7fff'),
  },
  decodeAs: integerAs(2, 'v.getInt16(p)'),
  samples: ['0', '1', '-1', '32767', '-32768'],
};

export const int4: PgType = {
  name: 'int4',
  match: { oid: 23 },
  decoding: { type: int(32), binary: WORD, text: wholeNumber(`whole === ${NOT_AN_INTEGER}`) },
  decodeAs: integerAs(4, 'v.getInt32(p)'),
  samples: ['0', '1', '-1', '2147483647', '-2147483648'],
};

export const int8: PgType = {
  name: 'int8',
  match: { oid: 20 },
  decoding: { type: int(64), binary: TWO_WORDS, text: stored('storeInt64') },
  decodeAs: integerAs(8, 'v.getBigInt64(p)'),
  samples: ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808'],
};

export const float4: PgType = {
  name: 'float4',
  match: { oid: 700 },
  decoding: { type: { id: 'float', bitWidth: 32 }, binary: WORD, text: stored('storeFloat32') },
  decodeAs: (wanted) => {
    if (wanted.id !== 'float' || wanted.bitWidth !== 64) return null;
    return {
      type: wanted,
      binary: { width: 4, store: 'storeDouble($values, $i, v.getFloat32(p));' },
      text: stored('float4ToFloat64'),
    };
  },
  samples: ['0', '-0', '1.5', 'NaN', 'Infinity', '-Infinity', '3.4028235e+38', '1e-45'],
};

export const float8: PgType = {
  name: 'float8',
  match: { oid: 701 },
  decoding: { type: { id: 'float', bitWidth: 64 }, binary: TWO_WORDS, text: stored('storeFloat64') },
  decodeAs: (wanted) => {
    if (wanted.id !== 'float' || wanted.bitWidth !== 32) return null;
    return {
      type: wanted,
      binary: { width: 8, store: storedUnless('storeSingle($values, $i, v.getFloat64(p))') },
      text: { store: storedUnless('float8ToFloat32($values, $i, b, p, n)') },
    };
  },
  samples: ['0', '-0', '0.1', 'NaN', 'Infinity', '-Infinity', '1.7976931348623157e+308', '5e-324'],
};

export const oid: PgType = {
  name: 'oid',
  match: { oid: 26 },
  decoding: UINT32,
  decodeAs: integerAs(4, 'v.getUint32(p)'),
  samples: ['0', '1', '4294967295'],
};

export const xid: PgType = { ...oid, name: 'xid', match: { oid: 28 } };

export const cid: PgType = { ...oid, name: 'cid', match: { oid: 29 } };
