import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startProxy } from '../../tools/proxy.ts';
import { runFastExport } from '../support/command.ts';
import { python } from '../support/python.ts';
import { readWithDuckDB, readWithHyparquet, readWithPyArrow } from '../support/readers.ts';
import { testDatabase, testServer } from '../support/server.ts';
import { createEdgeTable, EDGE_VALUES } from './edge-values.ts';

const database = testDatabase('transport', createEdgeTable('edges'));
const TRANSPORTS = ['binary', 'csv'] as const;
type Transport = (typeof TRANSPORTS)[number];

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-transport-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** Exports a query over one transport to a file in `dir` and returns its path. */
async function exported(
  name: string,
  sql: string,
  transport: Transport,
  dsn = database.dsn,
): Promise<string> {
  const out = join(dir, `${name}-${transport}.parquet`);
  const args = ['--dsn', dsn, '--sql', sql, '--transport', transport, '--out', out, '--quiet'];
  expect(await runFastExport(args)).toMatchObject({ status: 0, stderr: '' });
  return out;
}

function exportBoth(name: string, sql: string): Promise<string[]> {
  return Promise.all(TRANSPORTS.map((transport) => exported(name, sql, transport)));
}

/** Asserts that two files are the same, byte by byte. */
function expectSameBytes(one: string, other: string): void {
  expect(Buffer.compare(timeless(one), timeless(other))).toBe(0);
}

describe('edge values of every type', () => {
  let binary: string;
  let csv: string;
  beforeAll(async () => {
    [binary, csv] = (await exportBoth('edges', 'SELECT * FROM edges')) as [string, string];
  });

  test('give the same bytes over both transports', () => {
    expectSameBytes(binary, csv);
  });

  test('are all there', async () => {
    const { schema, columns } = await readWithHyparquet(csv);
    expect(schema.map(({ name }) => name)).toEqual(Object.keys(EDGE_VALUES));
    const counts = columns.map((values) => values.filter((value) => value !== null).length);
    expect(counts).toEqual(Object.values(EDGE_VALUES).map((values) => values.length));
  });

  test('keep text as it is, NULL, empty and "NULL" apart', async () => {
    const { columns } = await readWithDuckDB(csv);
    const text = columns[Object.keys(EDGE_VALUES).indexOf('text')]!;
    expect(text.filter((_, i) => i % 2 === 0).slice(0, EDGE_VALUES.text!.length)).toEqual(EDGE_VALUES.text);
    expect(new Set(text.filter((_, i) => i % 2 === 1))).toEqual(new Set([null]));
  });

  test.skipIf(python() === null)('give the same values and schema to PyArrow', () => {
    const [one, other] = readWithPyArrow([binary, csv]);
    expect(other).toEqual(one);
    const floats = other!.columns[Object.keys(EDGE_VALUES).indexOf('float8')]!;
    // -0, a NaN and the least subnormal, by their bits.
    expect([floats[2], floats[4], floats[10]]).toEqual([
      '8000000000000000',
      '7ff8000000000000',
      '0000000000000001',
    ]);
  });
});

const FOOTER_CHECKSUM = /(?<=ddpp:footer_crc32..)[0-9a-f]{8}/s;
const SNAPSHOT_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/;

test('values of which each row needs quotes give the same bytes', async () => {
  const sql = `SELECT repeat('",\n\\é', g % 50) AS quoted, nullif(g % 3, 0)::text AS n, '' AS e FROM generate_series(1, 20000) g`;
  const [binary, csv] = await exportBoth('quoted', sql);
  expectSameBytes(binary!, csv!);
});

test.each(TRANSPORTS)(
  '%s: the file does not depend on where the socket cuts the stream',
  async (transport) => {
    const { host, port } = testServer();
    const sql =
      'SELECT * FROM (SELECT "int4", "float8", "date", "varchar(8)", "numeric" FROM edges LIMIT 12) t';
    const expected = await exported('cut', sql, transport);
    for (const pieceSizes of [[1], [3], [7, 1], [64, 1, 1, 13]]) {
      const proxy = await startProxy({ upstream: { host, port }, faults: { pieceSizes } });
      const dsn = new URL(database.dsn);
      dsn.host = `${proxy.host}:${proxy.port}`;
      try {
        expectSameBytes(await exported(`cut-${pieceSizes.join('-')}`, sql, transport, dsn.href), expected);
      } finally {
        await proxy.close();
      }
    }
  },
  30_000,
);

/** A file's bytes but for the time of the snapshot, which always takes as many characters, and the footer's checksum, which covers it. */
function timeless(path: string): Buffer {
  const text = readFileSync(path, 'latin1');
  for (const changing of [SNAPSHOT_TIME, FOOTER_CHECKSUM]) expect(text).toMatch(changing);
  return Buffer.from(text.replace(SNAPSHOT_TIME, '').replace(FOOTER_CHECKSUM, ''), 'latin1');
}
