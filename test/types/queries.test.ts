import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testDatabase } from '../support/server.ts';
import { bothTransports, failure } from './both-transports.ts';

const database = testDatabase(
  'queries',
  `CREATE TABLE base (id int4, name text);
   INSERT INTO base SELECT g, 'n' || g FROM generate_series(1, 3) g;
   CREATE VIEW v AS SELECT id * 2 AS twice, name FROM base;
   CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM base;
   CREATE TABLE parts (id int4, name text) PARTITION BY RANGE (id);
   CREATE TABLE parts1 PARTITION OF parts FOR VALUES FROM (0) TO (2);
   CREATE TABLE parts2 (name text, extra int4, id int4);
   ALTER TABLE parts2 DROP COLUMN extra;
   ALTER TABLE parts ATTACH PARTITION parts2 FOR VALUES FROM (2) TO (100);
   INSERT INTO parts SELECT * FROM base;
   CREATE FUNCTION three() RETURNS TABLE (a int4, b text) LANGUAGE sql AS $$ SELECT g, 'x' FROM generate_series(1, 3) g $$;
   CREATE EXTENSION file_fdw;
   CREATE SERVER files FOREIGN DATA WRAPPER file_fdw`,
);
const exported = bothTransports(database.dsn);

describe('columns’ names', () => {
  test('duplicates are an error that names them, or are renamed', async () => {
    expect(await failure(database.dsn, 'SELECT 1 AS a, 2 AS b, 3 AS a')).toMatchObject({
      code: 'unsupported',
      column: 'a',
      message: 'the query returns two columns named a',
      hint: expect.stringContaining('--duplicate-columns rename'),
    });
    expect(await failure(database.dsn, 'SELECT 1 AS a, 2 AS "A"')).toMatchObject({
      column: 'A',
      message: 'the query returns columns named a and A',
    });
    const { schema, values } = await exported(
      `SELECT 1 AS a, 2 AS "A", 3 AS a, 4 AS a_1, 5 AS b, interval '1 s' AS a`,
      { duplicateColumns: 'rename' },
    );
    expect(schema.map(({ name }) => name)).toEqual(['a', 'A_2', 'a_3', 'a_1', 'b', 'a_4']);
    expect(Object.values(values).flat()).toEqual(['1', '2', '3', '4', '5', '00:00:01']);
  });

  test('long, non-ASCII and odd ones, also where the server has to cast', async () => {
    const names = [
      'é日本🚀',
      'x'.repeat(63),
      '"quoted"',
      'a b',
      ' ',
      "it's",
      'a.b',
      'a,b',
      '%s',
      '$1',
      '\\',
      'line\nbreak',
      'select',
      '?column?',
    ];
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
    const list = quoted.map((name, i) => `${i % 2 === 0 ? i : `interval '${i} s'`} AS ${name}`);
    const { schema, values } = await exported(`SELECT ${list.join(', ')}`);
    expect(schema.map(({ name }) => name)).toEqual(names);
    expect(values['"quoted"']).toEqual(['2']);
    await database.sql(
      `DROP TYPE IF EXISTS odd; CREATE TYPE odd AS (${quoted.map((name) => `${name} interval`).join(', ')})`,
    );
    const odd = await exported(`SELECT ROW(${names.map((_, i) => `'${i} s'`).join(', ')})::odd AS o`);
    expect((odd.values.o![0] as string[])[2]).toBe('00:00:02');
  });

  test('an empty one is refused by the server', async () => {
    expect(await failure(database.dsn, 'SELECT 1 AS ""')).toMatchObject({ code: 'query' });
  });

  test('no column is an error, no row is not', async () => {
    expect(await failure(database.dsn, 'SELECT FROM base')).toMatchObject({
      code: 'unsupported',
      message: 'the query returns rows without columns',
      hint: 'select at least one column',
    });
    const { summary, schema } = await exported('SELECT id, name FROM base WHERE false');
    expect(summary).toMatchObject({ rows: 0 });
    expect(schema.map(({ type }) => type)).toEqual(['INTEGER', 'VARCHAR']);
  });

  test('1,600 columns, every third of which is cast', async () => {
    const kinds = ['int4', 'text', 'interval'];
    const list = Array.from({ length: 1600 }, (_, i) => `(g + ${i})::text::${kinds[i % 3]} AS c${i}`);
    const { values, summary } = await exported(`SELECT ${list.join(', ')} FROM generate_series(1, 20) g`, {
      rowGroupSize: 7,
    });
    expect(summary).toMatchObject({ rows: 20, rowGroups: 3 });
    expect(Object.keys(values)).toHaveLength(1600);
    const twenty = Array.from({ length: 20 }, (_, g) => g + 1);
    expect(values.c0).toEqual(twenty.map(String));
    expect(values.c1597).toEqual(twenty.map((g) => String(g + 1597)));
    expect(values.c1598!.slice(0, 2)).toEqual(['00:26:39', '00:26:40']);
  }, 120_000);
});

describe('relations and queries of every kind', () => {
  const THREE = ['n1', 'n2', 'n3'];

  test.each([
    ['a table', 'TABLE base', 'name', THREE],
    ['a view', 'SELECT * FROM v ORDER BY twice', 'name', THREE],
    ['a materialized view', 'SELECT * FROM mv ORDER BY id', 'name', THREE],
    ['a partitioned table whose partitions differ', 'SELECT * FROM parts ORDER BY id', 'name', THREE],
    ['VALUES', "VALUES (1, 'n1'), (2, 'n2'), (3, 'n3')", 'column2', THREE],
    ['a CTE', 'WITH w AS MATERIALIZED (SELECT * FROM base) SELECT name FROM w', 'name', THREE],
    [
      'a recursive query',
      "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT 'n' || n AS name FROM r",
      'name',
      THREE,
    ],
    ['a function', 'SELECT b || a AS name FROM three()', 'name', ['x1', 'x2', 'x3']],
    ['a set-returning query', "SELECT 'n' || generate_series(1, 3) AS name", 'name', THREE],
    ['a set operation', "SELECT name FROM base EXCEPT SELECT 'n2' ORDER BY 1", 'name', ['n1', 'n3']],
    ['dollar quotes', "SELECT $a$n1';$a$ || $$ -- $$ AS x", 'x', ["n1'; -- "]],
    ['percent signs', "SELECT '%s %I %%' AS x, interval '1 s' AS y WHERE 'abc' LIKE 'a%'", 'x', ['%s %I %%']],
    ['comments and a semicolon', "/* ; */ SELECT 'a' AS x -- ' ;\n;\n-- end", 'x', ['a']],
    ['a comment at its end, with a cast', "SELECT interval '1 s' AS x -- ) no end", 'x', ['00:00:01']],
    [
      'a cast of every row',
      "SELECT id * interval '1 s' AS x FROM base",
      'x',
      ['00:00:01', '00:00:02', '00:00:03'],
    ],
    ['a literal', "SELECT 'x', NULL", '?column?', ['x']],
    ['nothing but void', 'SELECT pg_sleep(0) AS x', 'x', ['']],
  ])('%s', async (_, sql, column, expected) => {
    const { values } = await exported(sql, { duplicateColumns: 'rename' });
    expect(values[column]).toEqual(expected);
  });

  test('a foreign table', async () => {
    const path = join(tmpdir(), 'foreign.csv');
    writeFileSync(path, '1,n1\n2,"a,b"\n3,\n');
    await database.sql(
      `CREATE FOREIGN TABLE foreign_table (id int4, name text) SERVER files OPTIONS (filename '${path}', format 'csv')`,
    );
    const { values } = await exported('TABLE foreign_table');
    expect(values).toEqual({ id: ['1', '2', '3'], name: ['n1', 'a,b', null] });
  });

  test('a system view with columns of type anyarray', async () => {
    await database.sql('ANALYZE base');
    const { values } = await exported("SELECT * FROM pg_stats WHERE tablename = 'base' AND attname = 'id'");
    expect(values.histogram_bounds).toEqual(['{1,2,3}']);
  });
});
