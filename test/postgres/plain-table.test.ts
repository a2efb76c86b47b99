import fc from 'fast-check';
import { parse, scan } from 'libpg-query';
import { expect, test } from 'vitest';
import { parsePlainTable, scanPlainTable } from '../../src/postgres/plain-table.ts';
import { sliceableQuery } from '../../src/postgres/slices/sliceable-query.ts';

const blank = fc.stringMatching(/^[ \t\r\n]{1,3}$/);
const word = (text: string) => fc.constantFrom(text.toLowerCase(), text.toUpperCase());
// Names that are no reserved words: those are for the server to refuse.
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z_0-9]{0,62}$/).map((text) => `x${text}`.slice(0, 63));
const query = fc
  .tuple(
    fc.constantFrom('', ' ', '\n\t'),
    word('select'),
    blank,
    blank,
    word('from'),
    blank,
    name,
    name,
    blank,
  )
  .map(
    ([a, select, b, c, from, d, schema, table, e]) =>
      `${a}${select}${b}*${c}${from}${d}${schema}.${table}${e}`,
  );

test('the most common query is parsed and scanned as Postgres does it', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (sql) => {
      const { stmts } = await parse(sql);
      expect(parsePlainTable(sql)).toEqual({ stmts });
      const { tokens } = await scan(sql);
      const places = tokens.map(({ start, end, text }) => ({ start, end, text, tokenName: '' }));
      expect(scanPlainTable(sql)).toEqual({ tokens: places });
    }),
    { numRuns: 300 },
  );
});

test.each([
  'select * from t',
  'select * from current_user',
  'select * from "S".t',
  'select * from s.t where a > 1',
  'select * from s.t limit 1',
  'select * from s.t;',
  'select * from s.t; drop table s.t',
  'select * from s.t -- all',
  'select * from a.s.t',
  'select * from s.t x',
  'select * from s.f()',
  'select *, 1 from s.t',
  'select * from s.ä',
  'select\u00a0* from s.t',
  'select\v* from s.t',
  `select * from s.${'t'.repeat(64)}`,
  'table s.t',
])('%j is left to the parser', (sql) => {
  expect(parsePlainTable(sql)).toBeNull();
  expect(scanPlainTable(sql)).toBeNull();
});

test.each([
  ['select * from s.where', null],
  ['select "where" from s.where', null],
  ['select * from s.where where a > 1', 27],
])('the condition of %j begins at %j', async (sql, conditionAt) => {
  expect(await sliceableQuery(sql)).toMatchObject({ conditionAt });
});
