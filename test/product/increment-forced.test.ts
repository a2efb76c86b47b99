import { describe, expect, test } from 'vitest';
import type { PreviousProduct } from '../../src/product/increment/increment.ts';
import { testDatabase } from '../support/server.ts';
import { exportOf, take } from './increment-session.ts';

const database = testDatabase('increment_forced');
const { dsn, sql, settled } = database;

/** A table of three rows and its first product; `setup` runs before. */
async function base(setup: string, config = exportOf('SELECT * FROM t')): Promise<PreviousProduct> {
  await sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${setup}`);
  await settled();
  const { planned, product } = await take(dsn, config, null);
  expect(planned).toMatchObject({ kind: 'full', fullBecause: 'there is no previous product' });
  return product;
}

const PLAIN =
  "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'a' FROM generate_series(1, 3) i";
const PARTITIONED = `CREATE TABLE t (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
  CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10); CREATE TABLE t2 (id int PRIMARY KEY, v text);
  INSERT INTO t VALUES (1, 'a'); INSERT INTO t2 VALUES (11, 'b')`;
const ENUM = `CREATE TYPE colour AS ENUM ('red', 'green');
  CREATE TABLE t (id int PRIMARY KEY, v colour[]); INSERT INTO t VALUES (1, '{red}')`;
const PAIR = `CREATE TYPE pair AS (a int, b int); CREATE DOMAIN paired AS pair;
  CREATE TABLE t (id int PRIMARY KEY, v paired); INSERT INTO t VALUES (1, (1, 2))`;

describe('what changes rows without writing them anew', () => {
  const columns = 'columns of the table have changed, or their defaults';
  const definitions = 'types, extensions, operators or collations have changed that the table uses';
  const partitions = 'partitions have come or gone';
  const rewritten = 'the table was truncated or rewritten';

  test.each([
    ['a column with a default', PLAIN, 'ALTER TABLE t ADD COLUMN w int DEFAULT 5', columns],
    ['another default', PLAIN, "ALTER TABLE t ALTER COLUMN v SET DEFAULT 'x'", columns],
    ['another type that needs no rewriting', PLAIN, 'ALTER TABLE t ALTER COLUMN v TYPE varchar', columns],
    [
      'a column dropped and added anew',
      PLAIN,
      'ALTER TABLE t DROP COLUMN v; ALTER TABLE t ADD COLUMN v text',
      columns,
    ],
    [
      'another expression of a virtual column',
      'CREATE TABLE t (id int PRIMARY KEY, v int GENERATED ALWAYS AS (id + 1) VIRTUAL); INSERT INTO t VALUES (1)',
      'ALTER TABLE t ALTER COLUMN v SET EXPRESSION AS (id + 2)',
      columns,
    ],
    ['a renamed column', PLAIN, 'ALTER TABLE t RENAME COLUMN v TO w', columns],
    [
      'ATTACH of an older table',
      PARTITIONED,
      'ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (10) TO (20)',
      partitions,
    ],
    ['DETACH', PARTITIONED, 'ALTER TABLE t DETACH PARTITION t1', partitions],
    ['TRUNCATE', PLAIN, 'TRUNCATE t', rewritten],
    [
      'TRUNCATE and COPY FREEZE',
      PLAIN,
      'BEGIN; TRUNCATE t; COPY t FROM PROGRAM \'printf "7\\tx\\n"\' (FREEZE); COMMIT',
      rewritten,
    ],
    ['VACUUM FULL', PLAIN, 'VACUUM FULL t', rewritten],
    ['CLUSTER', PLAIN, 'CLUSTER t USING t_pkey', rewritten],
    ['a rewriting ALTER', PLAIN, 'ALTER TABLE t ALTER COLUMN id TYPE bigint', rewritten],
    [
      'another table of the same name',
      PLAIN,
      'ALTER TABLE t RENAME TO old; CREATE TABLE t (id int UNIQUE NOT NULL, v text)',
      'it is another table of the same name',
    ],
    ['another label of an enum', ENUM, "ALTER TYPE colour RENAME VALUE 'red' TO 'rouge'", definitions],
    ['another member of a composite type', PAIR, 'ALTER TYPE pair RENAME ATTRIBUTE b TO c', definitions],
  ])('%s', async (_, setup, change, reason) => {
    const product = await base(setup);
    for (const statement of change.startsWith('BEGIN') ? [change] : change.split(/;\s*/))
      await sql(statement);
    await settled();
    const { planned, rows, all, product: next } = await take(dsn, exportOf('SELECT * FROM t'), product);
    expect(planned).toMatchObject({ kind: 'full', fullBecause: reason, keys: null });
    expect(rows).toEqual(all);
    const after = await take(dsn, exportOf('SELECT * FROM t'), next);
    expect(after).toMatchObject({ planned: { kind: 'increment' }, rows: [] });
  });

  test('an extension that is updated', async () => {
    const product = await base(
      `${PLAIN}; DROP EXTENSION IF EXISTS citext; CREATE EXTENSION citext VERSION '1.4'; ALTER TABLE t ADD w citext`,
    );
    await sql('ALTER EXTENSION citext UPDATE');
    const { planned } = await take(dsn, exportOf('SELECT * FROM t'), product);
    expect(planned.fullBecause).toBe(definitions);
  });

  test('not what leaves the rows as they are', async () => {
    const product = await base(PLAIN);
    await sql('VACUUM FREEZE t');
    await sql(
      "CREATE INDEX ON t (v); ANALYZE t; ALTER TABLE t SET (fillfactor = 50); COMMENT ON TABLE t IS 'x'",
    );
    expect(await take(dsn, exportOf('SELECT * FROM t'), product)).toMatchObject({
      planned: { kind: 'increment', fullBecause: null },
      rows: [],
    });
  });
});

describe('rows keep their xmin', () => {
  test('when they are frozen', async () => {
    const product = await base(PLAIN);
    await sql("UPDATE t SET v = 'b' WHERE id = 2");
    await sql('VACUUM FREEZE t');
    const { rows } = await take(dsn, exportOf('SELECT * FROM t'), product);
    expect(rows).toEqual([{ id: '2', v: 'b' }]);
  });
});

describe('what is configured otherwise', () => {
  test.each([
    ['query', exportOf("SELECT * FROM t WHERE v <> 'b'"), 'the query has changed'],
    ['key', exportOf('SELECT * FROM t', { key: ['id', 'v'] }), 'the key has changed'],
    [
      'option',
      exportOf('SELECT * FROM t', {}, { onUnrepresentable: 'null' }),
      'options have changed that decide what values become',
    ],
  ])('another %s', async (_, config, reason) => {
    const product = await base(PLAIN);
    expect((await take(dsn, config, product)).planned).toMatchObject({ kind: 'full', fullBecause: reason });
  });

  test('options that change no value do not matter', async () => {
    const types = { columnTypes: { id: 'int64', v: 'string' } };
    const product = await base(PLAIN, exportOf('SELECT * FROM t', {}, types));
    const other = { compression: 'gzip', rowGroupSize: 10, columnTypes: { v: 'string', id: 'int64' } };
    expect((await take(dsn, exportOf('SELECT * FROM t', {}, other), product)).planned.kind).toBe('increment');
  });

  test('a full export that is due', async () => {
    const product = await base(PLAIN);
    const due = await take(dsn, exportOf('SELECT * FROM t', { fullEvery: 0 }), product);
    expect(due.planned.fullBecause).toMatch(/^the last full export is of 20/);
    const later = await take(dsn, exportOf('SELECT * FROM t', { fullEvery: 3_600_000 }), product);
    expect(later.planned.kind).toBe('increment');
    const { increment } = later.product.export;
    expect(increment!.fullAt).toBe(product.export.increment!.fullAt);
  });
});

describe('another server, another history', () => {
  const changed = (of: PreviousProduct, part: 'server' | 'snapshot', values: object): PreviousProduct => ({
    ...of,
    manifest: { ...of.manifest, [part]: { ...of.manifest[part], ...values } },
  });

  test.each([
    ['server', { systemIdentifier: '1' }, 'it is another server'],
    ['server', { databaseOid: '1' }, 'it is another database'],
    ['server', { timeline: 77 }, 'the server was restored or failed over: its timeline is 1, not 77'],
    ['server', { version: '12.1' }, /^the server's version has changed from 12\.1 to /],
    [
      'snapshot',
      { pgSnapshot: '4000000000:4000000000:' },
      'its snapshot is older than that of the previous product',
    ],
    ['snapshot', { walPosition: 'FF/1' }, 'its snapshot is older than that of the previous product'],
  ] as const)('%s %j', async (part, values, reason) => {
    const product = await base(PLAIN);
    const { planned } = await take(dsn, exportOf('SELECT * FROM t'), changed(product, part, values));
    expect(planned.kind).toBe('full');
    expect(planned.fullBecause).toMatch(reason);
  });

  test('another version of ddpp', async () => {
    const product = await base(PLAIN);
    const { planned } = await take(dsn, exportOf('SELECT * FROM t'), {
      ...product,
      manifest: { ...product.manifest, ddppVersion: '0.0.1' },
    });
    expect(planned.fullBecause).toBe('the previous product was made by ddpp 0.0.1');
  });
});

describe('queries whose increments could not be exact are refused', () => {
  const SCHEMA = `${PLAIN}; CREATE TABLE u (id int PRIMARY KEY); CREATE VIEW w AS SELECT * FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent);
    CREATE TABLE reg (id int PRIMARY KEY, r regclass[]); CREATE FUNCTION own(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'`;
  test.each([
    ['SELECT t.* FROM t JOIN u USING (id)', 'it does not read one table'],
    ['SELECT * FROM t WHERE id IN (SELECT id FROM u)', /an expression \(SubLink\)/],
    ['SELECT id, generate_series(1, 2) FROM t', 'it calls a function that may differ'],
    ['SELECT id, count(*) FROM t GROUP BY id', /has a clause \(groupClause\)/],
    ['SELECT * FROM t ORDER BY id', /has a clause \(sortClause\)/],
    ['SELECT * FROM t WHERE random() < 2', 'it calls a function that may differ'],
    ["SELECT * FROM t WHERE to_char(id, 'L') <> ''", 'it calls a function that may differ'],
    ['SELECT * FROM t WHERE own(id) > 0', 'it calls a function that may differ'],
    ["SELECT * FROM t WHERE v::date > 'today'", 'may mean another time'],
    ['SELECT *, xmax FROM t', 'it reads the system column xmax'],
    ['SELECT * FROM t WHERE t.ctid IS NOT NULL', 'it reads the system column ctid'],
    ['SELECT * FROM w', 'it reads a view or a foreign table'],
    ['SELECT * FROM m', 'it reads a materialized view'],
    ['SELECT * FROM parent', 'other tables inherit from its table'],
    ['SELECT * FROM reg', 'its table has a column of type regclass, whose text changes with the catalog'],
  ])('%s', async (query, problem) => {
    await sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${SCHEMA}`);
    const refused = take(dsn, exportOf(query), null);
    await expect(refused).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(problem),
    });
    await expect(refused).rejects.toMatchObject({
      message: expect.stringMatching(/^increments of t by snapshot cannot be exact: /),
    });
  });

  test('row security that applies to the role', async () => {
    await sql(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${PLAIN}; ALTER TABLE t ENABLE ROW LEVEL SECURITY;
      DROP ROLE IF EXISTS increment_reader; CREATE ROLE increment_reader LOGIN PASSWORD 'x';
      GRANT USAGE ON SCHEMA public TO increment_reader; GRANT SELECT ON t TO increment_reader`);
    const reader = new URL(dsn);
    reader.username = 'increment_reader';
    reader.password = 'x';
    await expect(take(reader.href, exportOf('SELECT * FROM t'), null)).rejects.toThrow(
      'row security restricts what is read',
    );
    await sql('DROP OWNED BY increment_reader; DROP ROLE increment_reader');
  });
});
