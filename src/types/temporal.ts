import type { Decoding, PgType } from './pg-type.ts';
import { END_OF_DAY, INFINITE, OUT_OF_RANGE, STORED } from './text/dates.ts';

/** Postgres counts from 2000-01-01, Arrow from 1970-01-01. */
const EPOCH_DAYS = 10_957;
const EPOCH_MICROSECONDS = BigInt(EPOCH_DAYS) * 86_400_000_000n;
const EPOCH_HIGH = Number(EPOCH_MICROSECONDS >> 32n);
const EPOCH_LOW = Number(EPOCH_MICROSECONDS & 0xffffffffn);

/** The int32 and the high words of the int64 that stand for infinity and -infinity (datatype/timestamp.h). */
const INFINITY_HIGH = 0x7fffffff;
const NEGATIVE_INFINITY_HIGH = -0x80000000;

const DAY_MICROSECONDS = 86_400_000_000;

/** `by` is a function of text/dates.ts. */
function stored(by: 'storeDate' | 'storeTimestamp' | 'storeTime'): { store: string } {
  return {
    store: `const status = ${by}($values, $i, b, p, n);
    if (status === ${INFINITE}) { $bad(infinite) }
    else if (status === ${OUT_OF_RANGE}) { $bad(outOfRange) }
    else if (status === ${END_OF_DAY}) { $bad(endOfDay) }
    else if (status !== ${STORED}) { $bad(malformed) }`,
  };
}

export const date: PgType = {
  name: 'date',
  match: { oid: 1082 },
  decoding: {
    type: { id: 'date32' },
    binary: {
      width: 4,
      store: `const days = v.getInt32(p);
      if (days === ${INFINITY_HIGH} || days === ${NEGATIVE_INFINITY_HIGH}) { $bad(infinite) }
      else $values[$i] = days + ${EPOCH_DAYS};`,
    },
    text: stored('storeDate'),
  },
  castableTo: ['timestamp'],
  samples: ['2000-01-01', '1969-12-31', '4713-01-01 BC', '5874897-12-31', 'infinity'],
};

export const time: PgType = {
  name: 'time',
  match: { oid: 1083 },
  decoding: {
    type: { id: 'time64', unit: 'us' },
    binary: {
      width: 8,
      store: `$values[2 * $i] = v.getInt32(p + 4); $values[2 * $i + 1] = v.getInt32(p);
      if (v.getInt32(p) === ${Math.floor(DAY_MICROSECONDS / 2 ** 32)} && v.getUint32(p + 4) === ${DAY_MICROSECONDS % 2 ** 32}) { $bad(endOfDay) }`,
    },
    text: stored('storeTime'),
  },
  samples: ['00:00:00', '12:34:56.789012', '23:59:59.999999', '24:00:00'],
};

/**
 * Binary: microseconds since 2000, moved to 1970 in two words with carry: no BigInt for each value. Timestamps that end
 * in 294,247 or later exceed int64 then, and so does +infinity (all ones); -infinity is the least int64.
 */
const TIMESTAMP: Omit<Decoding, 'type'> = {
  binary: {
    width: 8,
    store: `const low = v.getUint32(p + 4) + ${EPOCH_LOW};
    const high = v.getInt32(p) + ${EPOCH_HIGH} + (low > 0xffffffff ? 1 : 0);
    if (high > 0x7fffffff) {
      if (v.getInt32(p) === ${INFINITY_HIGH} && v.getInt32(p + 4) === -1) { $bad(infinite) } else { $bad(outOfRange) }
    } else if (v.getInt32(p) === ${NEGATIVE_INFINITY_HIGH} && v.getInt32(p + 4) === 0) { $bad(infinite) }
    else { $values[2 * $i] = low; $values[2 * $i + 1] = high; }`,
  },
  text: stored('storeTimestamp'),
};

export const timestamp: PgType = {
  name: 'timestamp',
  match: { oid: 1114 },
  decoding: { type: { id: 'timestamp', unit: 'us', timezone: null }, ...TIMESTAMP },
  castableTo: ['date'],
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
  castableTo: ['timestamp', 'date'],
  samples: [
    '1970-01-01 00:00:00+00',
    '2026-11-23 12:34:56.789012+05:30',
    '4713-01-01 00:00:00+00 BC',
    '294247-01-10 04:00:54.775807+00',
    'infinity',
  ],
};
