import type { PgType, WireDecoder } from './pg-type.ts';
import { INFINITE, OUT_OF_RANGE, STORED } from './text/dates.ts';

/** Postgres counts from 2000-01-01, Arrow from 1970-01-01. */
const EPOCH_DAYS = 10_957;
const EPOCH_MICROSECONDS = BigInt(EPOCH_DAYS) * 86_400_000_000n;
const EPOCH_HIGH = Number(EPOCH_MICROSECONDS >> 32n);
const EPOCH_LOW = Number(EPOCH_MICROSECONDS & 0xffffffffn);

/** The int32 and the high words of the int64 that stand for infinity and -infinity (datatype/timestamp.h). */
const INFINITY_HIGH = 0x7fffffff;
const NEGATIVE_INFINITY_HIGH = -0x80000000;

/** `store` is a function of text/dates.ts. */
function dateText(store: 'storeDate' | 'storeTimestamp'): string {
  return `const status = ${store}($values, $i, b, p, n);
    if (status === ${INFINITE}) { $bad(infinite) }
    else if (status === ${OUT_OF_RANGE}) { $bad(outOfRange) }
    else if (status !== ${STORED}) { $bad(malformed) }`;
}

export const date: PgType = {
  name: 'date',
  oid: 1082,
  arrow: { id: 'date32' },
  wire: {
    width: 4,
    store: `const days = v.getInt32(p);
      if (days === ${INFINITY_HIGH} || days === ${NEGATIVE_INFINITY_HIGH}) { $bad(infinite) }
      else $values[$i] = days + ${EPOCH_DAYS};`,
  },
  textStore: dateText('storeDate'),
  castableTo: ['timestamp'],
  samples: ['2000-01-01', '1969-12-31', '4713-01-01 BC', '5874897-12-31'],
};

/**
 * Microseconds since 2000, moved to 1970 in two words with carry: no BigInt for each value. Timestamps that end in
 * 294,247 or later exceed int64 then, and so does +infinity (all ones); -infinity is the least int64.
 */
const TIMESTAMP_WIRE: WireDecoder = {
  width: 8,
  store: `const low = v.getUint32(p + 4) + ${EPOCH_LOW};
    const high = v.getInt32(p) + ${EPOCH_HIGH} + (low > 0xffffffff ? 1 : 0);
    if (high > 0x7fffffff) {
      if (v.getInt32(p) === ${INFINITY_HIGH} && v.getInt32(p + 4) === -1) { $bad(infinite) } else { $bad(outOfRange) }
    } else if (v.getInt32(p) === ${NEGATIVE_INFINITY_HIGH} && v.getInt32(p + 4) === 0) { $bad(infinite) }
    else { $values[2 * $i] = low; $values[2 * $i + 1] = high; }`,
};

export const timestamp: PgType = {
  name: 'timestamp',
  oid: 1114,
  arrow: { id: 'timestamp', unit: 'us', timezone: null },
  wire: TIMESTAMP_WIRE,
  textStore: dateText('storeTimestamp'),
  castableTo: ['date'],
  samples: [
    '1970-01-01 00:00:00',
    '2026-11-23 12:34:56.789012',
    '4713-01-01 00:00:00 BC',
    '294247-01-10 04:00:54.775807',
  ],
};

export const timestamptz: PgType = {
  ...timestamp,
  name: 'timestamptz',
  oid: 1184,
  arrow: { id: 'timestamp', unit: 'us', timezone: 'UTC' },
  castableTo: ['timestamp', 'date'],
  samples: timestamp.samples.map((sample) => sample.replace(/(\d)( BC)?$/, '$1+00$2')),
};
