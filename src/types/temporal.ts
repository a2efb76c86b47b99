import type { DataType } from './kinds.ts';
import type { Decoding, PgType } from './pg-type.ts';
import { storedUnless } from './store-source.ts';

/** Postgres counts from 2000-01-01, Arrow from 1970-01-01. */
const EPOCH_DAYS = 10_957;
const EPOCH_MICROSECONDS = BigInt(EPOCH_DAYS) * 86_400_000_000n;
const EPOCH_HIGH = Number(EPOCH_MICROSECONDS >> 32n);
const EPOCH_LOW = Number(EPOCH_MICROSECONDS & 0xffffffffn);

/** The int32 and the high words of the int64 that stand for infinity and -infinity (datatype/timestamp.h). */
const INFINITY_HIGH = 0x7fffffff;
const NEGATIVE_INFINITY_HIGH = -0x80000000;

/** The words of a day's microseconds. */
const DAY_MICROSECONDS = 86_400_000_000;
const DAY_HIGH = Math.floor(DAY_MICROSECONDS / 2 ** 32);
const DAY_LOW = DAY_MICROSECONDS % 2 ** 32;

/**
 * Binary: microseconds since 2000, moved to 1970 in two words with carry: no BigInt for each value. Timestamps that end
 * in 294,247 or later exceed int64 then, and so does +infinity (all ones); -infinity is the least int64. `store` is what
 * becomes of the words `low` and `high`.
 */
function timestampIn(store: string): Decoding['binary'] {
  return {
    width: 8,
    store: `const low = v.getUint32(p + 4) + ${EPOCH_LOW};
    const high = v.getInt32(p) + ${EPOCH_HIGH} + (low > 0xffffffff ? 1 : 0);
    if (high > 0x7fffffff) {
      if (v.getInt32(p) === ${INFINITY_HIGH} && v.getInt32(p + 4) === -1) { $bad(infinite) } else { $bad(outOfRange) }
    } else if (v.getInt32(p) === ${NEGATIVE_INFINITY_HIGH} && v.getInt32(p + 4) === 0) { $bad(infinite) }
    else { ${store} }`,
  };
}

const TIMESTAMP: Omit<Decoding, 'type'> = {
  binary: {
    ...timestampIn('$values[2 * $i] = low; $values[2 * $i + 1] = high;'),
    kernel: { name: 'shifted8', x: Number(EPOCH_MICROSECONDS) },
  },
  text: { store: storedUnless('storeTimestamp($values, $i, b, p, n)') },
};

/** A timestamp with or without time zone becomes the other, or a date if it is a midnight: UTC is pinned. */
function timestampAs(wanted: DataType): Decoding | null {
  if (wanted.id === 'timestamp' && wanted.unit === 'us' && (wanted.timezone ?? 'UTC') === 'UTC') {
    return { type: wanted, ...TIMESTAMP };
  }
  if (wanted.id !== 'date32') return null;
  return {
    type: wanted,
    binary: timestampIn(storedUnless('storeDay($values, $i, low, high)')),
    text: { store: storedUnless('timestampToDate($values, $i, b, p, n)') },
  };
}

/** Binary: days since 2000; `store` is what becomes of `days` since 1970. */
function dateIn(store: string): Decoding['binary'] {
  return {
    width: 4,
    store: `const days = v.getInt32(p) + ${EPOCH_DAYS};
    if (v.getInt32(p) === ${INFINITY_HIGH} || v.getInt32(p) === ${NEGATIVE_INFINITY_HIGH}) { $bad(infinite) }
    else if (days > 0x7fffffff) { $bad(outOfRange) }
    else { ${store} }`,
  };
}

export const date: PgType = {
  name: 'date',
  match: { oid: 1082 },
  decoding: {
    type: { id: 'date32' },
    binary: { ...dateIn('$values[$i] = days;'), kernel: { name: 'shifted4', x: EPOCH_DAYS } },
    text: { store: storedUnless('storeDate($values, $i, b, p, n)') },
  },
  decodeAs: (wanted) => {
    if (wanted.id !== 'timestamp' || wanted.unit !== 'us' || wanted.timezone !== null) return null;
    return {
      type: wanted,
      binary: dateIn(storedUnless('storeMidnight($values, $i, days)')),
      text: { store: storedUnless('dateToTimestamp($values, $i, b, p, n)') },
    };
  },
  samples: ['2000-01-01', '1969-12-31', '4713-01-01 BC', '5874897-12-31', 'infinity'],
};

export const time: PgType = {
  name: 'time',
  match: { oid: 1083 },
  decoding: {
    type: { id: 'time64', unit: 'us' },
    binary: {
      width: 8,
      store: `const low = v.getUint32(p + 4), high = v.getUint32(p);
      if (high > ${DAY_HIGH} || (high === ${DAY_HIGH} && low >= ${DAY_LOW})) {
        if (high === ${DAY_HIGH} && low === ${DAY_LOW}) { $bad(endOfDay) } else { $bad(malformed) }
      } else { $values[2 * $i] = low; $values[2 * $i + 1] = high; }`,
    },
    text: { store: storedUnless('storeTime($values, $i, b, p, n)') },
  },
  samples: ['00:00:00', '12:34:56.789012', '23:59:59.999999', '24:00:00'],
};

export const timestamp: PgType = {
  name: 'timestamp',
  match: { oid: 1114 },
  decoding: { type: { id: 'timestamp', unit: 'us', timezone: null }, ...TIMESTAMP },
  decodeAs: timestampAs,
  samples: [
    '1970-01-01 00:00:00',
    '2026-11-23 12:34:56.789012',
    '4713-01-01 00:00:00 BC',
    '294247-01-10 04:00:54.775807',
    '-infinity',
  ],
};

export const timestamptz: PgType = {
  name: 'timestamptz',
  match: { oid: 1184 },
  decoding: { type: { id: 'timestamp', unit: 'us', timezone: 'UTC' }, ...TIMESTAMP },
  decodeAs: timestampAs,
  samples: [
    '1970-01-01 00:00:00+00',
    '2026-11-23 12:34:56.789012+05:30',
    '4713-01-01 00:00:00+00 BC',
    '294247-01-10 04:00:54.775807+00',
    'infinity',
  ],
};
