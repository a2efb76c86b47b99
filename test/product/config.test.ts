import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { OPTIONS } from '../../src/cli/options.ts';
import type { ConnectionOptions } from '../../src/export/options.ts';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { mergedConnection } from '../../src/product/config/connection.ts';
import { loadConfig } from '../../src/product/config/load.ts';
import { ConfigError } from '../../src/product/config/mistakes.ts';
import { filledOut } from '../../src/product/config/out.ts';
import { configSchemaText } from '../../tools/config-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddpp-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'exports.yaml');

function load(text: string) {
  writeFileSync(file, text);
  return loadConfig(file);
}

/** The mistakes of a configuration, without the file's name. */
async function mistakes(text: string): Promise<readonly string[]> {
  const error = await load(text).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('there was no mistake', { cause: error });
  expect(error.code).toBe('usage');
  return error.lines.map((line) => line.replace(`${file}:`, ''));
}

const TABLE = 'root: products\nexports:\n- {name: a, table: t}\n';
/** A product with one table that has these keys more. */
const withKeys = (yaml: string) => `root: products\nexports:\n- name: a\n  table: t\n  ${yaml}\n`;

describe('a product', () => {
  test('has defaults for all that is not said', async () => {
    expect(await load(TABLE)).toEqual({
      root: join(folder, 'products'),
      connection: {},
      jobs: undefined,
      maxMemory: undefined,
      keep: undefined,
      exports: [
        {
          name: 'a',
          sql: 'SELECT * FROM "t"',
          out: '{name}.parquet',
          options: {},
          requiredColumns: [],
          minRows: undefined,
          maxRowDrop: undefined,
          unique: [],
          onSchemaChange: 'warn',
          increment: null,
        },
      ],
    });
  });

  test('has everything that a configuration says', async () => {
    writeFileSync(join(folder, 'orbits.sql'), '-- Orbits\nSELECT * FROM mpc_orbits;\n');
    const config = await load(`
root: /data/products
connection: {host: db.example.org, port: 5432, dbname: mpc, sslmode: verify-full}
jobs: 8
max_memory: 1GiB
keep: 14
defaults:
  out: '{date}/{name}.parquet'
  compression_level: 3
  on_unrepresentable: 'null'
  max_row_drop: 10%
  on_schema_change: error
exports:
- name: obs_sbn
  table: public.obs_sbn
  columns: [obsid, 'a,"b']
  row_group_size: 500000
  max_row_drop: 0.02
  unique: [obsid]
  required_columns: [obsid]
  increment: {by: snapshot, key: [obsid], full_every: 7d}
- name: orbits
  sql_file: orbits.sql
  out: 'orbits-{snapshot}.parquet'
  numeric: decimal128(20,6)
  column_type: {q: float64, 'x y': 'int32[][]'}
  bloom_filter: [designation]
  block_size: 1MiB
  min_rows: 1000
  unique: [[id], [designation, epoch]]
  on_schema_change: ignore
  increment: {by: column, key: [id], column: updated_at, lag: 10m, full_every: 2w}
`);
    expect(config).toEqual({
      root: '/data/products',
      connection: { host: 'db.example.org', port: '5432', dbname: 'mpc', sslmode: 'verify-full' },
      jobs: 8,
      maxMemory: 2 ** 30,
      keep: 14,
      exports: [
        {
          name: 'obs_sbn',
          sql: 'SELECT "obsid", "a,""b" FROM "public"."obs_sbn"',
          out: '{date}/{name}.parquet',
          options: { compressionLevel: 3, onUnrepresentable: 'null', rowGroupSize: 500_000 },
          requiredColumns: ['obsid'],
          minRows: undefined,
          maxRowDrop: 0.02,
          unique: [['obsid']],
          onSchemaChange: 'error',
          increment: { by: 'snapshot', key: ['obsid'], fullEvery: 7 * 86_400_000 },
        },
        {
          name: 'orbits',
          sql: '-- Orbits\nSELECT * FROM mpc_orbits;\n',
          out: 'orbits-{snapshot}.parquet',
          options: {
            compressionLevel: 3,
            onUnrepresentable: 'null',
            numeric: 'decimal128(20,6)',
            columnTypes: { q: 'float64', 'x y': 'int32[][]' },
            bloomFilters: ['designation'],
            blockSize: 2 ** 20,
          },
          requiredColumns: [],
          minRows: 1000,
          maxRowDrop: 0.1,
          unique: [['id'], ['designation', 'epoch']],
          onSchemaChange: 'ignore',
          increment: {
            by: 'column',
            key: ['id'],
            column: 'updated_at',
            lag: '600 seconds',
            fullEvery: 14 * 86_400_000,
          },
        },
      ],
    });
  });

  test('may be JSON, tabs, escapes and all, and name its schema', async () => {
    const json =
      '{\n\t"$schema": "exports.schema.json",\n\t"root": "\\ud83d\\ude00\\/x",\n\t"exports": [{"name": "a", "table": "t"}]\n}';
    expect(await load(json)).toMatchObject({ root: join(folder, '😀/x') });
  });

  test('may use anchors and aliases', async () => {
    const config = await load(
      'root: p\nexports:\n- {name: a, table: t, unique: &key [id]}\n- {name: b, table: u, unique: *key}\n',
    );
    expect(config.exports[1]).toMatchObject({ name: 'b', unique: [['id']] });
  });
});

describe('the plain form', () => {
  test('is a list of queries and files', async () => {
    const config = await load(`
- {sql: select 1, out: one.parquet}
- {sql: select 2, out: /tmp/two.parquet, row_group_size: 10}
- {table: public.t, columns: [a], out: three.parquet, compression: gzip}
`);
    expect(config).toEqual({
      exports: [
        { sql: 'select 1', out: 'one.parquet', options: {} },
        { sql: 'select 2', out: '/tmp/two.parquet', options: { rowGroupSize: 10 } },
        { sql: 'SELECT "a" FROM "public"."t"', out: 'three.parquet', options: { compression: 'gzip' } },
      ],
    });
  });

  test.each([
    ['[]', ['1:1: the file cannot be empty: give at least one entry']],
    ['- {sql: select 1}', ['1:3: [0].out is missing: give the path of a file']],
    [
      `- {sql: select 1, out: a}\n- {sql: select 2, out: ${resolve('a')}}`,
      [`2:19: [1].out cannot be "${resolve('a')}": entry [0] writes that file`],
    ],
    [
      '- {sql: select 1, out: a, name: x}',
      ['1:27: [0].name is unknown: only a product has it, a mapping with root and exports'],
    ],
  ])('%s', async (text, expected) => {
    expect(await mistakes(text)).toEqual(expected);
  });
});

describe('mistakes', () => {
  test('are all reported at once, in the order of the file', async () => {
    const text = `
rot: products
jobs: 0
exports:
  - name: a
    tabel: t
    row_group_size: many
    compresion: zstd
  - name: a
    sql: select 1
    sql_file: b.sql
`;
    expect(await mistakes(text)).toEqual([
      '2:1: root is missing: give the path of a directory',
      '2:1: rot is unknown: did you mean root?',
      '3:1: jobs cannot be 0: give a whole number from 1 to 64',
      '5:5: exports[0] has no query: give sql, sql_file or table',
      '6:5: exports[0].tabel is unknown: did you mean table?',
      '7:5: exports[0].row_group_size cannot be "many": give a whole number from 1 to 2147483647',
      '8:5: exports[0].compresion is unknown: did you mean compression?',
      '9:5: exports[1].name cannot be "a": exports[0] has that name',
      '9:5: exports[1] would write a.parquet over what exports[0] writes: give each table an out of its own',
      '11:5: exports[1].sql_file and sql exclude each other: keep one of them',
    ]);
  });

  test.each([
    ['root: [x', ['1:9: Flow sequence in block collection must be sufficiently indented and end with a ]']],
    ['root: a\nroot: b\n', ['2:1: this key is here twice: remove one of them']],
    ['root: a\n---\nroot: b\n', ['2:1: a second document begins here: keep one in a file']],
    ['root: !env X\n', ['1:7: Unresolved tag: !env']],
    ['root: a\n__proto__: {keep: 1}\n', ['2:1: the key __proto__ is not possible']],
    ['[1]: x\n', ['1:1: With stringKeys, all keys must be strings']],
    ['root: *x\n', ['1:1: Unresolved alias (the anchor must be set before the alias): x']],
    ['['.repeat(100_000), [expect.stringMatching(/^1:\d+: this is nested too deeply$/)]],
    ['5', ['1:1: the file cannot be a number: give a mapping of keys to values']],
    ['# nothing\n', ['1:1: the file cannot be empty: give a mapping of keys to values']],
  ])('of form: %s', async (text, expected) => {
    expect(await mistakes(text)).toEqual(expected);
  });

  test('aliases that unfold without end', async () => {
    const level = (name: string, inner: string) => `${name}: &${name} [${Array(9).fill(`*${inner}`)}]\n`;
    const bomb = `a: &a [x, x]\n${level('b', 'a')}${level('c', 'b')}${level('d', 'c')}${level('e', 'd')}`;
    expect(await mistakes(bomb)).toEqual([
      '1:1: Excessive alias count indicates a resource exhaustion attack',
    ]);
    expect(await mistakes('root: &a [*a]')).toEqual(['1:1: an alias is within its own anchor']);
  });

  test('of a file that is no configuration do not fill the screen', async () => {
    const lines = await mistakes(Array.from({ length: 50 }, (_, i) => `line${i}: x`).join('\n'));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('… and 32 more');
  });

  test.each([
    ['name: b', ['this key is here twice: remove one of them']],
    ['sql: select 1', ['table and sql exclude each other: keep one of them']],
    ['columns: []', ['columns cannot be []: give a list of columns, named exactly as in the database']],
    ['columns: [a, a]', ['columns cannot be ["a","a"]: give each column once']],
    ['columns: a', ['columns cannot be "a": give a list of columns, named exactly as in the database']],
    [
      `columns: [${'x'.repeat(64)}]`,
      [expect.stringContaining('give names of at most 63 bytes, as Postgres has them')],
    ],
    ['row_group_size: "10"', ['row_group_size cannot be "10": give a whole number from 1 to 2147483647']],
    ['row_group_size:', ['row_group_size cannot be empty: give a whole number from 1 to 2147483647']],
    [
      'compression: lzo',
      ['compression cannot be "lzo": give one of zstd, snappy, gzip, lz4_raw, uncompressed'],
    ],
    [
      'compression: gzip\n  compression_level: 12',
      ['compression_level cannot be 12 for gzip: give a whole number from 1 to 9'],
    ],
    [
      'compression: snappy\n  compression_level: 1',
      ['compression_level cannot be 1 for snappy: leave it out: the codec has none'],
    ],
    ['compression_level: 30', ['compression_level cannot be 30: give a whole number from 1 to 22']],
    ['numeric: int32', ['numeric cannot be "int32": give auto, string, float64 or decimal128(p,s)']],
    [
      'column_type: {a: floaty}',
      [expect.stringMatching(/^column_type.a cannot be "floaty": give one like int64, /)],
    ],
    ['column_type: [a]', ['column_type cannot be a list: give a mapping of keys to values']],
    [
      'block_size: 64M',
      [expect.stringMatching(/^block_size cannot be "64M": give 65536 to 1073741824 bytes/)],
    ],
    ['jobs: 2', ['jobs is unknown: it is of the whole product, beside exports']],
    ['keep_temp: true', ['keep_temp is unknown: see docs/products.md']],
    ['min_rows: -1', ['min_rows cannot be -1: give a whole number from 0']],
    ['max_row_drop: 10', ['max_row_drop cannot be 10: give a share from 0 to 1, or from 0% to 100%']],
    ['max_row_drop: 110%', ['max_row_drop cannot be "110%": give a share from 0 to 1, or from 0% to 100%']],
    ['on_schema_change: stop', ['on_schema_change cannot be "stop": give one of error, warn, ignore']],
    ['unique: id', ['unique cannot be "id": give a list of columns, named exactly as in the database']],
    ['increment: {key: [id]}', ['increment.by is missing: give one of snapshot, column']],
    ['increment: {by: time, key: [id]}', ['increment.by cannot be "time": give one of snapshot, column']],
    ['increment: snapshot', ['increment cannot be text: give a mapping of keys to values']],
    [
      'increment: {by: snapshot}',
      ['increment.key is missing: give a list of columns, named exactly as in the database'],
    ],
    [
      'increment: {by: snapshot, key: [id], lag: 10m}',
      ['increment.lag is unknown: there are by, key, full_every'],
    ],
    [
      'increment: {by: column, key: [id], column: t, lag: 10}',
      [
        'increment.full_every is missing: give a time such as 90s, 10m, 12h, 7d or 2w',
        'increment.lag cannot be 10: give a time such as 90s, 10m, 12h, 7d or 2w',
      ],
    ],
  ])('of a table: %s', async (yaml, expected) => {
    const found = await mistakes(withKeys(yaml));
    expect(found.map((line) => line.replace(/^\d+:\d+: (exports\[0\]\.)?/, ''))).toEqual(expected);
  });

  test.each([
    ['{name}.parquet', null],
    ['{date}/{name}-{snapshot}.parquet', null],
    ['../x', 'a path to a file, without empty parts, . and ..'],
    ['a/../../x', 'a path to a file, without empty parts, . and ..'],
    ['a/./x', 'a path to a file, without empty parts, . and ..'],
    ['a//x', 'a path to a file, without empty parts, . and ..'],
    ['a/', 'a path to a file, without empty parts, . and ..'],
    ['/tmp/x', "a path relative to the product's directory"],
    ['a\\b', 'a path without control characters and backslashes'],
    ['a\nb', 'a path without control characters and backslashes'],
    ['a\0b', 'a path'],
    ['{nmae}.parquet', 'no placeholders but {name}, {date}, {snapshot}'],
    ['{name.parquet', 'no placeholders but {name}, {date}, {snapshot}'],
    [' ', 'a path'],
  ])('of the template %j', async (out, expected) => {
    const text = withKeys(`out: ${JSON.stringify(out)}`);
    if (expected === null) {
      expect((await load(text)).exports[0]).toMatchObject({ out });
    } else {
      const message = `exports[0].out cannot be ${JSON.stringify(out)}: give ${expected}`;
      expect(await mistakes(text)).toEqual([`5:3: ${message}`]);
    }
  });

  test.each(['a/b', '../a', '.', '..', '-a', 'a b', 'a\0', 'a\n', 'x'.repeat(101), 'é', '', '{name}'])(
    'of the name %j',
    async (name) => {
      expect(await mistakes(`root: p\nexports:\n- {name: ${JSON.stringify(name)}, table: t}\n`)).toEqual([
        expect.stringContaining('give at most 100 of A-Z, a-z, 0-9, _, - and ., neither - nor . first'),
      ]);
    },
  );

  test.each([
    ['a', 'manifest.json', 'exports[0].out would write manifest.json over what the manifest writes'],
    ['b', 'x/a.parquet/b', 'exports[1].out would write x/a.parquet/b over what exports[0] writes'],
    ['b', 'x', 'exports[1].out would write x over what exports[0] writes'],
    [
      'b',
      'x/a.deleted.parquet',
      'exports[1].out would write x/a.deleted.parquet over what exports[0] writes',
    ],
  ])('of outputs in one place: %s writes %s', async (name, out, expected) => {
    const first = '{name: a, table: t, out: x/a.parquet, increment: {by: snapshot, key: [id]}}';
    const tables = [...(name === 'a' ? [] : [first]), `{name: ${name}, table: t, out: ${out}}`];
    const found = await mistakes(`root: p\nexports:\n${tables.map((table) => `- ${table}\n`).join('')}`);
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  test.each([
    [
      '{password: geheim}',
      ['password must not be in this file: keep passwords in ~/.pgpass (mode 0600) or in PGPASSWORD'],
    ],
    [
      '{sslpassword: geheim}',
      ['sslpassword must not be in this file: keep passwords in ~/.pgpass (mode 0600) or in PGPASSWORD'],
    ],
    [
      '{dsn: "postgresql://me:geheim@db/mpc"}',
      [
        'dsn holds a password, which must not be in this file: keep passwords in ~/.pgpass (mode 0600) or in PGPASSWORD',
      ],
    ],
    ['{dsn: "host=db password=geheim"}', [expect.stringMatching(/^dsn holds a password/)]],
    [
      '{dsn: "mysql://me:geheim@db/mpc"}',
      [expect.stringMatching(/^dsn is wrong: the connection URI begins with/)],
    ],
    [
      '{dsn: host=db, port: 1}',
      ['dsn stands for the whole connection: write the other parameters into it, or leave it out'],
    ],
    ['{hots: db}', ['hots is unknown: did you mean host?']],
    ['{port: [1]}', ['port cannot be [1]: give text or a whole number']],
    ['postgresql://me:geheim@db/mpc', ['connection cannot be text: give a mapping of keys to values']],
  ])('of the connection %s, and no password is shown', async (yaml, expected) => {
    const found = await mistakes(`${TABLE}connection: ${yaml}\n`);
    expect(found.map((line) => line.replace(/^\d+:\d+: (connection\.)?/, ''))).toEqual(expected);
    expect(found.join()).not.toContain('geheim');
  });

  test('of queries are found before a server is asked', async () => {
    writeFileSync(join(folder, 'two.sql'), 'select 1; select 2');
    const found = await mistakes(`
- {sql: delete from t, out: a}
- {sql_file: two.sql, out: b}
- {sql_file: none.sql, out: c}
`);
    expect(found).toEqual([
      '2:4: [0].sql is wrong: the SQL is no query but DELETE: only what can be read is exported: give a SELECT, VALUES, TABLE or WITH query',
      '3:4: [1].sql_file is wrong: the SQL holds 2 statements: give exactly one query; run an export for each',
      `4:4: [2].sql_file is wrong: the query: there is no file ${join(folder, 'none.sql')}: check the path for a typing error`,
    ]);
  });

  test('a file that cannot be read', async () => {
    await expect(loadConfig(join(folder, 'none.yaml'))).rejects.toMatchObject({
      code: 'usage',
      message: `--config: there is no file ${join(folder, 'none.yaml')}`,
    });
    writeFileSync(file, Buffer.from([0xff, 0xfe, 0]));
    await expect(loadConfig(file)).rejects.toMatchObject({
      message: `--config: ${file} is not text in UTF-8`,
    });
  });
});

describe('connections', () => {
  const connectionOf = (configured: Readonly<Record<string, string>>, given: ConnectionOptions) =>
    resolveConninfo(mergedConnection(configured, given), { HOME: '/nonexistent' });

  test('the command line wins over the configuration', () => {
    const configured = { host: 'db', dbname: "it's", application_name: 'a\\b c', connect_timeout: '7' };
    expect(connectionOf(configured, { user: 'me', host: 'other' })).toMatchObject({
      hosts: [{ host: 'other' }],
      user: 'me',
      dbname: "it's",
      applicationName: 'a\\b c',
      connectTimeoutMs: 7000,
    });
    expect(connectionOf(configured, { dsn: 'host=other', user: 'me' })).toMatchObject({ dbname: 'me' });
    expect(connectionOf({ dsn: 'postgresql://db/mpc' }, { user: 'me' })).toMatchObject({
      hosts: [{ host: 'db' }],
      dbname: 'mpc',
    });
  });
});

test('a template is filled in', () => {
  const values = { name: 'obs$&', date: '2026-11-23', snapshot: '20261123T043000Z' };
  expect(filledOut('{date}/{name}-{snapshot}-{name}.parquet', values)).toBe(
    '2026-11-23/obs$&-20261123T043000Z-obs$&.parquet',
  );
});

describe('the schema for editors', () => {
  const committed = readFileSync(new URL('../../schema/exports.json', import.meta.url), 'utf8');

  test('is up to date: npm run docs:schema writes it', () => {
    expect(committed).toBe(configSchemaText());
  });

  test('says what the command line says', () => {
    const [product] = JSON.parse(committed).anyOf;
    const { row_group_size: rows, numeric } = product.properties.exports.items.properties;
    expect(rows).toMatchObject({
      type: 'integer',
      minimum: 1,
      description: expect.stringContaining('rows per row group'),
    });
    expect(numeric.description).toContain(OPTIONS.numeric.help);
    expect(product.properties.connection.properties.password.not).toEqual({});
  });
});
