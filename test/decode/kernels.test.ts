import fc from 'fast-check';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { RowsByColumn } from '../../src/decode/rows-by-column.ts';
import { copySql, type Transport } from '../../src/postgres/copy-sql.ts';
import type { ColumnPlan } from '../../src/types/pg-type.ts';
import { recordCopy } from '../support/copy-bytes.ts';
import { decodeChunks, scalarColumn } from '../support/decode-copy.ts';
import { testDatabase } from '../support/server.ts';

/** numeric(p, s) as `pg_attribute.atttypmod` has it. */
function numericTypmod(precision: number, scale: number): number {
  return ((precision << 16) | scale) + 4;
}

/** A column of each kind that has a kernel: the type, its modifier, and a value that differs from row to row. */
const VALUES: readonly (readonly [typname: string, typmod: number, sql: string])[] = [
  ['int2', -1, '(g * 37 % 65536 - 32768)::int2'],
  ['int4', -1, '(g::int8 * 2654435761 % 4294967296 - 2147483648)::int4'],
  ['int8', -1, 'g::int8 * 1234567890123456'],
  ['float4', -1, `CASE g % 5 WHEN 0 THEN float4 'NaN' ELSE (sqrt(g) * (-1) ^ g)::float4 END`],
  ['float8', -1, `CASE g % 7 WHEN 0 THEN float8 '-Infinity' ELSE ln(g) END`],
  ['bool', -1, 'g * g % 3 = 1'],
  ['uuid', -1, 'md5(g::text)::uuid'],
  ['date', -1, `date '1969-06-01' + g`],
  ['timestamptz', -1, `timestamptz '1969-12-31 23:59+00' + g * interval '1.000001 second'`],
  ['text', -1, `repeat('né', g % 40)`],
  ['bytea', -1, `decode(repeat(md5(g::text), CASE g % 97 WHEN 0 THEN 30 ELSE 1 END), 'hex')`],
  ['jsonb', -1, `jsonb_build_object('g', g)`],
  ['numeric', numericTypmod(15, 2), '((1 - g % 2 * 2) * (g * 123456789.01 % 1e13))::numeric(15, 2)'],
  [
    'numeric',
    numericTypmod(18, 0),
    '((1 - g % 2 * 2) * (10::numeric ^ (1 + g % 18) - 1 - g % 3))::numeric(18, 0)',
  ],
  ['numeric', numericTypmod(18, 18), '((g % 3 - 1) / (10::numeric ^ (g % 19) + 1))::numeric(18, 18)'],
  ['numeric', numericTypmod(9, 3), '((g % 7 - 3) * 10::numeric ^ (g % 9 - 3))::numeric(9, 3)'],
  ['numeric', numericTypmod(12, 7), '(g / 7.0 - 100)::numeric(12, 7)'],
  // With a zero that has no place before the point.
  ['numeric', numericTypmod(35, 33), '((g % 3 - 1) / 1e20)::numeric(35, 33)'],
  // Beyond 64 bits: what the kernel leaves out.
  ['numeric', numericTypmod(38, 10), '(g::numeric ^ 5 * 12345678.0987654321)::numeric(38, 10)'],
  // Without a modifier: as text, with digits before the point, after it, or both, and zeros at their ends.
  ['numeric', -1, '(g % 3 - 1) * (g * 7919 % 100000) * 10::numeric ^ (g % 31 - 5)'],
  ['numeric', -1, '(1 - g % 2 * 2) * round(g * 314159.2653589793 / 10::numeric ^ (g % 47), g % 53)'],
  ['numeric', -1, 'round((g % 5)::numeric, g % 19)'],
  ['numeric', -1, `repeat('9' || g, 1 + g % 60)::numeric / 10::numeric ^ (g % 70)`],
];
/** NULL nowhere, everywhere, in single rows, at first and then no more, from some row on, in runs. */
const NULLS = ['false', 'true', 'g % 3 = 0', 'g <= 300', 'g > 260', '(g / 100) % 2 = 0'];
const ROWS = 900;

const COLUMNS = VALUES.flatMap(([typname, typmod, sql]) =>
  NULLS.map((isNull) => ({ typname, typmod, sql: `CASE WHEN NOT (${isNull}) THEN ${sql} END` })),
);
const QUERY = `SELECT ${COLUMNS.map(({ sql }) => sql).join(', ')} FROM generate_series(1, ${ROWS}) g`;
const PLANS = COLUMNS.map(({ typname, typmod }, i) => scalarColumn(typname, `c${i}`, typmod));

const database = testDatabase('kernels');

function record(transport: Transport, query: string, plans: readonly ColumnPlan[]): Promise<Uint8Array> {
  return recordCopy(database.dsn, copySql(query, plans, transport));
}

/** Decodes a COPY that comes in chunks of these sizes, the last one again and again. */
function decode(
  transport: Transport,
  columns: readonly ColumnPlan[],
  bytes: Uint8Array,
  { sizes = [bytes.length], maxRows = 16_384 } = {},
): (string | null)[][] {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + sizes[Math.min(chunks.length, sizes.length - 1)]!;
    chunks.push(bytes.subarray(from, to));
    from = to;
  }
  return decodeChunks(transport, columns, chunks, maxRows).rows;
}

describe('rows that the kernels decode', () => {
  let bytes: Uint8Array;
  let expected: (string | null)[][];

  beforeAll(async () => {
    bytes = await record('binary', QUERY, PLANS);
    expected = decode('csv', PLANS, await record('csv', QUERY, PLANS));
  });

  test('are those that the server sends as text, and hardly one is left to be decoded by itself', () => {
    const rows = vi.spyOn(RowsByColumn.prototype, 'rows');
    expect(decode('binary', PLANS, bytes)).toEqual(expected);
    const advanced = rows.mock.results.map(({ value }, i) => value - rows.mock.calls[i]![1]);
    rows.mockRestore();
    expect(expected).toHaveLength(ROWS);
    expect(advanced.reduce((sum, n) => sum + n)).toBeGreaterThan(0.99 * bytes.length);
  });

  test('are the same in whatever chunks they come, and in batches of whatever size', () => {
    const chunk = fc.integer({ min: 1, max: bytes.length });
    fc.assert(
      fc.property(
        fc.array(chunk, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 1000 }),
        (some, maxRows) => {
          const sizes = [...some, 1 << 17];
          expect(decode('binary', PLANS, bytes, { sizes, maxRows })).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });
});

test('a row that is too long for the kernels lies among others', async () => {
  const columns = [scalarColumn('text', 't'), scalarColumn('int4', 'g')];
  const query = `SELECT repeat('x', CASE g WHEN 5 THEN 700000 ELSE g END), g FROM generate_series(1, 9) g`;
  const rows = decode('binary', columns, await record('binary', query, columns));
  expect(rows).toHaveLength(9);
  expect(rows).toEqual(decode('csv', columns, await record('csv', query, columns)));
});

describe('a value that a kernel leaves out', () => {
  test.each([
    ['date', `date '2000-01-01' + g`, `date 'infinity'`, 'is infinite'],
    ['timestamp', `timestamp '2000-01-01' + g * interval '1 s'`, `timestamp '-infinity'`, 'is infinite'],
    ['timestamp', `timestamp '2000-01-01' + g * interval '1 s'`, `timestamp '294276-12-31'`, 'is beyond'],
  ])('is an error that names its row: %s, %#', async (typname, usual, odd, message) => {
    const columns = [
      scalarColumn('int4', 'before'),
      scalarColumn(typname, 'x'),
      scalarColumn('text', 'after'),
    ];
    const query = `SELECT g, CASE g WHEN 400 THEN ${odd} ELSE ${usual} END, g::text FROM generate_series(1, 900) g`;
    const bytes = await record('binary', query, columns);
    expect(() => decode('binary', columns, bytes)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        column: 'x',
        row: 400,
      }),
    );
  });

  test.each([
    ['what is not a number', `CASE g WHEN 3 THEN numeric 'NaN' WHEN 400 THEN '-Infinity' ELSE g + 0.5 END`],
    ['texts that are too long together', `repeat('7', g * 2)::numeric / 3`],
    ['a text that is too long by itself', `CASE g WHEN 400 THEN 10::numeric ^ 100000 ELSE g END`],
  ])('is stored all the same where it is a numeric: %s', async (_name, numeric) => {
    const columns = [scalarColumn('numeric', 'n'), scalarColumn('int4', 'g')];
    const query = `SELECT ${numeric}, g FROM generate_series(1, 900) g`;
    const rows = decode('binary', columns, await record('binary', query, columns));
    expect(rows).toHaveLength(900);
    expect(rows).toEqual(decode('csv', columns, await record('csv', query, columns)));
  });

  test.each([
    ['a group of 10000', '00010000000000002710'],
    ['fewer bytes than groups', '00020000000000000001'],
    ['an unknown sign', '00010000010000000001'],
    ['a scale of 16384', '00010000000040000001'],
  ])('is no numeric: %s', async (_name, value) => {
    const columns = [scalarColumn('numeric', 'n')];
    const bytes = await record('binary', 'SELECT 1::numeric FROM generate_series(1, 300) g', columns);
    const right = Buffer.from('00010000000000000001', 'hex');
    const at = Buffer.from(bytes).lastIndexOf(right);
    expect(at).toBeGreaterThan(0);
    bytes.set(Buffer.from(value, 'hex'), at);
    expect(() => decode('binary', columns, bytes)).toThrow('is not a valid value of its type');
  });

  test('is one that is not a boolean, too', async () => {
    const columns = [scalarColumn('bool', 'x')];
    const bytes = await record('binary', 'SELECT g > 3 FROM generate_series(1, 300) g', columns);
    const row = Buffer.from('640000000b00010000000101', 'hex');
    bytes[bytes.indexOf(1, Buffer.from(bytes).lastIndexOf(row) + row.length - 1)] = 2;
    expect(() => decode('binary', columns, bytes)).toThrow('is not a valid value of its type');
  });
});
