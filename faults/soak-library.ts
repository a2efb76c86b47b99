/**
 * The library in one long process: makes the exports that `soak.ts` asks for by messages, one at a time, and answers each
 * with what came of it and what the process takes by then.
 */
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExportError, exportBatches, exportToParquet } from '../src/index.ts';

/** One export that the library is to make. */
export interface LibraryOrder {
  readonly kind: 'file' | 'batches';
  readonly connection: { readonly dsn: string; readonly application: string };
  readonly sql: string;
  readonly rows: number;
  readonly out: string;
  /** Milliseconds after which it is aborted; null for never. */
  readonly abortAfter: number | null;
  /** Batches after which the consumer has had enough; null for never. */
  readonly leaveAfter: number | null;
  readonly jobs: number;
}

export interface LibraryAnswer {
  /** `done`: all rows came, to be compared if they are in a file; `ended`: by an error, or early as it was asked to. */
  readonly outcome: 'done' | 'ended' | 'wrong';
  readonly message: string;
  readonly rows: number;
  readonly lost: number;
  readonly doubled: number;
  /** Resident bytes of the process. */
  readonly rss: number;
  readonly openFiles: number;
}

type Result = Omit<LibraryAnswer, 'rss' | 'openFiles'>;

process.on('message', async (order: LibraryOrder) => {
  const result = await make(order);
  const openFiles = readdirSync('/dev/fd').length;
  process.send!({ ...result, rss: process.memoryUsage.rss(), openFiles } satisfies LibraryAnswer);
});
process.on('disconnect', () => process.exit());

async function make(order: LibraryOrder): Promise<Result> {
  const stop = new AbortController();
  const timer = new AbortController();
  if (order.abortAfter !== null)
    sleep(order.abortAfter, undefined, { signal: timer.signal }).then(
      () => stop.abort(),
      () => {},
    );
  process.env.PGAPPNAME = order.connection.application;
  try {
    return order.kind === 'file' ? await makeFile(order, stop.signal) : await readBatches(order, stop.signal);
  } catch (error) {
    const expected = error instanceof ExportError && error.code !== 'internal' && error.code !== 'usage';
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { outcome: expected ? 'ended' : 'wrong', message, rows: 0, lost: 0, doubled: 0 };
  } finally {
    timer.abort();
  }
}

async function makeFile({ connection, sql, out, jobs }: LibraryOrder, signal: AbortSignal): Promise<Result> {
  const { dsn } = connection;
  const { rows } = await exportToParquet({
    connection: { dsn },
    sql,
    out,
    jobs,
    rowGroupSize: 20_000,
    signal,
  });
  return { outcome: 'done', message: '', rows, lost: 0, doubled: 0 };
}

async function readBatches(order: LibraryOrder, signal: AbortSignal): Promise<Result> {
  const seen = new Uint8Array(order.rows + 1);
  let batches = 0;
  let rows = 0;
  let doubled = 0;
  for await (const batch of exportBatches({
    connection: { dsn: order.connection.dsn },
    sql: order.sql,
    signal,
  })) {
    rows += batch.numRows;
    for (const id of batch.getChild('id')!.toArray() as BigInt64Array) doubled += seen[Number(id)]! && 1;
    for (const id of batch.getChild('id')!.toArray() as BigInt64Array) seen[Number(id)] = 1;
    if (++batches === order.leaveAfter) return { outcome: 'ended', message: 'left', rows, lost: 0, doubled };
  }
  const lost = order.rows - seen.reduce((sum, each) => sum + each, 0);
  return { outcome: lost + doubled === 0 ? 'done' : 'wrong', message: '', rows, lost, doubled };
}
