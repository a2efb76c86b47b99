import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numericToDecimal } from '../../src/types/binary/numeric.ts';
import * as dates from '../../src/types/text/dates.ts';
import { textToDecimal } from '../../src/types/text/decimals.ts';
import { storeFloat32, storeFloat64, storeNearestFloat64 } from '../../src/types/text/floats.ts';
import { NOT_AN_INTEGER, parseInt32, storeInt64 } from '../../src/types/text/integers.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase('text_types');
const words = new Int32Array(4);

type Store = (words: Int32Array, slot: number, b: Uint8Array, p: number, n: number) => unknown;

/** Calls a parser on text in the middle of other bytes, with slot 1. */
function store(parser: Store, text: string, after = '7'): unknown {
  const bytes = Buffer.from(`7${text}${after}`);
  return parser(words, 1, bytes, 1, text.length);
}

function float64(text: string, parser: Store = storeFloat64): number | null {
  return store(parser, text) ? new Float64Array(words.buffer, 8, 1)[0]! : null;
}

/** Of decimals that no float8 can be as well. */
function nearest(text: string): number | null {
  return float64(text, storeNearestFloat64);
}

describe('float8', () => {
  test('equals the nearest double for the shortest text of every double', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        const text = Object.is(value, -0) ? '-0' : String(value).replace(/e\+?/, 'e');
        expect(float64(text)).toBe(value);
      }),
      { numRuns: 20_000 },
    );
  });

  test('equals the nearest double for any digits and exponent', () => {
    const digits = fc.stringMatching(/^[0-9]{1,32}$/);
    fc.assert(
      fc.property(digits, digits, fc.integer({ min: -340, max: 320 }), fc.boolean(), (a, b, e, exponent) => {
        const text = `${a}.${b}${exponent ? `e${e < 0 ? '' : '+'}${e}` : ''}`;
        expect(nearest(text)).toBe(Number(text));
      }),
      { numRuns: 50_000 },
    );
  });

  test('rounds to even what lies in the middle of two doubles, and by the last digit what lies next to it', () => {
    for (const text of [
      '9007199254740993',
      '9007199254740993.0000000000000001',
      '9007199254740992.9999999999',
      '4503599627370496.5',
      '4503599627370497.5',
    ]) {
      expect(float64(text), text).toBe(Number(text));
    }
  });

  test.each(['', '-', '.', 'e5', '1e', '1e+', '1x', '1.2.3', 'nan', 'inf', '--1', '1e5x'])(
    'refuses %j',
    (text) => {
      expect(float64(text)).toBeNull();
    },
  );

  test('float4 equals what the server reads, text in the middle of two floats included', async () => {
    const random = Array.from({ length: 3000 }, () => {
      const bits = new Int32Array([Math.floor(Math.random() * 2 ** 32)]);
      return String(new Float32Array(bits.buffer)[0]!).replace('e+', 'e');
    }).filter((text) => text !== 'NaN');
    const middle = [
      '16777217',
      '16777217.0000000001',
      '16777216.9999999999',
      '-16777217.0000000001',
      '1.00000005960464477539',
      '0.1',
      'NaN',
      'Infinity',
      '-Infinity',
      '-0',
    ];
    const texts = [...middle, ...random].filter(
      (text) => !/e/.test(text) || Math.abs(Number(/e(.*)/.exec(text)![1])) < 38,
    );
    const rows = await database.query<{ bits: string }>(
      `SELECT encode(float4send(t::float4), 'hex') AS bits FROM unnest($1::text[]) WITH ORDINALITY u(t, i) ORDER BY i`,
      [texts],
    );
    const ours = texts.map((text) => {
      expect(store(storeFloat32, text)).toBe(true);
      return (words[1]! >>> 0).toString(16).padStart(8, '0');
    });
    expect(ours).toEqual(rows.map(({ bits }) => bits));
  });
});

describe('integers', () => {
  test('int8 equals its value over the whole range', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(store(storeInt64, String(value))).toBe(true);
        expect(new BigInt64Array(words.buffer, 8, 1)[0]).toBe(value);
      }),
      { numRuns: 20_000 },
    );
  });

  test.each([
    '9223372036854775808',
    '-9223372036854775809',
    '99999999999999999999',
    '',
    '-',
    '1.5',
    '+1',
    ' 1',
  ])('int8 refuses %j', (text) => {
    expect(store(storeInt64, text)).toBe(false);
  });

  test('int4 equals its value, and refuses what is none', () => {
    const parse = (text: string) => parseInt32(Buffer.from(text), 0, text.length);
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(parse(String(value))).toBe(value);
      }),
    );
    expect(parse('-2147483648')).toBe(-2147483648);
    for (const text of ['2147483648', '-2147483649', '', '-', '1a', '12345678901']) {
      expect(parse(text), text).toBe(NOT_AN_INTEGER);
    }
  });
});

describe('dates', () => {
  test('date and timestamp equal the server’s own arithmetic from 4713 BC to the end', async () => {
    const rows = await database.query<{ text: string; days: number; stamp: string; micros: string }>(
      `SELECT d::date::text AS text, d::date - date '1970-01-01' AS days, (d + s)::text AS stamp,
              (extract(epoch FROM d) * 1000000 + extract(epoch FROM s) * 1000000)::numeric(30)::text AS micros
       FROM (SELECT timestamp '4713-01-01 BC' + random() * 5000 * interval '1 year' - random() * 20 * interval '1 day' AS d
             FROM generate_series(1, 500)
             UNION ALL SELECT timestamp '1970-01-01' + (random() * 292276 * 365.2425)::int * interval '1 day' FROM generate_series(1, 1500)
             UNION ALL SELECT timestamp '2000-02-29' UNION ALL SELECT timestamp '4713-12-31 BC') q(t),
            LATERAL (SELECT date_trunc('day', t) AS d, make_interval(secs => (random() * 86399)::int) + (random() * 999999)::int * interval '1 microsecond' AS s) x
       WHERE t > timestamp '4713-02-01 BC'`,
    );
    expect(rows.length).toBeGreaterThan(1900);
    for (const row of rows) {
      expect(store(dates.storeDate, row.text), row.text).toBe(null);
      expect(words[1], row.text).toBe(row.days);
      expect(store(dates.storeTimestamp, row.stamp), row.stamp).toBe(null);
      expect(String(new BigInt64Array(words.buffer, 8, 1)[0]), row.stamp).toBe(row.micros);
    }
  });

  test.each(['.5', '+00', ' BC', '-1', ':00', '0'])('ends where its text ends, before %j', (after) => {
    expect(store(dates.storeTime, '00:00:01', after)).toBe(null);
    expect(words[2]).toBe(1_000_000);
    expect(store(dates.storeTimestamp, '1970-01-01 00:00:02', after)).toBe(null);
    expect(words[2]).toBe(2_000_000);
    expect(store(dates.storeTimestamp, '1970-01-01 00:00:03+00', after)).toBe(null);
    expect(words[2]).toBe(3_000_000);
    expect(store(dates.storeDate, '1970-01-05', after)).toBe(null);
    expect(words[1]).toBe(4);
    expect(float64('2')).toBe(2);
    expect(store(storeFloat64, '2', after)).toBe(true);
    expect(new Float64Array(words.buffer, 8, 1)[0]).toBe(2);
    expect(store(storeInt64, '3', after)).toBe(true);
    expect(words[2]).toBe(3);
  });

  test('says what is infinite, out of range or no date', () => {
    expect(store(dates.storeDate, 'infinity')).toBe('infinite');
    expect(store(dates.storeTimestamp, '-infinity')).toBe('infinite');
    expect(store(dates.storeTimestamp, '294247-01-10 04:00:54.775807+00')).toBe(null);
    expect(store(dates.storeTimestamp, '294247-01-10 04:00:54.775808+00')).toBe('outOfRange');
    for (const text of ['', '2026-13-01', '2026-1-1', '2026-01-01x', '26-01-01']) {
      expect(store(dates.storeDate, text), text).toBe('malformed');
    }
    for (const text of [
      '2026-01-01',
      '2026-01-01 1:00:00',
      '2026-01-01 00:00:0x',
      '2026-01-01 00:00:00+05',
    ]) {
      expect(store(dates.storeTimestamp, text), text).toBe('malformed');
    }
  });
});

describe('decimals at the edges of doubles and of 128 bits', () => {
  test.each([
    ['900719925474.9999', 'numeric(18,4)'],
    ['9007199254749999', 'numeric(20,0)'],
    ['9007199254749999.1235', 'numeric(38,4)'],
    ['48594884039446394717318655968204211.89', 'numeric(38,2)'],
    ['9999999999999999999999999999999999999.9', 'numeric(38,1)'],
    ['-99999999999999999999999999999999999999', 'numeric(38,0)'],
    ['0.00000000000000000000000000000000000001', 'numeric(38,38)'],
  ])('%s as %s', async (value, type) => {
    const [precision, scale] = /(\d+),(\d+)/.exec(type)!.slice(1).map(Number) as [number, number];
    const [row] = await database.query<{ hex: string }>(
      `SELECT encode(numeric_send($1::${type}), 'hex') AS hex`,
      [value],
    );
    const bytes = Buffer.from(row!.hex, 'hex');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const decimal = new Int32Array(4);
    const unscaled = () =>
      (new BigInt64Array(decimal.buffer, 8, 1)[0]! << 64n) + new BigUint64Array(decimal.buffer, 0, 1)[0]!;
    const expected = BigInt(value.replace('.', ''));
    expect(numericToDecimal(decimal, 0, view, 0, bytes.length, precision, scale)).toBeNull();
    expect(unscaled()).toBe(expected);
    const text = Buffer.from(value);
    expect(textToDecimal(decimal, 0, text, 0, text.length, precision, scale)).toBeNull();
    expect(unscaled()).toBe(expected);
  });
});
