import { describe, expect, test } from 'vitest';
import { checkKeyNulls } from '../../src/product/increment/key.ts';
import { testDatabase, testServer } from '../support/server.ts';
import { exportOf, take } from './increment-session.ts';

const { dsn, sql } = testDatabase('increment_key');

async function remembered(setup: string, key: string[], query = 'SELECT * FROM t'): Promise<string | null> {
  await sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${setup}`);
  const { increment } = (await take(dsn, exportOf(query, { key }), null)).planned;
  return increment.by === 'snapshot' ? increment.keyConstraint : 'none';
}

describe('a key that the server enforces', () => {
  test.each([
    ['a primary key', 'CREATE TABLE t (id int PRIMARY KEY)', ['id'], 't_pkey'],
    ['under another name', 'CREATE TABLE t (a int PRIMARY KEY)', ['id'], 't_pkey', 'SELECT a AS id FROM t'],
    ['of several columns', 'CREATE TABLE t (a int, b int, PRIMARY KEY (b, a))', ['a', 'b'], 't_pkey'],
    [
      'of fewer columns than the key',
      'CREATE TABLE t (a int PRIMARY KEY, b int NOT NULL)',
      ['a', 'b'],
      't_pkey',
    ],
    ['a unique index', 'CREATE TABLE t (id int NOT NULL); CREATE UNIQUE INDEX one ON t (id)', ['id'], 'one'],
    [
      'with further columns in the index',
      'CREATE TABLE t (id int NOT NULL, v int); CREATE UNIQUE INDEX one ON t (id) INCLUDE (v)',
      ['id'],
      'one',
    ],
    [
      'of a partitioned table',
      'CREATE TABLE t (id int PRIMARY KEY) PARTITION BY RANGE (id)',
      ['id'],
      't_pkey',
    ],
    // Not enforced, at once, for all rows:
    ['none', 'CREATE TABLE t (id int)', ['id'], null],
    ['one with NULLs', 'CREATE TABLE t (id int UNIQUE)', ['id'], null],
    [
      'a partial one',
      'CREATE TABLE t (id int NOT NULL); CREATE UNIQUE INDEX ON t (id) WHERE id > 5',
      ['id'],
      null,
    ],
    ['a deferrable one', 'CREATE TABLE t (id int PRIMARY KEY DEFERRABLE)', ['id'], null],
    [
      'of an expression',
      'CREATE TABLE t (id int NOT NULL); CREATE UNIQUE INDEX ON t (abs(id))',
      ['id'],
      null,
    ],
    ['of more columns than the key', 'CREATE TABLE t (a int, b int, PRIMARY KEY (b, a))', ['a'], null],
    [
      'of a partition',
      'CREATE TABLE t (id int NOT NULL) PARTITION BY RANGE (id); CREATE TABLE p PARTITION OF t DEFAULT; CREATE UNIQUE INDEX ON p (id)',
      ['id'],
      null,
    ],
    ['with another column that has NULLs', 'CREATE TABLE t (a int PRIMARY KEY, b int)', ['a', 'b'], null],
  ] as const)('%s', async (_, setup, key, constraint, query?: string) => {
    expect(await remembered(setup, [...key], query)).toBe(constraint);
  });

  test('not by a constraint that has not been validated', async () => {
    await sql(
      'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (id int); CREATE UNIQUE INDEX ON t (id)',
    );
    await sql('INSERT INTO t VALUES (NULL); ALTER TABLE t ADD CONSTRAINT present NOT NULL id NOT VALID');
    await expect(take(dsn, exportOf('SELECT * FROM t'), null)).rejects.toThrow(
      'the key (id) of t is NULL in a row: id is NULL',
    );
  });
});

describe('a key that the server does not enforce is checked in each run', () => {
  test('in full exports and increments', async () => {
    await sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (id int, v int)');
    await sql('INSERT INTO t SELECT i, 0 FROM generate_series(1, 100) AS i');
    const config = exportOf('SELECT * FROM t WHERE v < 10');
    const { product } = await take(dsn, config, null);
    await sql('INSERT INTO t VALUES (50, 10)');
    const { planned } = await take(dsn, config, product);
    expect(planned.kind).toBe('increment');
    await sql('UPDATE t SET v = 9');
    await expect(take(dsn, config, product)).rejects.toMatchObject({
      code: 'value',
      message: 'the key (id) of t is not unique: 2 rows have 50',
      hint: 'name columns that no two rows share and that are never NULL',
    });
    await sql('DELETE FROM t WHERE id = 50; INSERT INTO t VALUES (NULL, 1)');
    await expect(take(dsn, config, null)).rejects.toThrow('the key (id) of t is NULL in a row: id is NULL');
  });

  test('over several columns, of which it says which', async () => {
    await sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (a text, b int[], v int)');
    await sql("INSERT INTO t VALUES ('x', '{1,2}', 1), ('x', '{1,3}', 1)");
    const config = exportOf('SELECT * FROM t', { key: ['a', 'b'] });
    expect((await take(dsn, config, null)).planned.kind).toBe('full');
    await sql("INSERT INTO t VALUES ('x', '{1,3}', 2), ('x', '{1,3}', 3)");
    await expect(take(dsn, config, null)).rejects.toThrow(
      'the key (a, b) of t is not unique: 3 rows have x, {1,3}',
    );
    await sql("DELETE FROM t; INSERT INTO t VALUES ('y', NULL, 2), ('y', NULL, 2)");
    await expect(take(dsn, config, null)).rejects.toThrow(
      'the key (a, b) of t is NULL in a row: a is y, b is NULL',
    );
    await sql(
      "DELETE FROM t; INSERT INTO t VALUES (repeat('long', 1000), '{1}'), (repeat('long', 1000), '{1}')",
    );
    await expect(take(dsn, config, null)).rejects.toThrow(/ 2 rows have (long){25}…, \{1\}$/);
  });
});

describe('a key that can never work', () => {
  const setup =
    'DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (id int PRIMARY KEY, n numeric UNIQUE NOT NULL)';
  test.each([
    [
      'a column that is not there',
      exportOf('SELECT * FROM t', { key: ['nope'] }),
      'the query returns no column nope',
    ],
    [
      'a name that is there twice',
      exportOf('SELECT id, n AS id FROM t', { key: ['id'] }, { duplicateColumns: 'rename' }),
      'several columns id',
    ],
    [
      'an expression',
      exportOf('SELECT id + 1 AS id FROM t'),
      'the key of t names what is no column of its table',
    ],
    [
      'a system column',
      exportOf('SELECT tableoid AS id FROM t'),
      'the key of t names what is no column of its table',
    ],
    [
      'numeric as float',
      exportOf('SELECT * FROM t', { key: ['n'] }, { numeric: 'float64' }),
      'different keys of t may become the same float',
    ],
    [
      'asked to be a float',
      exportOf('SELECT * FROM t', { key: ['n'] }, { columnTypes: { n: 'float64' } }),
      'different keys of t may become the same float',
    ],
  ])('%s', async (_, config, message) => {
    await sql(setup);
    await expect(take(dsn, config, null)).rejects.toThrow(message);
  });

  test('NULLs that values became because their Arrow type cannot hold them', () => {
    expect(() => checkKeyNulls('t', ['id', 'at'], { at: 2, v: 5 })).toThrow(
      'the key of t has 2 NULL value(s)',
    );
    expect(() => checkKeyNulls('t', ['id', 'at'], { v: 5 })).not.toThrow();
  });

  test('numeric as float elsewhere is no harm', async () => {
    await sql(setup);
    const { planned } = await take(dsn, exportOf('SELECT * FROM t', {}, { numeric: 'float64' }), null);
    expect(planned.kind).toBe('full');
  });
});

test('the keys are asked for as the query selects them, with the options that concern them', async () => {
  await sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE SCHEMA "S"; CREATE TABLE "S"."T" ("Id" int PRIMARY KEY, v int);
    INSERT INTO "S"."T" VALUES (1, 1), (2, 2), (3, NULL)`);
  const options = {
    columnTypes: { key: 'int64', v: 'string' },
    bloomFilters: ['v'],
    compression: 'gzip',
    onUnrepresentable: 'null',
  };
  const query = 'SELECT v, w."Id" AS key FROM ONLY "S"."T" AS w -- all of it\nWHERE v > 1 -- but 1\n;';
  const config = exportOf(query, { key: ['key'] }, options);
  const { product } = await take(dsn, config, null);
  const { keys, planned } = await take(dsn, config, product);
  expect(planned.kind).toBe('increment');
  expect(keys).toEqual([{ key: '2' }]);
  expect(planned.keys!.options).toEqual({ columnTypes: { key: 'int64' }, compression: 'gzip' });
  await sql('DROP SCHEMA "S" CASCADE');
});

describe('increments by column', () => {
  const config = (column = 'at', lag = '10m', query = 'SELECT * FROM v') =>
    exportOf(query, { by: 'column', key: ['id'], column, lag });

  test.each(['timestamptz', 'timestamp', 'date'])(
    'of type %s: all rows since the last one, and the lag before it',
    async (type) => {
      await sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (id int, at ${type}); CREATE VIEW v AS SELECT * FROM t;
      INSERT INTO t VALUES (1, '2026-01-01 12:00'), (2, '2026-01-03 12:00'), (3, NULL), (4, 'infinity'), (5, '-infinity')`);
      const lag = type === 'date' ? '1 day' : '10m';
      const first = await take(dsn, config('at', lag), null);
      expect(first.rows).toHaveLength(5);
      await sql(
        "INSERT INTO t VALUES (6, '2026-01-03 11:55'), (7, '2026-01-04 00:00'), (8, '2026-01-01 11:00')",
      );
      await sql('DELETE FROM t WHERE id = 1');
      const { planned, rows, keys } = await take(dsn, config('at', lag), first.product);
      expect(planned.kind).toBe('increment');
      // 8 is what best effort means: it came with a time before the lag.
      expect(rows.map(({ id }) => id).sort()).toEqual(['2', '3', '4', '6', '7']);
      expect(keys!.map(({ id }) => id).sort()).toEqual(['2', '3', '4', '5', '6', '7', '8']);
    },
  );

  test.each([
    ['no column', config('nope'), 'the query returns no column nope'],
    ['no time', config('id'), 'id, which increments are taken by, is no date or timestamp'],
    ['no lag', config('at', 'long'), 'the lag long is no length of time'],
    ['a negative lag', config('at', '-1 day'), 'the lag -1 day is no length of time'],
  ])('%s', async (_, wrong, message) => {
    await sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE v (id int, at timestamptz)');
    await expect(take(dsn, wrong, null)).rejects.toThrow(message);
  });

  test('a key that is not unique', async () => {
    await sql('DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE v (id int, at timestamptz)');
    await sql('INSERT INTO v VALUES (1, now()), (1, now())');
    await expect(take(dsn, config(), null)).rejects.toThrow('the key (id) of t is not unique: 2 rows have 1');
  });
});

test('a role without the privilege to see xmin is told so', async () => {
  await sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE t (id int PRIMARY KEY, v int);
    CREATE ROLE key_reader LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA public TO key_reader; GRANT SELECT (id, v) ON t TO key_reader`);
  const reader = new URL(testServer().dsn);
  Object.assign(reader, { username: 'key_reader', password: 'x', pathname: new URL(dsn).pathname });
  const { product } = await take(reader.href, exportOf('SELECT * FROM t'), null);
  await expect(take(reader.href, exportOf('SELECT * FROM t'), product)).rejects.toThrow(
    'permission denied for table t',
  );
  await sql('DROP OWNED BY key_reader; DROP ROLE key_reader');
});
