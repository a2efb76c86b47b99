import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecordBatch, RecordBatchFileWriter, Table } from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { BinaryDecoder } from '../../src/decode/binary-decoder.ts';
import { DecodeFailures } from '../../src/decode/failures.ts';
import { RowReader } from '../../src/export/jobs/row-reader.ts';
import { type BatchOptions, type BatchSummary, exportBatches, exportToParquet } from '../../src/index.ts';
import { CopyTap } from '../../src/postgres/copy-tap.ts';
import { DECODE_FUNCTIONS } from '../../src/types/registry.ts';
import { startProxy } from '../../tools/proxy.ts';
import { recordCopy } from '../support/copy-bytes.ts';
import { python } from '../support/python.ts';
import { readWithPyArrow } from '../support/readers.ts';
import { otherSessions, testDatabase, testServer } from '../support/server.ts';

const database = testDatabase(
  'batches',
  `CREATE TYPE mood AS ENUM ('calm', 'happy');
   CREATE TYPE point3 AS (x int, label text, corners int[][])`,
);
const connection = { dsn: database.dsn };
const folder = mkdtempSync(join(tmpdir(), 'ddpp-batches-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function collect(options: BatchOptions): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for await (const batch of exportBatches({ connection, ...options })) batches.push(batch);
  return batches;
}

function rowsOf(batches: readonly RecordBatch[]): unknown[] {
  return new Table([...batches]).toArray().map((row) => row.toJSON());
}

/** Many rows of columns of each memory layout, with nulls, over several batches. */
const MIXED = `
  SELECT g AS "int", g % 7 = 0 AS "bool", nullif((g % 11)::int2, 3) AS "small", g::int8 << 40 AS "big",
         CASE WHEN g % 5 > 0 THEN g::float4 / 3 END AS "real", 'NaN'::float8 * g AS "double",
         repeat('é', g % 9) AS "text", nullif(g::text, '2000')::varchar AS "varchar", g::numeric / 7 AS "numeric",
         (g / 8.0)::numeric(20, 3) AS "decimal", decode(md5(g::text), 'hex') AS "bytea", md5(g::text)::uuid AS "uuid",
         date '2000-01-01' - g AS "date", timestamp '1969-12-31 23:59:59.5' + g * interval '1 ms' AS "timestamp",
         timestamptz '2026-01-01 12:00+02' AS "timestamptz", time '12:00' + g * interval '1 s' AS "time",
         inet '10.0.0.1' + g AS "inet",
         CASE WHEN g % 3 > 0 THEN CASE WHEN g < 1500 THEN 'calm' ELSE 'happy' END::mood END AS "enum",
         CASE g % 4 WHEN 0 THEN NULL WHEN 1 THEN '{}' ELSE ARRAY[g::text, NULL, 'x'] END AS "list",
         CASE WHEN g % 6 > 0 THEN ROW(g, 'p' || g, ARRAY[ARRAY[g]])::point3 END AS "struct"
  FROM generate_series(1, 2003) g`;

describe('the batches of a result', () => {
  test.skipIf(python() === null).each(['binary', 'csv'] as const)(
    'hold what the Parquet file of the same query holds, sent as %s',
    async (transport) => {
      const out = join(folder, 'mixed.parquet');
      await exportToParquet({ connection, sql: MIXED, out });
      const batches = await collect({ sql: MIXED, transport, batchRows: 1000 });
      expect(batches.map(({ numRows }) => numRows)).toEqual([1000, 1000, 3]);
      const arrow = join(folder, 'mixed.arrow');
      writeFileSync(arrow, RecordBatchFileWriter.writeAll(new Table(batches)).toUint8Array(true));
      const [expected, read] = readWithPyArrow([out, arrow]);
      // Parquet has a logical type for UUIDs, which PyArrow makes an extension type, and calls a list's member "element".
      const types = expected!.schema.map(({ type }) =>
        type.replace('extension<arrow.uuid>', 'fixed_size_binary[16]').replaceAll('<element: ', '<item: '),
      );
      expect(read!.schema).toEqual(expected!.schema.map((field, i) => ({ ...field, type: types[i] })));
      expect(read!.schema).toHaveLength(20);
      read!.columns.forEach((column, i) => {
        expect(column).toEqual(expected!.columns[i]);
      });
    },
  );

  test('have at most batchRows rows, in the order of the query', async () => {
    const sql = 'SELECT g FROM generate_series(1, 25) g ORDER BY g DESC';
    const batches = await collect({ sql, batchRows: 10 });
    expect(batches.map(({ numRows }) => numRows)).toEqual([10, 10, 5]);
    expect(rowsOf(batches)).toEqual(Array.from({ length: 25 }, (_, i) => ({ g: 25 - i })));
  });

  test('end by bytes where rows are long', async () => {
    const batches = await collect({ sql: "SELECT repeat('x', 1 << 20) AS x FROM generate_series(1, 20)" });
    expect(batches.map(({ numRows }) => numRows)).toEqual([8, 8, 4]);
  });

  test('tell the schema of a result without rows', async () => {
    const batches = await collect({ sql: 'SELECT 1 AS a, NULL::text AS b WHERE false' });
    expect(batches.map(({ numRows, schema }) => [numRows, String(schema.fields)])).toEqual([
      [0, 'a: Int32,b: Utf8'],
    ]);
    expect(batches[0]!.schema.fields[1]!.metadata.get('postgres:type')).toBe('text');
  });

  test('come from a read-only snapshot with pinned settings', async () => {
    const names = [
      'transaction_isolation',
      'transaction_read_only',
      'TimeZone',
      'DateStyle',
      'statement_timeout',
    ];
    const sql = `SELECT ${names.map((name) => `current_setting('${name}') AS "${name}"`)}`;
    expect(rowsOf(await collect({ sql }))).toEqual([
      {
        transaction_isolation: 'repeatable read',
        transaction_read_only: 'on',
        TimeZone: 'UTC',
        DateStyle: 'ISO, DMY',
        statement_timeout: '0',
      },
    ]);
  });

  test('are reported on', async () => {
    const reports: number[] = [];
    const lines: string[] = [];
    const sql = 'SELECT g FROM generate_series(1, 300000) g';
    await collect({ sql, onProgress: ({ rows }) => reports.push(rows), onLog: (line) => lines.push(line) });
    expect(reports.at(-1)).toBe(300_000);
    expect(reports).toEqual(reports.toSorted((a, b) => a - b));
    expect(lines).toEqual([expect.stringContaining(`COPY (${sql}`)]);
  });
});

test('a slow consumer stops the server', async () => {
  const { host, port } = testServer();
  const proxy = await startProxy({ upstream: { host, port } });
  const dsn = new URL(database.dsn);
  dsn.host = `127.0.0.1:${proxy.port}`;
  const sql = "SELECT repeat('x', 1000) AS x FROM generate_series(1, 1000) a, generate_series(1, 1000) b";
  const batches = exportBatches({ connection: { dsn: dsn.href }, sql, batchRows: 1000 });
  try {
    await batches.next();
    const received = () => proxy.counters.bytesFromServer;
    for (let before = -1; received() !== before; ) {
      before = received();
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    // Of a billion bytes: some batches of a megabyte, and what the sockets' buffers hold.
    expect(received()).toBeLessThan(64e6);
    for (let i = 0; i < 100; i++) await batches.next();
    expect(received()).toBeGreaterThan(100e6);
  } finally {
    await batches.return();
    await proxy.close();
  }
});

test('a value that Arrow cannot hold becomes null on request, and is counted', async () => {
  const summaries: BatchSummary[] = [];
  const sql =
    "SELECT g AS n, CASE WHEN g % 10 > 0 THEN 'infinity'::date END AS d FROM generate_series(1, 20000) g";
  const batches = await collect({
    sql,
    onUnrepresentable: 'null',
    onSummary: (summary) => summaries.push(summary),
  });
  expect(new Table(batches).getChild('d')!.nullCount).toBe(20_000);
  expect(summaries).toEqual([
    { rows: 20_000, unrepresentable: { d: 18_000 }, elapsedMs: expect.any(Number) },
  ]);
});

describe('errors', () => {
  test.each([
    ['an option out of range', { sql: 'SELECT 1', batchRows: 0 }, 'usage', /batchRows is 0/],
    ['no query', { sql: undefined as unknown as string }, 'usage', /sql is undefined/],
    ['an unknown transport', { sql: 'SELECT 1', transport: 'tsv' as 'csv' }, 'usage', /tsv is no transport/],
    [
      'a server that is not there',
      { sql: 'SELECT 1', connection: { host: '127.0.0.1', port: 1 } },
      'connection',
      /./,
    ],
    ['a syntax error', { sql: 'SELEC 1' }, 'query', /syntax error/],
    ['a statement that writes', { sql: 'CREATE TABLE t (i int)' }, 'unsupported', /CREATE/],
  ] as const)('%s', async (_, options, code, message) => {
    const batches = exportBatches({ connection, ...options });
    await expect(batches.next()).rejects.toMatchObject({
      name: 'ExportError',
      code,
      message: expect.stringMatching(message),
    });
    expect(await batches.next()).toEqual({ done: true, value: undefined });
    expect(await otherSessions(database)).toBe(0);
  });

  test('an error of the query after many batches', async () => {
    let rows = 0;
    const reading = async () => {
      const sql = 'SELECT 1 / (150000 - g) AS x FROM generate_series(1, 2000000) g';
      for await (const batch of exportBatches({ connection, sql })) rows += batch.numRows;
    };
    await expect(reading).rejects.toMatchObject({ code: 'query', sqlState: '22012' });
    // What is left of the last batch has not been handed out.
    expect(rows).toBe(Math.floor(149_999 / 16_384) * 16_384);
    expect(await otherSessions(database)).toBe(0);
  });

  test('a value that Arrow cannot hold', async () => {
    const sql = "SELECT CASE g WHEN 20000 THEN 'infinity'::date END AS d FROM generate_series(1, 50000) g";
    await expect(collect({ sql })).rejects.toMatchObject({ code: 'value', column: 'd', row: 20_000 });
    expect(await otherSessions(database)).toBe(0);
  });

  test('an error of the caller’s own function', async () => {
    const error = new Error('my own');
    const onProgress = () => {
      throw error;
    };
    await expect(collect({ sql: ENDLESS, onProgress })).rejects.toBe(error);
    expect(await otherSessions(database)).toBe(0);
  });

  test('a connection that is terminated', async () => {
    const batches = exportBatches({ connection, sql: ENDLESS });
    await batches.next();
    await database.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    const rest = async () => {
      while (!(await batches.next()).done);
    };
    await expect(rest).rejects.toMatchObject({ code: 'connection' });
  });

  test('a count of rows that is not the one the server says', async () => {
    const bytes = await recordCopy(
      database.dsn,
      'COPY (SELECT FROM generate_series(1, 3)) TO STDOUT (FORMAT binary)',
    );
    const decoder = BinaryDecoder.create([], DECODE_FUNCTIONS, new DecodeFailures([], 'error'), {
      onBatch: () => {},
      maxRows: () => 1,
    });
    const reader = new RowReader(decoder, () => {});
    const tap = new CopyTap(() => {}, 1 << 16);
    tap.start(reader, (error) => expect.unreachable(String(error)));
    tap.feed(bytes);
    tap.flush();
    expect(() => reader.end(4)).toThrow('the server says that it sent 4 rows, but 3 came');
    expect(() => reader.end(3)).not.toThrow();
  });
});

/** A billion rows, the first of them at once. */
const ENDLESS = `SELECT a, b, c FROM generate_series(1, 1000) a, generate_series(1, 1000) b, generate_series(1, 1000) c`;

describe('leaving early', () => {
  test('by break', async () => {
    for await (const { numRows } of exportBatches({ connection, sql: ENDLESS })) {
      expect(numRows).toBe(16_384);
      expect(await otherSessions(database, 1)).toBe(1);
      break;
    }
    expect(await otherSessions(database)).toBe(0);
  });

  test('by an error of the consumer', async () => {
    const consume = async () => {
      for await (const _ of exportBatches({ connection, sql: ENDLESS })) throw new Error('had enough');
    };
    await expect(consume).rejects.toThrow('had enough');
    expect(await otherSessions(database)).toBe(0);
  });

  test('before the first batch: nothing is ever connected', async () => {
    const batches = exportBatches({ connection: { host: '127.0.0.1', port: 1 }, sql: ENDLESS });
    expect(await batches.return()).toEqual({ done: true, value: undefined });
  });
});

describe('an AbortSignal', () => {
  const ABORTED = { name: 'ExportError', code: 'aborted', cause: 'enough' };

  test('that has fired already', async () => {
    const batches = exportBatches({
      connection: { host: '127.0.0.1', port: 1 },
      sql: ENDLESS,
      signal: AbortSignal.abort('enough'),
    });
    await expect(batches.next()).rejects.toMatchObject(ABORTED);
  });

  test('that fires while the connection is being made', async () => {
    const { host, port } = testServer();
    const proxy = await startProxy({ upstream: { host, port }, faults: { stallAfter: 1 } });
    const control = new AbortController();
    const dsn = new URL(database.dsn);
    dsn.host = `127.0.0.1:${proxy.port}`;
    const batches = exportBatches({ connection: { dsn: dsn.href }, sql: ENDLESS, signal: control.signal });
    const first = batches.next();
    first.catch(() => {});
    await expect.poll(() => proxy.counters.bytesFromClient, { timeout: 10_000 }).toBeGreaterThan(0);
    control.abort('enough');
    await expect(first).rejects.toMatchObject(ABORTED);
    await proxy.close();
    expect(await otherSessions(database)).toBe(0);
  });

  test('that fires while the server works on the first row', async () => {
    const control = new AbortController();
    const batches = exportBatches({ connection, sql: 'SELECT pg_sleep(600)', signal: control.signal });
    const first = batches.next();
    first.catch(() => {});
    await expect.poll(() => database.query(RUNNING), { timeout: 10_000 }).toHaveLength(1);
    control.abort('enough');
    await expect(first).rejects.toMatchObject(ABORTED);
    expect(await otherSessions(database)).toBe(0);
  });

  test('that fires in the middle drops the batches that wait', async () => {
    const control = new AbortController();
    const batches = exportBatches({ connection, sql: ENDLESS, signal: control.signal });
    for (let rows = 0; rows < 100_000; ) rows += (await batches.next()).value!.numRows;
    control.abort('enough');
    await expect(batches.next()).rejects.toMatchObject(ABORTED);
    expect(await otherSessions(database)).toBe(0);
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });

  test('that fires while the consumer is elsewhere', async () => {
    const control = new AbortController();
    const batches = exportBatches({ connection, sql: ENDLESS, signal: control.signal });
    await batches.next();
    control.abort('enough');
    expect(await otherSessions(database)).toBe(0);
    await expect(batches.next()).rejects.toMatchObject(ABORTED);
  });
});

const RUNNING =
  "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%pg_sleep(600)%' AND state = 'active'";
