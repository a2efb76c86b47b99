import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../src/postgres/session.ts';
import { testDatabase } from '../support/server.ts';
import { exportSession, multisetOf, plannedSlices, sliceQueries } from './planned.ts';

/** Some 300 pages or more each: enough for two connections. */
const database = testDatabase(
  'slice_shapes',
  `
  CREATE TYPE mood AS ENUM ('calm', 'wild');
  CREATE DOMAIN code AS text;
  CREATE TYPE point3 AS (x int, y int);
  CREATE TABLE big (id int, name text, at timestamp, seen timestamptz, day date, "Mixed Case" int, "größe" float8, doc jsonb, tags text[], m mood)
    WITH (fillfactor = 10);
  INSERT INTO big SELECT g, 'n' || g % 7, timestamp '2026-01-01' + g * interval '1 minute',
      timestamptz '2026-01-01 00:00+00' + g * interval '1 minute', date '2026-01-01' + g % 30, g % 5, g / 3.0,
      jsonb_build_object('g', g % 3), ARRAY['a', g::text], 'calm'
    FROM generate_series(1, 3000) g;
  CREATE TABLE "Größe, x" WITH (fillfactor = 10) AS SELECT * FROM big;
  CREATE SCHEMA "s.p"; CREATE TABLE "s.p"."from" WITH (fillfactor = 10) AS SELECT * FROM big;
  CREATE INDEX big_id ON big (id);
  CREATE TABLE clocks (t timetz, at timestamp, name text) WITH (fillfactor = 10);
  INSERT INTO clocks SELECT '12:00+00', '2026-01-01', repeat('x', 600) FROM generate_series(1, 3000);
  CREATE VIEW seen AS SELECT * FROM big;
  CREATE MATERIALIZED VIEW kept WITH (fillfactor = 10) AS SELECT * FROM big;
  CREATE TABLE small AS SELECT * FROM big LIMIT 10;
  CREATE TABLE parent (LIKE big) WITH (fillfactor = 10); INSERT INTO parent SELECT * FROM big;
  CREATE TABLE child () INHERITS (parent) WITH (fillfactor = 10); INSERT INTO child SELECT * FROM big;
  CREATE TABLE parted (id int, name text, at timestamp) PARTITION BY RANGE (id);
  CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (1000) WITH (fillfactor = 10);
  CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (1000) TO (9000) PARTITION BY LIST (name);
  CREATE TABLE parted_n0 (at timestamp, name text, id int) WITH (fillfactor = 10);
  ALTER TABLE parted_high ATTACH PARTITION parted_n0 FOR VALUES IN ('n0', 'n1');
  CREATE TABLE parted_rest PARTITION OF parted_high DEFAULT WITH (fillfactor = 10);
  INSERT INTO parted SELECT id, name, at FROM big, generate_series(1, 12);
  CREATE ROLE limited_${process.pid} LOGIN PASSWORD 'x'; CREATE ROLE bypassing_${process.pid} LOGIN PASSWORD 'x' BYPASSRLS;
  CREATE TABLE secret WITH (fillfactor = 10) AS SELECT * FROM big;
  GRANT SELECT ON secret TO limited_${process.pid}, bypassing_${process.pid};
  ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
  CREATE POLICY even ON secret USING (id % 2 = 0);
  CREATE FUNCTION f(big) RETURNS int VOLATILE LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION b(big) RETURNS float8 VOLATILE LANGUAGE sql AS 'SELECT random()';
  CREATE FUNCTION mine(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION ltrim(int) RETURNS int VOLATILE LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION differs(text, int) RETURNS bool VOLATILE LANGUAGE sql AS 'SELECT random() > 0.5';
  CREATE OPERATOR <-> (LEFTARG = text, RIGHTARG = int, FUNCTION = differs);
  CREATE TYPE public.money AS (x int);
  ANALYZE;`,
);

let session: Session;
beforeAll(async () => {
  session = await exportSession(database.dsn);
});
afterAll(() => session.close());

describe('read over one connection', () => {
  const several = /clause/;
  const unknown = /expression \(\w+\) that is not known/;
  const time = /another time/;
  const names = /no column of its table/;
  const functions = /function that may differ/;
  const types = /casts to a type/;
  const table = /does not read one table|not a plain table/;

  test.each([
    ['SELECT * FROM big ORDER BY id', several],
    ['SELECT * FROM big LIMIT 10', several],
    ['SELECT * FROM big OFFSET 10', several],
    ['SELECT * FROM big FETCH FIRST 3 ROWS ONLY', several],
    ['SELECT DISTINCT name FROM big', several],
    ['SELECT DISTINCT ON (name) * FROM big', several],
    ['SELECT name FROM big GROUP BY name', several],
    ['SELECT 1 FROM big HAVING true', several],
    ['SELECT id FROM big GROUP BY GROUPING SETS ((id), ())', several],
    ['SELECT * FROM big FOR UPDATE', several],
    ['SELECT * FROM big FOR KEY SHARE SKIP LOCKED', several],
    ['WITH w AS (SELECT 1) SELECT * FROM big', several],
    ['SELECT id, rank() OVER w FROM big WINDOW w AS (ORDER BY id)', several],
    ['VALUES (1), (2)', several],
    ['SELECT * FROM big UNION ALL SELECT * FROM big', several],
    ['TABLE big EXCEPT TABLE big', several],
    ['SELECT count(*) FROM big', /way that is not known/],
    ['SELECT max(id) FROM big', functions],
    ['SELECT count(id) FILTER (WHERE id > 1) FROM big', /way that is not known/],
    ['SELECT string_agg(name, name ORDER BY id) FROM big', /way that is not known/],
    ['SELECT rank() OVER () FROM big', /way that is not known/],
    ['SELECT row_number() OVER (PARTITION BY id) FROM big', /way that is not known/],
    ['SELECT 1', table],
    ['SELECT * FROM big, small', table],
    ['SELECT * FROM big JOIN small USING (id)', table],
    ['SELECT * FROM (SELECT * FROM big) q', table],
    ['SELECT * FROM generate_series(1, 3) g', table],
    ['SELECT * FROM LATERAL (SELECT 1) q', table],
    ['SELECT * FROM big TABLESAMPLE SYSTEM (10)', table],
    ['SELECT * FROM big *', table],
    ['SELECT a, b FROM big AS q (a, b)', /renames columns/],
    ['(SELECT * FROM big)', /parenthes/],
    ['((SELECT * FROM big WHERE id > 5))', /parenthes/],
    ['SELECT * FROM big WHERE id IN (SELECT id FROM small)', unknown],
    ['SELECT (SELECT max(id) FROM small) AS m FROM big', unknown],
    ['SELECT * FROM big WHERE EXISTS (SELECT FROM small)', unknown],
    ['SELECT ARRAY(SELECT 1) FROM big', unknown],
    ['SELECT CURRENT_DATE FROM big', unknown],
    ['SELECT LOCALTIMESTAMP(0) FROM big', unknown],
    ['SELECT CURRENT_USER FROM big', unknown],
    ['SELECT session_user FROM big', unknown],
    ['SELECT ROW(id, name) FROM big', unknown],
    ['SELECT name COLLATE "C" FROM big', unknown],
    ['SELECT tags[1] FROM big', unknown],
    ['SELECT (big).id FROM big', unknown],
    ["SELECT JSON_VALUE(doc, '$.g') FROM big", unknown],
    ['SELECT now() FROM big', functions],
    ['SELECT random() FROM big', functions],
    ['SELECT clock_timestamp() FROM big', functions],
    ['SELECT age(at) FROM big', functions],
    ['SELECT pg_backend_pid() FROM big', functions],
    ['SELECT txid_current() FROM big', functions],
    ["SELECT current_setting('TimeZone') FROM big", functions],
    ["SELECT nextval('s') FROM big", functions],
    ["SELECT set_config('a.b', name, true) FROM big", functions],
    ['SELECT generate_series(1, id) FROM big', functions],
    ['SELECT unnest(tags) FROM big', functions],
    ['SELECT jsonb_each(doc) FROM big', functions],
    ['SELECT mine(id) FROM big', functions],
    ['SELECT public.mine(id) FROM big', /way that is not known/],
    // As many as there are functions of that name: which one is meant depends on types and search_path.
    ['SELECT ltrim(name) FROM big', functions],
    ['SELECT f(big) FROM big', functions],
    ['SELECT timestamptz(name) FROM big', functions],
    ['SELECT date(at) FROM big', functions],
    ['SELECT to_tsvector(name) FROM big', functions],
    ['SELECT big.f FROM big', names],
    ['SELECT q.f FROM big q', names],
    // A row's function of the row's own name.
    ['SELECT b.b FROM big b', names],
    ["SELECT 'now'::timestamptz FROM big", time],
    ["SELECT * FROM big WHERE at > 'today'", time],
    ["SELECT * FROM big WHERE day = date ' Yesterday '", time],
    ["SELECT * FROM big WHERE day = E'tom\\x6frrow'", time],
    ["SELECT * FROM big WHERE day = U&'\\0074oday'", time],
    ["SELECT * FROM big WHERE day = 'to'\n'day'", time],
    // What a text says may be 'now'.
    ['SELECT name::timestamptz FROM big', types],
    ['SELECT (name || name)::date FROM big', types],
    ['SELECT tags::date[] FROM big', types],
    ['SELECT lower(name)::time FROM big', types],
    ['SELECT doc::text::date FROM big', types],
    ['SELECT name::regclass FROM big', types],
    ["SELECT 'big'::regclass FROM big", types],
    ["SELECT 'x'::code FROM big", types],
    ["SELECT 'calm'::mood FROM big", types],
    ["SELECT 'x'::public.code FROM big", /type of a schema of its own/],
    // A type of the same name in another schema.
    ["SELECT '1'::money FROM big", types],
    ['SELECT name <-> 1 FROM big', /operator that may differ/],
    ['SELECT name OPERATOR(public.<->) 1 FROM big', /operator of a schema of its own/],
    ["SELECT at AT TIME ZONE 'UTC' FROM clocks", /timetz/],
    ['SELECT * FROM seen', /view or a foreign table/],
    ['SELECT * FROM small', /small/],
    ['SELECT * FROM parent', /inherit/],
    ['SELECT * FROM pg_temp.scratch', /temporary/],
    ['SELECT * FROM scratch', /temporary/],
    ['SELECT * FROM big WHERE id = 17', /planner does not read its whole table/],
    ['SELECT * FROM big WHERE id BETWEEN 10 AND 40', /planner does not read its whole table/],
    ["SELECT * FROM big WHERE ctid >= '(5,0)'", /planner does not read its whole table/],
  ])('%s', async (sql, reason) => {
    if (sql.includes('scratch')) {
      await session.execute('ROLLBACK');
      await session.execute('CREATE TEMP TABLE IF NOT EXISTS scratch AS SELECT * FROM big');
    }
    expect(await plannedSlices(session, sql)).toMatch(reason);
  });

  test('what row security hides; not what it would hide from others', async () => {
    const as = async (role: string) => {
      const dsn = new URL(database.dsn);
      dsn.username = `${role}_${process.pid}`;
      dsn.password = 'x';
      const other = await exportSession(dsn.href);
      try {
        return await plannedSlices(other, 'SELECT * FROM secret');
      } finally {
        await other.close();
      }
    };
    expect(await as('limited')).toMatch(/row security/);
    expect(await as('bypassing')).toMatchObject({ jobs: expect.any(Number) });
    expect(await plannedSlices(session, 'SELECT * FROM secret')).toMatchObject({ jobs: expect.any(Number) });
  });

  test('a partition that is a foreign table, and an access method other than heap', async () => {
    await database.sql(`
      CREATE TABLE mixed (id int) PARTITION BY RANGE (id);
      CREATE TABLE mixed_a PARTITION OF mixed FOR VALUES FROM (0) TO (10);
      CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
      CREATE FOREIGN TABLE mixed_b PARTITION OF mixed FOR VALUES FROM (10) TO (20) SERVER nowhere;
      CREATE FOREIGN TABLE far (id int) SERVER nowhere;
      CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
      CREATE TABLE other USING heap2 AS SELECT * FROM big;`);
    expect(await plannedSlices(session, 'SELECT * FROM mixed')).toMatch(/partition is a foreign table/);
    expect(await plannedSlices(session, 'SELECT * FROM far')).toMatch(/foreign table/);
    expect(await plannedSlices(session, 'SELECT * FROM other')).toMatch(/access method/);
  });

  test('everything, where the database defines casts of its own that may differ', async () => {
    await database.sql(`
      CREATE FUNCTION to_point3(int) RETURNS point3 VOLATILE LANGUAGE sql AS 'SELECT ROW(1, 2)::point3';
      CREATE CAST (int AS point3) WITH FUNCTION to_point3(int) AS IMPLICIT;`);
    expect(await plannedSlices(session, 'SELECT id FROM big')).toMatch(/casts that may differ/);
    await database.sql('DROP CAST (int AS point3); CREATE CAST (text AS date) WITH INOUT AS IMPLICIT');
    expect(await plannedSlices(session, 'SELECT id FROM big')).toMatch(/casts that may differ/);
    await database.sql('DROP CAST (text AS date)');
  });
});

describe('read in slices that give each row once', () => {
  test.each([
    'SELECT * FROM big',
    'TABLE big',
    'table big -- all of it',
    '/* é */ TABLE "Größe, x" /* and */',
    '-- first a comment: ü\nSELECT * FROM big -- WHERE nothing\n;',
    'SELECT * FROM ONLY big',
    'SELECT * FROM ONLY parent',
    'SELECT * FROM ONLY (parent) AS p WHERE p.id > 7',
    'SELECT * FROM public.big',
    'SELECT q.* FROM big AS q',
    'SELECT "ctid".id FROM big AS "ctid"',
    'SELECT q, q.id FROM big q',
    'SELECT * FROM "Größe, x"',
    'SELECT "größe", "Mixed Case" AS "é WHERE" FROM "Größe, x" AS "Ö" WHERE "Ö"."größe" > 10 OR "Mixed Case" = 3',
    'SELECT * FROM "s.p"."from"',
    'SELECT "from".id AS "WHERE" FROM "s.p"."from" WHERE "from".id > 9 or true --',
    'SELECT id AS "where" FROM big /* where */ where (id > 9 OR id < 5) OR name = \'where\' -- or all',
    "SELECT id FROM big WHERE id > 100 AND name LIKE 'n%' OR id IN (1, 2, 3)",
    "SELECT id FROM big WHERE id NOT BETWEEN 5 AND 2000 AND name NOT ILIKE 'N3' AND name IS NOT NULL",
    "SELECT id FROM big WHERE name SIMILAR TO 'n(1|2)' AND id <> ALL (ARRAY[1, 2]) AND name IS DISTINCT FROM 'n5'",
    'SELECT id FROM big WHERE NOT (id % 2 = 0) IS TRUE',
    "SELECT CASE name WHEN 'n1' THEN 1 ELSE coalesce(nullif(id, 7), 0) END, greatest(id, 10) FROM big",
    'SELECT ctid, xmin, tableoid, id FROM big',
    'SELECT id::text, at::date, seen::timestamp, day::timestamptz, id::numeric(10, 2), m::text FROM big',
    "SELECT date_trunc('month', at)::date, extract(year FROM at), date_part('dow', day), to_char(at, 'YYYY') FROM big",
    "SELECT at AT TIME ZONE 'Europe/Paris', seen AT TIME ZONE 'UTC' FROM big",
    "SELECT * FROM big WHERE at >= '2026-01-01' AND seen < timestamptz '2026-01-02 00:00+00' AND day = '2026-01-01'::date",
    "SELECT at + interval '1 hour', day - 1, doc -> 'g', doc ->> 'g', tags || ARRAY['x'], name || id FROM big",
    'SELECT upper(name), length(name), round("größe"::numeric, 2), md5(name), array_length(tags, 1), format(\'%s!\', id) FROM big',
    "SELECT pg_catalog.lower(name) AS a, concat(id, '-', name) FROM big WHERE starts_with(name, 'n')",
    'SELECT * FROM big WHERE false',
    'SELECT * FROM kept WHERE id > 5',
    'SELECT * FROM parted',
    "SELECT name, id, at FROM parted AS p WHERE p.id > 500 OR name = 'n0'",
    'SELECT * FROM parted WHERE id < 900',
    'SELECT tableoid::int8, * FROM parted_high',
    'TABLE parted_n0',
  ])('%s', async (sql) => {
    const sliced = await plannedSlices(session, sql);
    if (typeof sliced === 'string') throw new Error(`not sliced: ${sliced}`);
    expect(sliced.jobs).toBeGreaterThan(1);
    expect(sliced.count).toBeGreaterThan(1);
    const whole = await multisetOf(session, [sql.replace(/;$/, '')]);
    expect(await multisetOf(session, sliceQueries(sliced))).toBe(whole);
    if (sql !== 'SELECT * FROM big WHERE false') expect(whole).not.toMatch(/^0 rows/);
  });

  test('a table of the catalog', async () => {
    const sliced = await plannedSlices(session, 'SELECT oid, proname FROM pg_proc WHERE pronargs > 1');
    // A small catalog may be below what pays.
    if (typeof sliced === 'string') expect(sliced).toMatch(/small/);
  });

  test('slices are small, cover all blocks, and say which', async () => {
    const sliced = await plannedSlices(session, 'SELECT id FROM big');
    if (typeof sliced === 'string') throw new Error(sliced);
    expect(sliced.describe(0)).toMatch(/^slice 1 of \d+, blocks from 0 to \d+$/);
    expect(sliced.describe(sliced.count - 1)).toMatch(/blocks from \d+$/);
  });
});
