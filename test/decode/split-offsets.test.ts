import { describe, expect, test } from 'vitest';
import type { RecordBatch } from '../../src/columns/column.ts';
import { DecodeFailures } from '../../src/decode/failures.ts';
import { copySql, type Transport } from '../../src/postgres/copy-sql.ts';
import { CopyTap } from '../../src/postgres/copy-tap.ts';
import type { ColumnPlan } from '../../src/types/pg-type.ts';
import { DECODE_FUNCTIONS } from '../../src/types/registry.ts';
import { batchRows } from '../support/batches.ts';
import { recordCopy } from '../support/copy-bytes.ts';
import { DECODERS, type Decoded, decodeChunks as decodeCopy, scalarColumn } from '../support/decode-copy.ts';
import { feedAlone } from '../support/feed-alone.ts';
import { testDatabase } from '../support/server.ts';

const COLUMNS = ['int4', 'int8', 'text', 'inet', 'bool', 'float8', 'timestamptz'];
const ROWS = `SELECT g, g::int8 * 1000000007, CASE WHEN g > 5 AND g % 3 > 0 THEN repeat('né", ''', g % 4) || E'\\n' END, inet '10.0.0.0' + g,
  g % 2 = 0, CASE WHEN g % 4 > 0 THEN sqrt(g) END, timestamptz '2026-01-01 00:00+00' + g * interval '1 second'
  FROM generate_series(1, 9) g`;

const database = testDatabase('split_offsets');

const COLUMN_PLANS = COLUMNS.map((typname) => scalarColumn(typname));
/** After CopyData come CopyDone, CommandComplete and ReadyForQuery: 5, 12 and 6 bytes. */
const AFTER_DATA = 23;

function decodeChunks(
  transport: Transport,
  chunks: readonly Uint8Array[],
  { columns = COLUMN_PLANS, maxRows = 4 } = {},
): Decoded {
  return decodeCopy(transport, columns, chunks, maxRows);
}

function record(transport: Transport): Promise<Uint8Array> {
  return recordCopy(database.dsn, copySql(ROWS, COLUMN_PLANS, transport));
}

describe.each(['binary', 'csv'] as const)('a %s COPY stream of a real server', (transport) => {
  test('gives the same rows and messages wherever it is cut in two', async () => {
    const stream = await record(transport);
    const whole = decodeChunks(transport, [stream]);
    expect(whole.rows).toHaveLength(9);
    expect(whole.rows[2]!.slice(0, 3)).toEqual(['03000000', int64(3000000021n), null]);
    for (let offset = 1; offset < stream.length; offset++) {
      const chunks = [stream.subarray(0, offset), stream.subarray(offset)];
      expect(decodeChunks(transport, chunks), `cut at ${offset}`).toEqual(whole);
    }
  });

  test('gives the same in pieces of every size, batches of every length', async () => {
    const stream = await record(transport);
    const whole = decodeChunks(transport, [stream]);
    for (let size = 1; size < 64; size++) {
      const pieces: Uint8Array[] = [];
      for (let p = 0; p < stream.length; p += size) pieces.push(stream.subarray(p, p + size));
      const decoded = decodeChunks(transport, pieces, { maxRows: 1 + (size % 11) });
      expect(decoded, `pieces of ${size}`).toEqual(whole);
    }
  });
});

describe.each(['binary', 'csv'] as const)('two %s streams that are decoded in turn', (transport) => {
  const OTHER_ROWS = ROWS.replace('generate_series(1, 9)', 'generate_series(101, 115)');

  /** Feeds pieces of two streams in turn to two decoders of the same batches. */
  function decodeInTurn(streams: readonly Uint8Array[], size: number, failures: readonly DecodeFailures[]) {
    const batches: RecordBatch[] = [];
    const [own, others] = failures as [DecodeFailures, DecodeFailures];
    const decoder = DECODERS[transport].create(COLUMN_PLANS, DECODE_FUNCTIONS, own, {
      onBatch: (batch) => batches.push(batch),
      maxRows: () => 4,
    });
    const decoders = [decoder, decoder.sibling(others)];
    let failure: unknown = null;
    const taps = decoders.map((each) => {
      const tap = new CopyTap(() => {}, 1 << 20);
      tap.start(each, (error) => {
        failure ??= error;
      });
      return tap;
    });
    const longest = Math.max(...streams.map(({ length }) => length));
    for (let p = 0; p < longest; p += size) {
      taps.forEach((tap, i) => {
        feedAlone(tap, streams[i]!.subarray(p, p + size));
      });
    }
    if (failure !== null) throw failure;
    for (const each of decoders) each.end();
    decoder.finish();
    return { rows: batchRows(batches), counts: decoders.map(({ rowCount }) => rowCount) };
  }

  const noFailures = () => [0, 1].map(() => new DecodeFailures(COLUMN_PLANS, 'error'));

  test('fill the same batches with the rows of both, and know which are theirs', async () => {
    const streams = await Promise.all(
      [ROWS, OTHER_ROWS].map((sql) => recordCopy(database.dsn, copySql(sql, COLUMN_PLANS, transport))),
    );
    const each = streams.map((stream) => decodeChunks(transport, [stream]).rows);
    const key = (row: readonly (string | null)[]) => JSON.stringify(row);
    const expected = each.flat().map(key).toSorted();
    for (let size = 1; size < 300; size += 7) {
      const { rows, counts } = decodeInTurn(streams, size, noFailures());
      expect(rows.map(key).toSorted(), `pieces of ${size}`).toEqual(expected);
      expect(counts).toEqual([9, 15]);
    }
  });

  test('name the row of the stream that a value came with', async () => {
    const infinite = OTHER_ROWS.replace(
      "timestamptz '2026-01-01 00:00+00' + g * interval '1 second'",
      "CASE WHEN g = 112 THEN timestamptz 'infinity' ELSE now() END",
    );
    const streams = await Promise.all(
      [ROWS, infinite].map((sql) => recordCopy(database.dsn, copySql(sql, COLUMN_PLANS, transport))),
    );
    for (const size of [10, 100, 10_000]) {
      expect(() => decodeInTurn(streams, size, noFailures())).toThrow(
        expect.objectContaining({ code: 'value', column: 'timestamptz', row: 12 }),
      );
    }
    // Each counts what it made null, and goes on.
    const failures = [0, 1].map(() => new DecodeFailures(COLUMN_PLANS, 'null'));
    expect(decodeInTurn(streams, 50, failures).rows).toHaveLength(24);
    expect(failures.map((each) => each.unrepresentableCounts())).toEqual([{}, { timestamptz: 1 }]);
  });
});

test('both transports give the same rows', async () => {
  const [binary, csv] = [await record('binary'), await record('csv')];
  expect(decodeChunks('csv', [csv]).rows).toEqual(decodeChunks('binary', [binary]).rows);
});

test('a binary stream is refused with a plain error wherever it ends early', async () => {
  const stream = await record('binary');
  for (let length = 0; length < stream.length - AFTER_DATA; length++) {
    expect(() => decodeChunks('binary', [stream.subarray(0, length)]), `${length} bytes`).toThrow(
      expect.objectContaining({ name: 'ExportError', code: 'protocol', stage: 'decode' }),
    );
  }
});

test('a binary stream is refused if it has other columns than planned', async () => {
  const stream = await record('binary');
  const decode = (columns: ColumnPlan[]) => () => decodeChunks('binary', [stream], { columns });
  expect(decode(COLUMN_PLANS.slice(1))).toThrow('a row has 7 fields instead of 6');
  const [first, second, ...rest] = COLUMN_PLANS as [ColumnPlan, ColumnPlan, ...ColumnPlan[]];
  expect(decode([second, first, ...rest])).toThrow('a value of type int8 came with 4 bytes instead of 8');
});

test('a CSV stream is refused if it has other columns than planned', async () => {
  const stream = await record('csv');
  const decode = (columns: ColumnPlan[]) => () => decodeChunks('csv', [stream], { columns });
  const malformed = expect.objectContaining({ name: 'ExportError', stage: 'decode', row: 1 });
  expect(decode(COLUMN_PLANS.slice(1))).toThrow(malformed);
  expect(decode([...COLUMN_PLANS, scalarColumn('text')])).toThrow(malformed);
  expect(decode([COLUMN_PLANS[0]!, scalarColumn('bool'), ...COLUMN_PLANS.slice(2)])).toThrow(
    'a value of type bool is not a valid value of its type',
  );
});

test('a message larger than the block size is refused, naming the option', () => {
  const tap = new CopyTap(() => {}, 1 << 10);
  const failures: unknown[] = [];
  tap.start({ decode: (_b, _v, p) => p }, (error) => failures.push(error));
  const header = Uint8Array.from([0x64, 0, 0, 0x10, 0]);
  tap.feed(header);
  tap.flush();
  expect(failures).toEqual([
    expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('--block-size') }),
  ]);
});

function int64(value: bigint): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes.toString('hex');
}
