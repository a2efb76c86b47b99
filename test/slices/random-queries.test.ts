import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/postgres/session.ts';
import { testDatabase } from '../support/server.ts';
import { exportSession, multisetOf, plannedSlices, sliceQueries } from './planned.ts';

const columns = `id, nullif(id % 7, 3) AS n, 'x' || id % 11 AS name, timestamp '2026-01-01' + id * interval '1 h' AS at`;
const database = testDatabase(
  'slice_random',
  `CREATE TABLE "Plain é" WITH (fillfactor = 10) AS SELECT ${columns} FROM generate_series(1, 12000) id;
   DELETE FROM "Plain é" WHERE id % 3 = 0 OR id BETWEEN 4000 AND 6000;
   CREATE TABLE parts (id int, n int, name text, at timestamp) PARTITION BY HASH (id);
   CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 0) WITH (fillfactor = 10);
   CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 1);
   CREATE TABLE parts_2 PARTITION OF parts FOR VALUES WITH (MODULUS 3, REMAINDER 2) PARTITION BY LIST (n);
   CREATE TABLE parts_20 PARTITION OF parts_2 FOR VALUES IN (0, NULL) WITH (fillfactor = 10);
   CREATE TABLE parts_21 PARTITION OF parts_2 DEFAULT WITH (fillfactor = 30);
   INSERT INTO parts SELECT ${columns} FROM generate_series(1, 9000) id;
   DELETE FROM parts WHERE id < 2000;
   ANALYZE`,
);

let session: Session;
beforeAll(async () => {
  session = await exportSession(database.dsn);
});
afterAll(() => session.close());

const blank = fc.constantFrom(' ', '\n', '\t ', ' -- é ( WHERE "\n', " /* ( where ' é /* inner */ */ ");
const column = fc.constantFrom('id', 'n', 'q.id', '"q"."n"', 'length(name)');

const { number, condition } = fc.letrec<{ number: string; condition: string }>((tie) => ({
  number: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    column,
    fc.integer({ min: 0, max: 9000 }).map(String),
    fc
      .tuple(tie('number'), fc.constantFrom('+', '-', '%'), tie('number'))
      .map(([a, op, b]) => (op === '%' ? `${a} % 17` : `(${a} ${op} ${b})`)),
    tie('number').map((a) => `abs(${a})`),
    fc
      .tuple(tie('condition'), tie('number'), tie('number'))
      .map(([c, a, b]) => `CASE WHEN ${c} THEN ${a} ELSE ${b} END`),
    fc.tuple(tie('number'), tie('number')).map(([a, b]) => `coalesce(${a}, ${b})`),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(tie('number'), fc.constantFrom('=', '<', '>=', '<>', 'IS DISTINCT FROM'), tie('number'))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.constantFrom(
      'true',
      'n IS NULL',
      "name LIKE 'x1%'",
      "name IN ('x1', 'where', '(')",
      "at >= '2026-06-01'",
      "at::date BETWEEN '2026-02-01' AND '2026-04-01'",
    ),
    fc
      .tuple(tie('condition'), fc.constantFrom('AND', 'OR'), tie('condition'))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    tie('condition').map((a) => `NOT (${a})`),
  ),
}));

const query = fc
  .record({
    select: fc.constantFrom('SELECT', 'select', 'SeLeCt'),
    list: fc.oneof(
      fc.constantFrom('*', 'q.*', 'q', '*, q.ctid', 'id AS where, name AS "WHERE"'),
      fc.array(number, { minLength: 1, maxLength: 4 }).map((list) => list.join(', ')),
    ),
    from: fc.constantFrom(
      '"Plain é" q',
      'ONLY "Plain é" AS q',
      'public."Plain é" AS "q"',
      'parts q',
      'parts_2 q',
    ),
    where: fc.option(fc.tuple(fc.constantFrom('WHERE', 'wHeRe'), condition)),
    blanks: fc.tuple(blank, blank, blank, blank, blank),
  })
  .map(({ select, list, from, where, blanks: [a, b, c, d, e] }) =>
    [select, a, list, b, 'FROM', c, from, d, ...(where === null ? [] : [where[0], e, where[1], a])].join(''),
  );

test('a random query in slices gives what it gives as a whole', async () => {
  let sliced = 0;
  await fc.assert(
    fc.asyncProperty(query, async (sql) => {
      const plan = await plannedSlices(session, sql);
      if (typeof plan === 'string') return;
      sliced++;
      expect(await multisetOf(session, sliceQueries(plan))).toBe(await multisetOf(session, [sql]));
    }),
    { numRuns: 120, seed: 20261123 },
  );
  expect(sliced).toBeGreaterThan(80);
});
