/**
 * Times decoder and encoder alone, on COPY bytes recorded from the benchmark's tables: no server and no socket while the
 * clock runs. `node bench/micro.ts --dsn <string> [--scale <number>] [--rounds <count>]`
 */
import { parseArgs } from 'node:util';
import { MAX_BATCH_ROWS } from '../src/decode/batch-assembler.ts';
import { DecodeFailures } from '../src/decode/failures.ts';
import { beginPlanned } from '../src/export/begin.ts';
import { PacedEncoder } from '../src/export/jobs/paced-encoder.ts';
import { DECODERS } from '../src/export/jobs/row-reader.ts';
import { parquetOptions } from '../src/parquet/options.ts';
import { RowGroupEncoder } from '../src/parquet/row-group-encoder.ts';
import { resolveConninfo } from '../src/postgres/connect/conninfo.ts';
import { copySql, TRANSPORTS, type Transport } from '../src/postgres/copy-sql.ts';
import { Session } from '../src/postgres/session.ts';
import { rollback } from '../src/postgres/transaction.ts';
import type { Field } from '../src/types/kinds.ts';
import type { ColumnPlan } from '../src/types/pg-type.ts';
import { DECODE_FUNCTIONS } from '../src/types/registry.ts';
import { median } from './results.ts';
import { buildTables, SCHEMA, TABLES } from './tables.ts';

const { values } = parseArgs({
  options: {
    dsn: { type: 'string' },
    scale: { type: 'string', default: '0.05' },
    rounds: { type: 'string', default: '7' },
  },
});
if (values.dsn === undefined) throw new Error('give --dsn <string>');

/** A COPY as it came, in chunks of the size that sockets give, each with whole messages. */
interface Recording {
  readonly columns: readonly ColumnPlan[];
  readonly fields: readonly Field[];
  readonly transport: Transport;
  readonly chunks: readonly Uint8Array[];
}

const CHUNK = 256 << 10;
const COPY_DATA = 0x64;

async function record(session: Session, table: string, transport: Transport): Promise<Recording> {
  const options = { sql: `SELECT * FROM ${SCHEMA}.${table}` };
  const { plan } = await beginPlanned(session, options, new Map(), () => {});
  const chunks: Uint8Array[] = [];
  let pending: Uint8Array[] = [];
  let size = 0;
  const flush = () => {
    chunks.push(Uint8Array.from(Buffer.concat(pending)));
    pending = [];
    size = 0;
  };
  await session.copyOut(copySql(plan.query, plan.columns, transport), {
    decode(b, v, p, stop) {
      let at = p;
      while (at + 5 <= stop && b[at] === COPY_DATA && at + 1 + v.getInt32(at + 1) <= stop)
        at += 1 + v.getInt32(at + 1);
      pending.push(b.slice(p, at));
      size += at - p;
      if (size >= CHUNK) flush();
      return at;
    },
  });
  flush();
  await rollback(session);
  return { columns: plan.columns, fields: plan.fields, transport, chunks };
}

/** Decodes a recording, and encodes it as well where that is wanted; gives the seconds. */
function time({ columns, fields, transport, chunks }: Recording, encode: boolean): number {
  const failures = new DecodeFailures(columns, 'error');
  const rowGroups = new RowGroupEncoder(fields, parquetOptions({}));
  const limits = { rows: 1_000_000, pageRows: MAX_BATCH_ROWS, bytes: 128 << 20 };
  const encoder: PacedEncoder = new PacedEncoder(rowGroups, limits, {
    onRowGroup: ({ blocks }) => rowGroups.recycle(blocks),
    recycle: (index, column) => decoder.recycleColumn(index, column),
  });
  const decoder = DECODERS[transport].create(columns, DECODE_FUNCTIONS, failures, {
    onBatch(batch) {
      if (encode) encoder.push(batch);
      else for (const [i, column] of batch.columns.entries()) decoder.recycleColumn(i, column);
    },
    maxRows: () => (encode ? encoder.maxRows : limits.rows),
  });
  const start = performance.now();
  decoder.begin();
  for (const chunk of chunks) {
    decoder.decode(chunk, new DataView(chunk.buffer, chunk.byteOffset, chunk.length), 0, chunk.length);
    if (encode) encoder.keepPace(decoder.fill);
  }
  decoder.end();
  decoder.finish();
  encoder.finish();
  return (performance.now() - start) / 1000;
}

await buildTables(values.dsn, Number(values.scale), console.log);
const session = await Session.open(resolveConninfo({ dsn: values.dsn }), 64 << 20);
for (const table of Object.keys(TABLES)) {
  for (const transport of TRANSPORTS) {
    const recording = await record(session, table, transport);
    const bytes = recording.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    for (const [name, encode] of [
      ['decode', false],
      ['decode and encode', true],
    ] as const) {
      // The first round is not counted: it compiles.
      time(recording, encode);
      const seconds = median(Array.from({ length: Number(values.rounds) }, () => time(recording, encode)));
      const rate = (bytes / 1e6 / seconds).toFixed(1);
      console.log(`${table.padEnd(16)} ${transport.padEnd(7)} ${name.padEnd(18)} ${rate.padStart(8)} MB/s`);
    }
  }
}
await session.close();
