import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runFastExport } from '../support/command.ts';
import type { Value } from '../support/readers.ts';
import { floatBits, readWithDuckDB } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';
import { bothTransports, failure } from './both-transports.ts';

const database = testDatabase('overrides');
const exported = bothTransports(database.dsn);

/** A query with one column, `x`, of a Postgres type. */
const column = (type: string, values: readonly string[]) =>
  `SELECT unnest(ARRAY[${values.map((value) => `'${value}'`).join(', ')}]::text[])::${type} AS x`;

/** A query with one column of each type, called x0, x1, …, whose values are followed by NULLs. */
function columns(of: readonly (readonly [type: string, values: readonly string[]])[]): string {
  const rows = 1 + Math.max(...of.map(([, values]) => values.length));
  const list = of.map(
    ([type, values], i) =>
      `(ARRAY[${values.map((value) => `'${value}'`).join(', ')}]::text[])[g]::${type} AS x${i}`,
  );
  return `SELECT ${list.join(', ')} FROM generate_series(1, ${rows}) g`;
}

const bits = (value: number) => floatBits(value, 64);
const bits32 = (value: number) => floatBits(value, 32);

describe('--column-type', () => {
  const CONVERSIONS: readonly [string, string, string, readonly string[], readonly Value[]][] = [
    ['int2', 'int64', 'BIGINT', ['-32768', '7'], ['-32768', '7']],
    ['int4', 'int16', 'SMALLINT', ['-32768', '32767'], ['-32768', '32767']],
    ['int4', 'uint32', 'UINTEGER', ['0', '2147483647'], ['0', '2147483647']],
    ['int4', 'float64', 'DOUBLE', ['-2147483648', '3'], [bits(-2147483648), bits(3)]],
    ['int8', 'int32', 'INTEGER', ['-2147483648', '2147483647'], ['-2147483648', '2147483647']],
    ['int8', 'uint32', 'UINTEGER', ['4294967295'], ['4294967295']],
    ['int8', 'float64', 'DOUBLE', ['9007199254740993', '-1'], [bits(9007199254740992), bits(-1)]],
    ['oid', 'int64', 'BIGINT', ['4294967295'], ['4294967295']],
    [
      'float4',
      'float64',
      'DOUBLE',
      ['0.1', 'NaN', '-0'],
      [bits(Math.fround(0.1)), bits(Number.NaN), bits(-0)],
    ],
    [
      'float8',
      'float32',
      'FLOAT',
      ['0.1', '-Infinity', '1e-50'],
      [bits32(0.1), bits32(-Infinity), bits32(0)],
    ],
    ['numeric', 'float64', 'DOUBLE', ['0.1', 'NaN', '1e300'], [bits(0.1), bits(Number.NaN), bits(1e300)]],
    ['numeric', 'float32', 'FLOAT', ['16777217', '-0.5'], [bits32(16777216), bits32(-0.5)]],
    ['numeric', 'int64', 'BIGINT', ['9223372036854775807', '-1.000'], ['9223372036854775807', '-1']],
    ['numeric(10,2)', 'int32', 'INTEGER', ['12.00'], ['12']],
    ['numeric', 'decimal128(20, 3)', 'DECIMAL(20,3)', ['1.5', '-0.001'], ['1500', '-1']],
    ['numeric(10,2)', 'decimal128(38,5)', 'DECIMAL(38,5)', ['1.50'], ['150000']],
    [
      'date',
      'timestamp[us]',
      'TIMESTAMP',
      ['1970-01-02', '0001-01-01 BC'],
      ['86400000000', '-62167219200000000'],
    ],
    ['timestamp', 'date32', 'DATE', ['1970-01-02 00:00:00', '1969-12-31'], ['1', '-1']],
    ['timestamptz', 'timestamp[us]', 'TIMESTAMP', ['1970-01-01 01:00:00+00'], ['3600000000']],
    ['timestamp', 'timestamp[us, UTC]', 'TIMESTAMP WITH TIME ZONE', ['1970-01-01 00:00:01'], ['1000000']],
    ['text', 'binary', 'BLOB', ['é', ''], ['c3a9', '']],
    ['"char"', 'binary', 'BLOB', ['a', ''], ['61', '00']],
    ['int4', 'string', 'VARCHAR', ['-1'], ['-1']],
    ['float8', 'string', 'VARCHAR', ['0.1', '-0'], ['0.1', '-0']],
    ['bytea', 'string', 'VARCHAR', ['\\x00ff'], ['\\x00ff']],
    [
      'timestamptz',
      'string',
      'VARCHAR',
      ['infinity', '1970-01-01 00:00:00+00'],
      ['infinity', '1970-01-01 00:00:00+00'],
    ],
    ['time', 'string', 'VARCHAR', ['24:00:00'], ['24:00:00']],
    ['int4[]', 'string', 'VARCHAR', ['{{1,2},{3,NULL}}', '[0:1]={5,6}'], ['{{1,2},{3,NULL}}', '[0:1]={5,6}']],
    ['int4[]', 'int64[]', 'BIGINT[]', ['{1,NULL}'], [['1', null]]],
    ['int4[]', 'int32[][]', 'INTEGER[][]', ['{{1},{NULL}}', '{}'], [[['1'], [null]], []]],
    ['int4[]', 'string[][][]', 'VARCHAR[][][]', ['{{{1}}}'], [[[['1']]]]],
    ['inet[]', 'string[]', 'VARCHAR[]', ['{10.0.0.1}'], [['10.0.0.1']]],
  ];

  test('makes of each type what is asked for', async () => {
    const { values, types } = await exported(columns(CONVERSIONS.map(([type, , , texts]) => [type, texts])), {
      columnTypes: Object.fromEntries(CONVERSIONS.map(([, wanted], i) => [`x${i}`, wanted])),
    });
    for (const [i, [type, wanted, duckdbType, , expected]] of CONVERSIONS.entries()) {
      expect(types[`x${i}`], `${type} as ${wanted}`).toBe(duckdbType);
      const padded = values[`x${i}`]!.map((_, row) => expected[row] ?? null);
      expect(values[`x${i}`], `${type} as ${wanted}`).toEqual(padded);
    }
  });

  const MISFITS = [
    ['int4', 'int16', ['1', '40000'], 'is beyond what the Arrow type can hold'],
    ['int4', 'uint32', ['1', '-1'], 'is beyond what the Arrow type can hold'],
    ['int8', 'int32', ['1', '2147483648'], 'is beyond what the Arrow type can hold'],
    ['float8', 'float32', ['1', '1e300'], 'is beyond what the Arrow type can hold'],
    ['numeric', 'float64', ['1', '1e400'], 'is beyond what the Arrow type can hold'],
    ['numeric', 'float32', ['1', '-1e39'], 'is beyond what the Arrow type can hold'],
    ['numeric', 'int64', ['1', '9223372036854775808'], 'is beyond what the Arrow type can hold'],
    ['numeric', 'int64', ['1', '1e60'], 'is beyond what the Arrow type can hold'],
    ['numeric', 'int32', ['1', '1.5'], 'has more digits than the Arrow type can hold'],
    ['numeric', 'int32', ['1', 'NaN'], 'is NaN or infinite, which the Arrow type has no value for'],
    ['numeric', 'decimal128(5,2)', ['1', '1000'], 'is beyond what the Arrow type can hold'],
    ['numeric', 'decimal128(5,2)', ['1', '0.001'], 'has more digits than the Arrow type can hold'],
    [
      'timestamp',
      'date32',
      ['1970-01-01', '1970-01-01 00:00:01'],
      'has more digits than the Arrow type can hold',
    ],
    ['date', 'timestamp[us]', ['1970-01-01', '5874897-12-31'], 'is beyond what the Arrow type can hold'],
    [
      'date',
      'timestamp[us]',
      ['1970-01-01', 'infinity'],
      'is infinite, which the Arrow type has no value for',
    ],
    ['int4[]', 'int16[]', ['{1}', '{1,NULL,40000}'], 'is beyond what the Arrow type can hold'],
  ] as const;

  test.each(MISFITS)('a value of %s that does not fit %s: %s', async (type, wanted, values, reason) => {
    const sql = column(type, values);
    expect(await failure(database.dsn, sql, { columnTypes: { x: wanted } })).toMatchObject({
      code: 'value',
      message: expect.stringContaining(reason),
      column: 'x',
      row: 2,
    });
  });

  test('values that do not fit become null where they may', async () => {
    const { values, summary } = await exported(columns(MISFITS.map(([type, , texts]) => [type, texts])), {
      columnTypes: Object.fromEntries(MISFITS.map(([, wanted], i) => [`x${i}`, wanted])),
      onUnrepresentable: 'null',
    });
    const names = MISFITS.map((_, i) => `x${i}`);
    expect(summary.unrepresentable).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
    const valid = names.map((name) => values[name]!.flat().filter((value) => value !== null).length);
    expect(valid).toEqual(MISFITS.map(([type]) => (type === 'int4[]' ? 2 : 1)));
  });

  test.each([
    ['int4', 'bool', 'ask for int32, string, int16, int64, uint32, float64, or cast the column in the query'],
    ['int4', 'decimal128(10,2)', 'ask for int32, string, int16'],
    ['text', 'int32', 'ask for string, binary, or cast the column in the query'],
    ['int4[]', 'int32', 'ask for int32[], string, or cast the column in the query'],
    ['uuid', 'binary', 'ask for fixed_size_binary(16), string, or cast the column in the query'],
    ['bool[]', 'string[]', 'ask for bool[], string, or cast the column in the query'],
  ])('%s cannot become %s', async (type, wanted, hint) => {
    expect(await failure(database.dsn, column(type, []), { columnTypes: { x: wanted } })).toMatchObject({
      code: 'unsupported',
      column: 'x',
      message: expect.stringContaining('cannot become'),
      hint: expect.stringContaining(hint),
    });
  });

  test('a name that is no column, and a type that is none', async () => {
    expect(
      await failure(database.dsn, 'SELECT 1 AS a, 2 AS b', { columnTypes: { A: 'int64' } }),
    ).toMatchObject({
      code: 'unsupported',
      message: 'the query returns no column A, for which a type is asked',
      hint: 'its columns are a, b',
    });
    expect(await failure(database.dsn, 'SELECT 1 AS a', { columnTypes: { a: 'integer' } })).toMatchObject({
      code: 'usage',
      message: 'integer, the type asked for column a, is no Arrow type',
    });
  });

  test('a name with = and the like', async () => {
    const { types } = await exported('SELECT 1 AS "a=b", 2 AS "__proto__"', {
      columnTypes: Object.fromEntries([
        ['a=b', 'int64'],
        ['__proto__', 'string'],
      ]),
    });
    expect(types['a=b']).toBe('BIGINT');
  });
});

describe('--numeric', () => {
  const sql = `SELECT 1.50::numeric AS bare, 2.5::numeric(10,2) AS precise, '{0.5,NULL}'::numeric[] AS list, 7::numeric(50,10) AS wide`;

  test.each([
    ['auto', 'VARCHAR', ['1.50'], [['0.5', null]]],
    ['string', 'VARCHAR', ['1.50'], [['0.5', null]]],
    ['float64', 'DOUBLE', [bits(1.5)], [[bits(0.5), null]]],
    ['decimal128(38,10)', 'DECIMAL(38,10)', ['15000000000'], [['5000000000', null]]],
  ])('%s', async (numeric, type, bare, list) => {
    const { types, values } = await exported(sql, { numeric });
    expect(types).toMatchObject({ bare: type, list: `${type}[]`, precise: 'DECIMAL(10,2)', wide: type });
    expect(values).toMatchObject({ bare, list, precise: ['250'] });
  });

  test('loses to --column-type', async () => {
    const { types } = await exported(sql, { numeric: 'float64', columnTypes: { bare: 'string' } });
    expect(types.bare).toBe('VARCHAR');
  });

  test.each(['int32', 'decimal128(39,0)', 'decimal128(5,6)', 'numeric', ''])(
    '%j is refused',
    async (numeric) => {
      expect(await failure(database.dsn, sql, { numeric })).toMatchObject({ code: 'usage' });
    },
  );
});

describe('--on-unrepresentable', () => {
  const VALUES: readonly [string, string, string, string][] = [
    ['date', 'infinity', '2000-01-01', 'is infinite'],
    ['timestamp', '-infinity', '2000-01-01 00:00:00', 'is infinite'],
    ['timestamptz', 'infinity', '2000-01-01 00:00:00+00', 'is infinite'],
    ['timestamp', '294276-12-31 23:59:59.999999', '2000-01-01 00:00:00', 'is beyond what'],
    ['time', '24:00:00', '23:59:59', 'is 24:00:00'],
    ['numeric(5,2)', 'NaN', '1.00', 'is NaN or infinite'],
  ];

  test.each(VALUES)('%s %s, also within arrays and composites', async (type, bad, good, reason) => {
    await database.sql(`DROP TYPE IF EXISTS part; CREATE TYPE part AS (a ${type}, b int4)`);
    const places = {
      plain: `'${bad}'::${type}`,
      list: `ARRAY['${good}', '${bad}', NULL]::${type}[]`,
      struct: `ROW('${bad}', 7)::part`,
      structs: `ARRAY[ROW('${bad}', 7), NULL, ROW('${good}', 8)]::part[]`,
    };
    expect(await failure(database.dsn, `SELECT 1 AS one, ${places.structs} AS structs`)).toMatchObject({
      code: 'value',
      column: 'structs',
      row: 1,
      message: expect.stringContaining(reason),
      hint: 'export it as text with --column-type NAME=string, or as null with --on-unrepresentable null',
    });
    const list = Object.entries(places).map(([name, value]) => `${value} AS ${name}`);
    const { values, summary } = await exported(`SELECT ${list.join(', ')}`, { onUnrepresentable: 'null' });
    expect(summary.unrepresentable).toEqual({ plain: 1, list: 1, struct: 1, structs: 1 });
    expect(values).toMatchObject({
      plain: [null],
      list: [[expect.any(String), null, null]],
      struct: [[null, '7']],
      structs: [[[null, '7'], null, [expect.any(String), '8']]],
    });
  });

  test('infinity in a numeric with precision is refused by the server, and NaN is text without', async () => {
    const { values } = await exported(`SELECT unnest('{NaN,Infinity,-Infinity}'::numeric[]) AS x`);
    expect(values.x).toEqual(['NaN', 'Infinity', '-Infinity']);
  });

  test('arrays of another depth or other subscripts than the column', async () => {
    const sql = `SELECT unnest(ARRAY['{1}', '{{1},{2}}', '[2:3]={1,2}', '{}']) :: int4[] AS x`;
    expect(await failure(database.dsn, sql)).toMatchObject({
      column: 'x',
      row: 2,
      hint: 'say how deep it is with --column-type NAME=TYPE[][], or export it as text with --column-type NAME=string',
    });
    expect(await failure(database.dsn, `${sql} OFFSET 2`)).toMatchObject({
      message: expect.stringContaining('is an array whose subscripts do not begin where an Arrow list does'),
      row: 1,
      hint: 'export it as text with --column-type NAME=string',
    });
    const { values, summary } = await exported(sql, { onUnrepresentable: 'null' });
    expect(values.x).toEqual([['1'], null, null, []]);
    expect(summary.unrepresentable).toEqual({ x: 2 });
    const asText = await exported(sql, { columnTypes: { x: 'string' } });
    expect(asText.values.x).toEqual(['{1}', '{{1},{2}}', '[2:3]={1,2}', '{}']);
  });

  test('counts over many rows and row groups', async () => {
    const sql = `SELECT CASE WHEN g % 3 = 0 THEN date 'infinity' ELSE date '2000-01-01' + g END AS d, g FROM generate_series(1, 1000) g`;
    const { values, summary } = await exported(sql, { onUnrepresentable: 'null', rowGroupSize: 7 });
    expect(summary).toMatchObject({ rows: 1000, rowGroups: 143, unrepresentable: { d: 333 } });
    expect(values.d!.filter((value) => value === null)).toHaveLength(333);
  });
});

describe('the command', () => {
  const out = join(mkdtempSync(join(tmpdir(), 'ddpp-overrides-')), 'out.parquet');
  afterAll(() => rmSync(dirname(out), { recursive: true }));
  const run = (...args: string[]) =>
    runFastExport(['--out', out, ...args], { env: { PGHOST: '127.0.0.1', PGPORT: '1' } });

  test('takes the flags, and says at the end what became null', async () => {
    const sql = `SELECT 1 AS id, 1.5 AS ra, 2 AS "a=b", date 'infinity' AS d, 3 AS id FROM generate_series(1, 1200)`;
    const flags = ['--column-type', 'id=int64', '--column-type', 'a=b=string', '--numeric', 'float64'];
    const { status, stderr } = await run(
      ...[
        '--dsn',
        database.dsn,
        '--sql',
        sql,
        '--on-unrepresentable',
        'null',
        '--duplicate-columns',
        'rename',
      ],
      ...flags,
    );
    expect(status).toBe(0);
    expect(stderr).toContain('1,200 values that their Arrow types cannot hold became null: d (1,200)\n');
    const { schema } = await readWithDuckDB(out);
    expect(schema.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id BIGINT',
      'ra DOUBLE',
      'a=b VARCHAR',
      'd DATE',
      'id_1 INTEGER',
    ]);
  });

  test.each([
    [['--numeric', 'int'], 'numeric cannot become int', 'choose auto, string, float64 or decimal128(p,s)'],
    [
      ['--column-type', 'a=integer'],
      'integer, the type asked for column a, is no Arrow type',
      'give one like int64',
    ],
  ])('refuses %j before anything is connected', async (flags, message, hint) => {
    const { status, stderr } = await run('--sql', 'SELECT 1', ...flags);
    expect(status).toBe(2);
    expect(stderr).toContain(`fast-export: ${message}\nhint: ${hint}`);
  });
});
