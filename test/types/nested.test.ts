import { describe, expect, test } from 'vitest';
import { testDatabase } from '../support/server.ts';
import { bothTransports, failure } from './both-transports.ts';

const database = testDatabase(
  'nested_types',
  `CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE EXTENSION cube;
   CREATE TYPE mood AS ENUM ('sad', 'a,b', 'quoted "x"', 'é');
   CREATE TYPE pair AS (x int4, y text);
   CREATE TYPE nest AS (p pair, ps pair[], moods mood[], grid int4[]);
   CREATE TYPE mixed AS (a int4, i interval, b aclitem[]);
   CREATE DOMAIN positive AS int4 CHECK (value > 0);
   CREATE DOMAIN small AS positive CHECK (value < 100);
   CREATE DOMAIN price AS numeric(10, 2);
   CREATE DOMAIN grid AS int4[][];
   CREATE DOMAIN grid2 AS grid;
   CREATE DOMAIN code AS char(3);
   CREATE DOMAIN pairs AS pair[];
   CREATE DOMAIN one_pair AS pair;
   CREATE SCHEMA other;
   CREATE DOMAIN other.hstore AS int4;
   CREATE TYPE other.citext AS (a int4);
   CREATE TYPE other.int2vector AS (a int4);
   CREATE TYPE other.text AS ENUM ('t');
   CREATE TABLE dropped (a int4, gone text, b text, gone2 int4);
   ALTER TABLE dropped DROP COLUMN gone, DROP COLUMN gone2;
   INSERT INTO dropped VALUES (1, 'x'), (NULL, NULL)`,
);
const exported = bothTransports(database.dsn);

describe('arrays', () => {
  test('empty, of NULLs, NULL, and of text that has to be quoted', async () => {
    const { values } = await exported(
      `SELECT unnest(ARRAY['{}', NULL, '{NULL}', '{"", "NULL", "a,b", "{x}", "\\\\", "\\"", " ", é}']) :: text[] AS x`,
    );
    expect(values.x).toEqual([[], null, [null], ['', 'NULL', 'a,b', '{x}', '\\', '"', ' ', 'é']]);
  });

  test('as deep as declared: by the column, the domain or its base', async () => {
    await database.sql(
      `CREATE TABLE deep (one int4[], two int4[][], three text[][][], d grid, d2 grid2, ds grid[]);
       INSERT INTO deep VALUES ('{1}', '{{1,2},{3,NULL}}', '{{{a},{b}}}', '{{1}}', '{{2}}', ARRAY['{{3}}', NULL, '{}']::grid[]),
         ('{}', '{}', '{}', '{}', '{}', '{}')`,
    );
    const { values, types } = await exported('TABLE deep');
    expect(types).toEqual({
      one: 'INTEGER[]',
      two: 'INTEGER[][]',
      three: 'VARCHAR[][][]',
      d: 'INTEGER[][]',
      d2: 'INTEGER[][]',
      ds: 'INTEGER[][][]',
    });
    expect(values).toEqual({
      one: [['1'], []],
      two: [
        [
          ['1', '2'],
          ['3', null],
        ],
        [],
      ],
      three: [[[['a'], ['b']]], []],
      d: [[['1']], []],
      d2: [[['2']], []],
      ds: [[[['3']], null, []], []],
    });
  });

  test('of types whose delimiter is not a comma, that become text, or that cannot be sent', async () => {
    const { values } = await exported(
      `SELECT '{(3,4),(1,2);(1,1),(0,0)}'::box[] AS boxes, '{1 day,NULL}'::interval[] AS intervals,
         ARRAY['postgres=r/postgres'::aclitem, NULL] AS acl, '{10.0.0.1,::1/64}'::inet[] AS inets, '{101,0}'::bit(3)[] AS bits,
         ARRAY['(1,2)'::cube] AS cubes`,
    );
    expect(values).toEqual({
      boxes: [['(3,4),(1,2)', '(1,1),(0,0)']],
      intervals: [['1 day', null]],
      acl: [['postgres=r/postgres', null]],
      inets: [['10.0.0.1', '::1/64']],
      bits: [['101', '000']],
      cubes: [['(1, 2)']],
    });
  });

  test('int2vector and oidvector, whose subscripts begin with 0', async () => {
    const { values, types } = await exported(
      `SELECT unnest(ARRAY['1 -2', '', NULL])::int2vector AS v, unnest(ARRAY['4294967295', '1 2', NULL])::oidvector AS o`,
    );
    expect(types).toEqual({ v: 'SMALLINT[]', o: 'UINTEGER[]' });
    expect(values).toEqual({ v: [['1', '-2'], [], null], o: [['4294967295'], ['1', '2'], null] });
  });

  test('of a type whose cast to text is not its output function become text as a whole', async () => {
    await database.sql(
      `CREATE FUNCTION shout(cube) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'loud' $$;
       CREATE CAST (cube AS text) WITH FUNCTION shout(cube);
       CREATE DOMAIN spot AS cube`,
    );
    const { values } = await exported(
      `SELECT ARRAY['(1)'::cube, NULL] AS a, '(2)'::cube AS b, ARRAY['(3)'::spot] AS c, ROW(1, NULL, NULL)::mixed AS d`,
    );
    expect(values).toMatchObject({ a: ['{(1),NULL}'], b: ['(2)'], c: ['{(3)}'] });
    await database.sql('DROP CAST (cube AS text)');
  });
});

describe('composites', () => {
  test('NULL, of NULLs, with arrays and composites within, in arrays', async () => {
    const { values } = await exported(
      `SELECT n, ARRAY[n, NULL] AS ns FROM (VALUES
         (ROW(ROW(1, 'a "b", (c)\\'), ARRAY[ROW(2, ''), NULL, ROW(NULL, NULL)]::pair[], '{"a,b",NULL,é}', '{7}')::nest),
         (ROW(NULL, '{}', NULL, NULL)::nest), (ROW(ROW(NULL, NULL), NULL, '{}', '{}')::nest), (NULL)) v(n)`,
    );
    const rows = [
      [['1', 'a "b", (c)\\'], [['2', ''], null, [null, null]], ['a,b', null, 'é'], ['7']],
      [null, [], null, null],
      [[null, null], null, [], []],
      null,
    ];
    expect(values.n).toEqual(rows);
    expect(values.ns).toEqual(rows.map((row) => [row, null]));
  });

  test('with members that the server must send as text; arrays of them become text as a whole', async () => {
    const { values, types } = await exported(
      `SELECT m, ARRAY[m] AS ms FROM (VALUES (ROW(1, '1 day', '{postgres=r/postgres,NULL}')::mixed), (ROW(NULL, NULL, NULL)::mixed), (NULL)) v(m)`,
    );
    expect(types).toEqual({ m: 'STRUCT("a" INTEGER, "i" VARCHAR, "b" VARCHAR[])', ms: 'VARCHAR' });
    expect(values).toEqual({
      m: [['1', '1 day', ['postgres=r/postgres', null]], [null, null, null], null],
      ms: ['{"(1,\\"1 day\\",\\"{postgres=r/postgres,NULL}\\")"}', '{"(,,)"}', '{NULL}'],
    });
  });

  test('rows of a table with dropped columns', async () => {
    const { values, types } = await exported('SELECT d, ARRAY[d] AS ds FROM dropped d ORDER BY a');
    expect(types).toEqual({
      d: 'STRUCT("a" INTEGER, "b" VARCHAR)',
      ds: 'STRUCT("a" INTEGER, "b" VARCHAR)[]',
    });
    expect(values.d).toEqual([
      ['1', 'x'],
      [null, null],
    ]);
  });

  test('without members, and of a catalog with every odd type there is', async () => {
    await database.sql('CREATE TABLE IF NOT EXISTS nothing (); INSERT INTO nothing DEFAULT VALUES');
    expect((await exported('SELECT n FROM nothing n')).values.n).toEqual(['()']);
    await database.sql(
      `CREATE TABLE IF NOT EXISTS counted AS SELECT g % 2 AS a FROM generate_series(1, 100) g; ANALYZE counted`,
    );
    const { values } = await exported(
      `SELECT s, (s).stavalues1 AS common FROM pg_statistic s WHERE starelid = 'counted'::regclass`,
    );
    expect(values.common).toEqual(['{0,1}']);
    expect((values.s![0] as unknown[]).slice(-5)).toEqual(['{0,1}', null, null, null, null]);
  });

  test('a record is an error with its remedy, an array of records text as a whole', async () => {
    expect(await failure(database.dsn, "SELECT 1 AS a, ROW(1, 'x') AS r")).toMatchObject({
      code: 'unsupported',
      column: 'r',
      message: 'a column of type record has no names and types for its members',
      hint: 'cast it to a composite type in the query, select its members one by one, or export it as text with --column-type NAME=string',
    });
    expect((await exported("SELECT ARRAY[ROW(1, 'x y'), NULL] AS r")).values.r).toEqual([
      '{"(1,\\"x y\\")",NULL}',
    ]);
    expect((await exported("SELECT ROW(1, 'x') AS r", { columnTypes: { r: 'string' } })).values.r).toEqual([
      '(1,x)',
    ]);
  });
});

describe('domains', () => {
  test('are as their base types, whatever these are', async () => {
    const { values, types } = await exported(
      `SELECT 5::positive AS a, 6::small AS b, 1.5::price AS c, 'x'::code AS d, ARRAY[ROW(1, 'y')]::pairs AS e, ROW(2, 'z')::one_pair AS f,
         '{1,NULL}'::small[] AS g, ARRAY[ROW(3, 'w')::one_pair, NULL] AS h, '{1.5}'::price[] AS i`,
    );
    expect(types).toMatchObject({ b: 'INTEGER', c: 'DECIMAL(10,2)', i: 'DECIMAL(10,2)[]' });
    expect(values).toEqual({
      a: ['5'],
      b: ['6'],
      c: ['150'],
      d: ['x  '],
      e: [[['1', 'y']]],
      f: [['2', 'z']],
      g: [['1', null]],
      h: [[['3', 'w'], null]],
      i: [['150']],
    });
  });
});

describe('enums', () => {
  test('are text, in arrays and composites too', async () => {
    const { values, types } = await exported(
      `SELECT m, ARRAY[m, NULL] AS ms FROM unnest(enum_range(NULL::mood) || NULL::mood) m`,
    );
    expect(types.m).toMatch(/^(VARCHAR|ENUM)/);
    const labels = ['sad', 'a,b', 'quoted "x"', 'é', null];
    expect(values).toEqual({ m: labels, ms: labels.map((label) => [label, null]) });
  });
});

describe('extensions’ types', () => {
  test('hstore is a map, citext text', async () => {
    const { values, types } = await exported(
      `SELECT h, ARRAY[h, NULL] AS hs, c, ARRAY[c] AS cs FROM (VALUES
         ('a=>1, b=>NULL, "c \\" \\\\ d"=>"NULL", ""=>"", é=>日本'::hstore, 'MiXed'::citext), ('', ''), (NULL, NULL)) v(h, c)`,
    );
    expect(types).toEqual({
      h: 'MAP(VARCHAR, VARCHAR)',
      hs: 'MAP(VARCHAR, VARCHAR)[]',
      c: 'VARCHAR',
      cs: 'VARCHAR[]',
    });
    const sorted = (map: unknown) => [...(map as [string, string | null][])].sort();
    const first = [
      ['', ''],
      ['a', '1'],
      ['b', null],
      ['c " \\ d', 'NULL'],
      ['é', '日本'],
    ];
    expect(sorted(values.h![0])).toEqual(first);
    expect(sorted((values.hs![0] as unknown[])[0])).toEqual(first);
    expect(values.h!.slice(1)).toEqual([[], null]);
    expect(values.hs!.slice(1)).toEqual([
      [[], null],
      [null, null],
    ]);
    expect(values.c).toEqual(['MiXed', '', null]);
  });

  test('types of the same names that belong to no extension are what they are', async () => {
    const { values } = await exported(
      `SELECT 1::other.hstore AS h, ROW(2)::other.citext AS c, ROW(3)::other.int2vector AS v, 't'::other.text AS t`,
    );
    expect(values).toEqual({ h: ['1'], c: [['2']], v: [['3']], t: ['t'] });
  });
});

describe('"char", char(n) and the like', () => {
  test('blanks are kept, a zero byte is no text', async () => {
    const { values } = await exported(
      `SELECT unnest(ARRAY['a', '', E'\\\\', NULL])::"char" AS c, unnest(ARRAY['a', '', 'é ', NULL])::char(4) AS n,
         unnest(ARRAY['a ', '', ' ', NULL])::varchar(3) AS v, unnest(ARRAY['a', ' b', '', NULL])::name AS name`,
    );
    expect(values).toEqual({
      c: ['a', '', '\\', null],
      n: ['a   ', '    ', 'é   ', null],
      v: ['a ', '', ' ', null],
      name: ['a', ' b', '', null],
    });
  });

  test('a byte above 127 is not UTF-8, but can be had as it is', async () => {
    const sql = `SELECT unnest(ARRAY[65, -23, 0])::int4::"char" AS c`;
    expect(await failure(database.dsn, sql)).toMatchObject({
      column: 'c',
      row: 2,
      message: 'a value of type "char" is not valid UTF-8',
      hint: 'export the bytes as they are with --column-type NAME=binary',
    });
    const { values } = await exported(sql, { columnTypes: { c: 'binary' } });
    expect(values.c).toEqual(['41', 'e9', '00']);
    const list = await exported(`SELECT array_agg(c) AS c FROM (${sql}) q`, {
      columnTypes: { c: 'binary[]' },
    });
    expect(list.values.c).toEqual([['41', 'e9', '00']]);
  });
});

describe('numerics', () => {
  test('of every precision and scale', async () => {
    const { values, types } = await exported(
      `SELECT x::numeric(5, -2) AS negative, (x / 1e7)::numeric(3, 5) AS leading, x::numeric(38, 10) AS widest, x::numeric(39, 10) AS wider,
         x::numeric(1000, 500) AS huge, x::numeric(1, 0) AS one, x::numeric(18, 3) AS int64, x::numeric AS bare, x::numeric(38, 38) / 1 AS computed
       FROM unnest('{0.00000, 0.5, -0.25, NULL}'::numeric[]) x`,
    );
    expect(types).toMatchObject({
      negative: 'DECIMAL(7,0)',
      leading: 'DECIMAL(5,5)',
      widest: 'DECIMAL(38,10)',
      wider: 'VARCHAR',
      huge: 'VARCHAR',
      one: 'DECIMAL(1,0)',
      int64: 'DECIMAL(18,3)',
      bare: 'VARCHAR',
      computed: 'VARCHAR',
    });
    expect(values).toMatchObject({
      negative: ['0', '0', '0', null],
      leading: ['0', '0', '0', null],
      widest: ['0', '5000000000', '-2500000000', null],
      wider: ['0.0000000000', '0.5000000000', '-0.2500000000', null],
      one: ['0', '1', '0', null],
      int64: ['0', '500', '-250', null],
      bare: ['0.00000', '0.5', '-0.25', null],
    });
    expect(values.huge![1]).toBe(`0.5${'0'.repeat(499)}`);
    const edges = await exported(
      `SELECT '-12345600'::numeric(5, -3) AS negative, 0.00999::numeric(3, 5) AS leading, ('-' || repeat('9', 38))::numeric(38, 0) AS widest`,
    );
    expect(edges.values).toEqual({
      negative: ['-12346000'],
      leading: ['999'],
      widest: [`-${'9'.repeat(38)}`],
    });
  });
});
