import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnNames, tableName } from '../../src/cli/names.ts';
import { tableQuery } from '../../src/export/table-query.ts';

test.each([
  ['obs_sbn', ['obs_sbn']],
  ['public.obs_sbn', ['public', 'obs_sbn']],
  ['Public.Obs', ['Public', 'Obs']],
  [' public . obs ', ['public', 'obs']],
  ['"a.b"."c""d"', ['a.b', 'c"d']],
  ['my schema.my table', ['my schema', 'my table']],
  ['" x "', [' x ']],
  ['x; DROP TABLE y', ['x; DROP TABLE y']],
  ['a,b.日本語', ['a,b', '日本語']],
])('--table %s', (text, names) => {
  expect(tableName(text)).toEqual(names);
});

test.each(['', ' ', '.', 'a.', '.a', 'a..b', 'a.b.c', '"a', 'a"', '"a"b', '""', 'a"b', '"a""'])(
  '--table cannot be %j',
  (text) => {
    expect(() => tableName(text)).toThrow('expected SCHEMA.TABLE');
  },
);

test.each([
  ['ra', ['ra']],
  ['ra, Dec ,"a,b"', ['ra', 'Dec', 'a,b']],
  ['a.b,"c""d"', ['a.b', 'c"d']],
  ['a\n,b', ['a', 'b']],
])('--columns %s', (text, names) => {
  expect(columnNames(text)).toEqual(names);
});

test.each(['', ',', 'a,', ',a', 'a,,b', '"a', '"a" b'])('--columns cannot be %j', (text) => {
  expect(() => columnNames(text)).toThrow('expected names separated by commas');
});

test('the limit is in bytes', () => {
  expect(tableName('é'.repeat(31))).toEqual(['é'.repeat(31)]);
  expect(() => tableName('é'.repeat(32))).toThrow('at most 63 bytes');
  expect(() => columnNames(`a,${'b'.repeat(64)}`)).toThrow('at most 63 bytes');
});

test('any name can be given in quotes', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1 }), (names) => {
      expect(columnNames(names.map((each) => `"${each.replaceAll('"', '""')}"`).join(','))).toEqual(names);
    }),
  );
});

test('names become a query in which they are nothing else', () => {
  expect(tableQuery(['s', 'T"; DROP'])).toBe('SELECT * FROM "s"."T""; DROP"');
  expect(tableQuery(['t'], ['a', '"'])).toBe('SELECT "a", """" FROM "t"');
  expect(tableQuery(['obs'], ['obs', 't', 'tt'])).toBe('SELECT "obs", "t", "tt" FROM "obs" AS ttt');
});
