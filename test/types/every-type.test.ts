import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportToParquet } from '../../src/index.ts';
import { PG_TYPES } from '../../src/types/registry.ts';
import { oldestBinDir } from '../../tools/postgres-binaries.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { python } from '../support/python.ts';
import { type ReadTable, readWithDuckDB, readWithPyArrow, type Value } from '../support/readers.ts';
import type { Row } from '../support/server.ts';
import { type CatalogType, readCatalog } from './type-catalog.ts';
import { type SampleValue, TypeSamples } from './type-samples.ts';

const TRANSPORTS = ['binary', 'csv'] as const;
/** Postgres allows 1,664 columns; fewer make a failure easier to read. */
const COLUMNS_PER_FILE = 150;

/** Objects whose catalog entries are the only values of some types. */
const SETUP = `
  CREATE TABLE sampled AS SELECT g AS a, g % 3 AS b, g % 6 AS c FROM generate_series(1, 100) g;
  CREATE STATISTICS ab ON a, b FROM sampled;
  CREATE STATISTICS ac ON a, c FROM sampled;
  CREATE STATISTICS bc ON b, c FROM sampled;
  ANALYZE sampled`;

/** Types that no value can be made of: they are in the server's indexes only. */
const WITHOUT_VALUES = ['gtsvector', 'pg_brin_bloom_summary', 'pg_brin_minmax_multi_summary'];

const PSEUDO_TYPES = [
  ...['any', 'anyarray', 'anycompatible', 'anycompatiblearray', 'anycompatiblemultirange'],
  ...['anycompatiblenonarray', 'anycompatiblerange', 'anyelement', 'anyenum', 'anymultirange', 'anynonarray'],
  ...[
    'anyrange',
    'cstring',
    'event_trigger',
    'fdw_handler',
    'index_am_handler',
    'internal',
    'language_handler',
  ],
  ...['pg_ddl_command', 'record', 'table_am_handler', 'trigger', 'tsm_handler', 'unknown', 'void'],
];

const servers = [
  ['the newest server', undefined],
  ['the oldest server', oldestBinDir()],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'ddpp-types-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** One column of a file and what must be in it. */
interface Column {
  readonly type: CatalogType;
  readonly arrow: string;
  readonly pgType: string;
  readonly samples: readonly SampleValue[];
}

describe.each(servers.filter(([, binDir]) => binDir !== null))('every type of %s', (label, binDir) => {
  let server: PostgresServer;
  let client: pg.Client;
  let types: ReadonlyMap<number, CatalogType>;
  let samples: TypeSamples;
  const query = async <R extends Row>(text: string) => (await client.query<R>(text)).rows;

  beforeAll(async () => {
    server = await startPostgres(binDir == null ? {} : { binDir });
    client = new pg.Client({ connectionString: server.dsn, options: '-c extra_float_digits=3' });
    await client.connect();
    await client.query(SETUP);
    types = await readCatalog(query);
    samples = await TypeSamples.load(types, query);
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  test('is a pseudo-type, has no values, or has three samples or more', async () => {
    const without = [...types.values()].filter(
      (type) => samples.of(type).length < 3 && type.kind !== 'pseudo',
    );
    const names = without.filter(({ kind }) => kind === 'base').map(({ name }) => name);
    const present = new Set([...types.values()].map(({ name }) => name));
    expect(names).toEqual(WITHOUT_VALUES.filter((name) => present.has(name)));
    for (const name of names) {
      await expect(query(`SELECT ''::${name}`)).rejects.toThrow(/cannot accept a value|not implemented/);
    }
    // What is left are arrays of these, and of pseudo-types.
    const ofThem = without
      .filter(({ kind }) => kind !== 'base')
      .map(({ kind, of }) => [kind, types.get(of)!]);
    for (const [kind, element] of ofThem as [string, CatalogType][]) {
      expect([kind, element.kind === 'pseudo' || names.includes(element.name)]).toEqual(['array', true]);
    }
    const pseudo = [...types.values()].filter(({ kind }) => kind === 'pseudo').map(({ name }) => name);
    expect(PSEUDO_TYPES.filter((name) => present.has(name))).toEqual(pseudo.sort());
  });

  test('is in the documented table, or made of others', () => {
    const document = readFileSync(new URL('../../docs/types.md', import.meta.url), 'utf8');
    const rows = document.split('\n').filter((line) => line.startsWith('| `'));
    const documented = new Set(
      rows.flatMap((row) => row.split('|')[1]!.match(/(?<=`"?)[\w]+(?="?`)/g) ?? []),
    );
    const single = [...types.values()].filter(({ kind }) => ['base', 'range', 'vector'].includes(kind));
    expect(single.map(({ name }) => name).filter((name) => !documented.has(name))).toEqual([]);
  });

  test('comes out as the contract says, over both transports, to PyArrow and DuckDB', async () => {
    const columns: Column[] = [...types.values()].flatMap((type): Column[] => {
      const values = samples.of(type);
      if (values.length === 0) return [];
      return [{ type, arrow: samples.arrow(type), pgType: type.formatted, samples: values }];
    });
    expect(columns.length).toBeGreaterThan(340);
    const [inTables, inQueries] = [true, false].map((fits) =>
      columns.filter(({ type }) => samples.fitsTable(type) === fits),
    ) as [Column[], Column[]];
    for (let first = 0; first < inTables.length; first += COLUMNS_PER_FILE) {
      const some = inTables.slice(first, first + COLUMNS_PER_FILE);
      const table = `part${first}`;
      await client.query(
        `CREATE TABLE ${table} (${some.map(({ type }, i) => `c${i} ${type.sql}`).join(', ')});
         INSERT INTO ${table} ${valuesQuery(some)}`,
      );
      await check(table, some, `TABLE ${table}`);
    }
    await check('query', inQueries, valuesQuery(inQueries));
  }, 120_000);

  test('comes out of two-dimensional arrays', async () => {
    const elements = [...types.values()].filter(
      (type) => type.kind === 'base' && samples.of(type).length > 0 && hasArrays(type),
    );
    const columns = elements.map((type) => ({
      type,
      arrow: `list<element: list<element: ${samples.arrow(type)}>>`,
      pgType: `${type.formatted}[]`,
      samples: samples.deep(type),
    }));
    await client.query(
      `CREATE TABLE deep (${columns.map(({ type }, i) => `c${i} ${type.sql}[][]`).join(', ')});
       INSERT INTO deep ${valuesQuery(columns)}`,
    );
    await check('deep', columns, 'TABLE deep');
  });

  function hasArrays({ oid }: CatalogType): boolean {
    return [...types.values()].some(({ kind, of }) => kind === 'array' && of === oid);
  }

  /** Exports a query over both transports and compares what comes out. */
  async function check(name: string, columns: readonly Column[], sql: string): Promise<void> {
    const rows = Math.max(...columns.map((column) => column.samples.length));
    const expected = columns.map(({ samples: values }) =>
      Array.from({ length: rows }, (_, i): Value => values[i]?.expected ?? null),
    );
    const unrepresentable = columns.flatMap(({ samples: values }, i) => {
      const count = values.reduce((sum, value) => sum + value.unrepresentable, 0);
      return count === 0 ? [] : [[`c${i}`, count]];
    });
    const files: string[] = [];
    for (const transport of TRANSPORTS) {
      const out = join(folder, `${label} ${name} ${transport}.parquet`);
      const summary = await exportToParquet({
        connection: { dsn: server.dsn },
        sql,
        out,
        transport,
        onUnrepresentable: 'null',
        rowGroupSize: 4,
      });
      expect(summary.unrepresentable).toEqual(Object.fromEntries(unrepresentable));
      files.push(out);
    }
    for (const [i, file] of files.entries()) {
      compare(`DuckDB, ${TRANSPORTS[i]}`, columns, await readWithDuckDB(file), expected);
    }
    if (python() === null) return;
    for (const [i, table] of readWithPyArrow(files).entries()) {
      compare(`PyArrow, ${TRANSPORTS[i]}`, columns, table, expected);
      expect(table.schema.map(({ type }) => type)).toEqual(columns.map(({ arrow }) => arrow));
      expect(table.schema.map(({ metadata }) => metadata?.['postgres:type'])).toEqual(
        columns.map(({ pgType }) => pgType),
      );
    }
  }
});

function compare(
  reader: string,
  columns: readonly Column[],
  table: ReadTable,
  expected: readonly Value[][],
): void {
  for (const [i, { type }] of columns.entries()) {
    expect(table.columns[i], `${type.formatted}, read by ${reader}`).toEqual(expected[i]);
  }
}

/** A query with one column of each type, filled up with NULLs; each row of it has the next sample. */
function valuesQuery(columns: readonly Column[]): string {
  const rows = Math.max(...columns.map((column) => column.samples.length));
  const lines = Array.from({ length: rows }, (_, i) =>
    columns
      .map(({ samples, type }) => samples[i]?.sql ?? (i === 0 ? `NULL::${type.sql}` : 'NULL'))
      .join(', '),
  );
  return `SELECT * FROM (VALUES (${lines.join('), (')})) v(${columns.map((_, i) => `c${i}`).join(', ')})`;
}

test('every record has three samples or more, unless no value can be made', () => {
  const few = PG_TYPES.filter(({ samples }) => samples.length < 3).map(({ name }) => name);
  expect(few).toEqual(WITHOUT_VALUES);
});
