import { expect, test } from 'vitest';
import { binarySource } from '../../src/decode/binary-source.ts';
import { csvSource } from '../../src/decode/csv-source.ts';
import { beginPlanned } from '../../src/export/begin.ts';
import { tableQuery } from '../../src/export/table-query.ts';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { Session } from '../../src/postgres/session.ts';
import { rollback } from '../../src/postgres/transaction.ts';
import type { ColumnPlan } from '../../src/types/pg-type.ts';
import { python } from '../support/python.ts';
import { readWithPyArrow } from '../support/readers.ts';
import { testDatabase } from '../support/server.ts';
import { bothTransports } from '../types/both-transports.ts';
import { HOSTILE_COMMENT, HOSTILE_NAMES, HOSTILE_TABLE, HOSTILE_TYPE, identifier, literal } from './names.ts';

const SCHEMA = 's"; DROP TABLE canary; --\n';
/** Every other column is one that the server has to cast, so that its name goes into SQL. */
const types = HOSTILE_NAMES.map((_, i) => ['int4', 'interval', 'text', 'interval[]'][i % 4]!);
const values = ["'7'", "'1 day'", "'x'", "'{1 day,NULL}'"];
const expected = ['7', '1 day', 'x', ['1 day', null]];

const columns = (names: readonly string[]) =>
  names.map((name, i) => `${identifier(name)} ${types[i]}`).join(', ');
const row = `(${HOSTILE_NAMES.map((_, i) => values[i % 4]).join(', ')})`;
const harmless = HOSTILE_NAMES.map((_, i) => `c${i}`);
/** DuckDB's client for Node.js takes the members of a struct for properties of an object. */
const MEMBERS = HOSTILE_NAMES.map((name) => (name === '__proto__' ? 'proto' : name));

const database = testDatabase(
  'hostile_names',
  `CREATE TABLE canary (); CREATE SCHEMA ${identifier(SCHEMA)};
   CREATE TABLE ${identifier(SCHEMA)}.${identifier(HOSTILE_TABLE)} (${columns(HOSTILE_NAMES)});
   INSERT INTO ${identifier(SCHEMA)}.${identifier(HOSTILE_TABLE)} VALUES ${row};
   CREATE TABLE harmless (${columns(harmless)});
   CREATE TYPE ${identifier(HOSTILE_TABLE)} AS (${columns(MEMBERS)});
   CREATE TYPE ${identifier(HOSTILE_TYPE)} AS ENUM (${HOSTILE_NAMES.map(literal).join(', ')});
   CREATE TYPE plain AS (${columns(harmless)});
   ${HOSTILE_NAMES.map((name, i) => `COMMENT ON COLUMN ${identifier(SCHEMA)}.${identifier(HOSTILE_TABLE)}.${identifier(name)} IS ${literal(HOSTILE_NAMES.at(-1 - i)!)};`).join('\n')}
   COMMENT ON TABLE ${identifier(SCHEMA)}.${identifier(HOSTILE_TABLE)} IS ${literal(HOSTILE_COMMENT)}`,
);
const exported = bothTransports(database.dsn);
const query = tableQuery([SCHEMA, HOSTILE_TABLE], HOSTILE_NAMES);

test('columns, comments, table and schema', async () => {
  const { schema, values: read, files } = await exported(query);
  expect(schema.map(({ name }) => name)).toEqual(HOSTILE_NAMES);
  expect(HOSTILE_NAMES.map((name) => read[name])).toEqual(HOSTILE_NAMES.map((_, i) => [expected[i % 4]]));
  if (python() !== null) {
    const [arrow] = readWithPyArrow([files[0]!]);
    expect(arrow!.schema.map(({ name }) => name)).toEqual(HOSTILE_NAMES);
    expect(arrow!.schema.map(({ metadata }) => metadata!.comment)).toEqual([...HOSTILE_NAMES].reverse());
    expect(arrow!.columns).toEqual(HOSTILE_NAMES.map((_, i) => [expected[i % 4]]));
  }
  expect(await database.query('SELECT * FROM canary')).toEqual([]);
});

test('a composite type and its members', async () => {
  const {
    values: read,
    types: read_types,
    files,
  } = await exported(`SELECT ROW${row}::${identifier(HOSTILE_TABLE)} AS c`);
  expect(read.c).toEqual([HOSTILE_NAMES.map((_, i) => expected[i % 4])]);
  expect(read_types.c).toContain('STRUCT');
  if (python() === null) return;
  const [arrow] = readWithPyArrow([files[0]!]);
  expect(arrow!.columns).toEqual([[HOSTILE_NAMES.map((_, i) => expected[i % 4])]]);
  for (const name of MEMBERS) expect(arrow!.schema[0]!.type).toContain(name);
});

test('an enum and its labels', async () => {
  const type = identifier(HOSTILE_TYPE);
  const { values: read } = await exported(
    `SELECT e, ARRAY[e, NULL] AS list FROM unnest(enum_range(NULL::${type})) e ORDER BY e`,
  );
  expect(read.e).toEqual(HOSTILE_NAMES);
  expect(read.list).toEqual(HOSTILE_NAMES.map((name) => [name, null]));
});

test('types asked for by hostile names', async () => {
  const columnTypes = Object.fromEntries(
    HOSTILE_NAMES.map((name, i) => [name, i % 4 === 3 ? 'string[]' : 'string']),
  );
  const { values: read } = await exported(query, { columnTypes });
  expect(HOSTILE_NAMES.map((name) => read[name])).toEqual(HOSTILE_NAMES.map((_, i) => [expected[i % 4]]));
});

test('nothing of them is in the decoders’ sources', async () => {
  const plans = [query, 'SELECT * FROM harmless'].map(plannedColumns);
  const [hostile, plain] = (await Promise.all(plans)) as [ColumnPlan[], ColumnPlan[]];
  expect(hostile.map(({ name }) => name)).toEqual(HOSTILE_NAMES);
  expect(binarySource(hostile)).toBe(binarySource(plain));
  expect(csvSource(hostile)).toBe(csvSource(plain));
  const nested = [
    `SELECT NULL::${identifier(HOSTILE_TABLE)} AS ${identifier(HOSTILE_TYPE)}`,
    'SELECT NULL::plain',
  ].map(plannedColumns);
  const [hostileRow, plainRow] = (await Promise.all(nested)) as [ColumnPlan[], ColumnPlan[]];
  expect(binarySource(hostileRow)).toBe(binarySource(plainRow));
  expect(csvSource(hostileRow)).toBe(csvSource(plainRow));
});

async function plannedColumns(sql: string): Promise<readonly ColumnPlan[]> {
  const session = await Session.open(resolveConninfo({ dsn: database.dsn }), 1 << 20);
  const { plan } = await beginPlanned(session, { sql }, new Map(), () => {});
  await rollback(session);
  await session.close();
  return plan.columns;
}
