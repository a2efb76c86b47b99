import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testServer } from '../support/server.ts';
import { bothTransports, failure } from './both-transports.ts';

/** A database without an encoding: the server neither checks nor converts what is stored in it. */
const server = testServer();
const name = `sql_ascii_${process.pid}`;
const dsn = new URL(server.dsn);
dsn.pathname = `/${name}`;
const owner = new pg.Client({ connectionString: server.dsn });
const client = new pg.Client({ connectionString: dsn.href });
const exported = bothTransports(dsn.href);

beforeAll(async () => {
  await owner.connect();
  await owner.query(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
  await client.connect();
  await client.query(`
    SET client_encoding = 'SQL_ASCII';
    CREATE EXTENSION hstore;
    CREATE TYPE part AS (t text, n int4);
    CREATE TABLE latin1 (n int4, t text, j json, jb jsonb, h hstore, p part, l text[], v varchar(5)[], x xml);
    INSERT INTO latin1 VALUES
      (1, 'é', '"é"', '"é"', 'k=>é', ROW('é', 1), '{é}', '{é}', '<?xml version="1.0"?><a>é</a>'),
      (2, E'\\xe9', E'"\\xe9"', E'"\\xe9"', E'k=>\\xe9', ROW(E'\\xe9', 2), E'{ok,\\xe9}', E'{\\xe9}', NULL)`);
});
afterAll(async () => {
  await client.end();
  await owner.query(`DROP DATABASE ${name} WITH (FORCE)`);
  await owner.end();
});

const COLUMNS = ['t', 'j', 'jb', 'h', 'p', 'l', 'v'];

test('text that is UTF-8 comes out as it is', async () => {
  const { values } = await exported(`SELECT ${COLUMNS.join(', ')} FROM latin1 WHERE n = 1`);
  expect(values).toEqual({
    t: ['é'],
    j: ['"é"'],
    jb: ['"é"'],
    h: [[['k', 'é']]],
    p: [['é', '1']],
    l: [['é']],
    v: [['é']],
  });
  expect((await exported('SELECT x FROM latin1')).values.x).toEqual(['<a>é</a>', null]);
});

test.each(COLUMNS)('text that is not UTF-8 is an error with its remedy: %s', async (column) => {
  expect(await failure(dsn.href, `SELECT n, ${column} FROM latin1 ORDER BY n`)).toMatchObject({
    code: 'value',
    column,
    row: 2,
    message: expect.stringContaining('is not valid UTF-8'),
    hint: 'export the bytes as they are with --column-type NAME=binary',
  });
});

test('the bytes can be had, or null', async () => {
  const { values } = await exported('SELECT t, l FROM latin1 ORDER BY n', {
    columnTypes: { t: 'binary', l: 'binary[]' },
  });
  expect(values).toEqual({ t: ['c3a9', 'e9'], l: [['c3a9'], ['6f6b', 'e9']] });
  const nulls = await exported(`SELECT ${COLUMNS.join(', ')} FROM latin1 ORDER BY n`, {
    onUnrepresentable: 'null',
  });
  expect(nulls.summary.unrepresentable).toEqual(Object.fromEntries(COLUMNS.map((column) => [column, 1])));
  expect(nulls.values).toMatchObject({
    t: ['é', null],
    h: [[['k', 'é']], null],
    p: [
      ['é', '1'],
      [null, '2'],
    ],
  });
  expect(nulls.values.l).toEqual([['é'], ['ok', null]]);
});
