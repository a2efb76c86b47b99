/** The library: everything that a program may use. What is not exported here may change at any time. */
import type { DataType, RecordBatch } from 'apache-arrow';
import { exportBatches as batches } from './export/batches.ts';
import { exportToParquet as toParquet } from './export/export.ts';
import type { BatchOptions, ExportOptions, ExportSummary } from './export/options.ts';
import { PGOID_TO_ARROW as pgoidToArrow, requestedTypes } from './export/pgoid-to-arrow.ts';

export { type ErrorCode, ExportError, type ExportErrorDetails, type Stage } from './errors.ts';
export type {
  BatchOptions,
  BatchSummary,
  Compression,
  ConnectionOptions,
  ExportOptions,
  ExportProgress,
  ExportSummary,
  QueryOptions,
  Transport,
} from './export/options.ts';

/**
 * Exports the result of a query to a Parquet file. The file appears at its final name whole, or not at all.
 *
 * Throws `ExportError`. By then the query has been cancelled on the server, the connections are closed, and a file that
 * was there before is as it was.
 *
 * @example
 * ```ts
 * import { exportToParquet } from 'ddpp';
 *
 * const { rows } = await exportToParquet({
 *   sql: 'SELECT n, n * n AS square FROM generate_series(1, 1000) AS n',
 *   out: 'squares.parquet',
 * });
 * console.log(rows); // 1000
 * ```
 */
export async function exportToParquet(options: ExportOptions): Promise<ExportSummary> {
  return toParquet(options, { overrides: requestedTypes() });
}

/**
 * Reads the result of a query as `apache-arrow` record batches, over one connection, in the query's order. All batches
 * have the same schema; a result without rows gives one batch without rows, so that its schema is known.
 *
 * The query starts when the first batch is asked for. While the consumer is busy, two batches wait at most and the
 * server stands still. Leaving the loop, by `break` or by an error, cancels the query and closes the connection.
 * Batches stay valid for as long as they are kept.
 *
 * Throws `ExportError`, possibly after many batches: they are the whole result only if the loop ends without one.
 *
 * @example
 * ```ts
 * import { exportBatches } from 'ddpp';
 *
 * let sum = 0n;
 * for await (const batch of exportBatches({ sql: 'SELECT n::int8 FROM generate_series(1, 100000) AS n' })) {
 *   for (const n of batch.getChild('n')!) sum += n;
 * }
 * console.log(sum); // 5000050000n
 * ```
 */
export async function* exportBatches(options: BatchOptions): AsyncGenerator<RecordBatch, void, undefined> {
  yield* batches(options, requestedTypes());
}

/**
 * The Arrow type of each built-in Postgres type, by its OID in `pg_type`. It may be changed: `set` asks for another type
 * of `apache-arrow`, `delete` for text as the server prints it. `exportToParquet` and `exportBatches` read it when they
 * start, and throw `ExportError` before the first row if a column cannot become what is asked for.
 *
 * What an entry says also holds for domains over the type, and within arrays and composite types; these may have entries
 * of their own. `numeric` (1700) begins as text, which stands for `numeric` without precision; an entry that is set counts
 * for every `numeric`.
 *
 * @example
 * ```ts
 * import { Float64 } from 'apache-arrow';
 * import { exportBatches, PGOID_TO_ARROW } from 'ddpp';
 *
 * const NUMERIC = 1700;
 * PGOID_TO_ARROW.set(NUMERIC, new Float64());
 * for await (const batch of exportBatches({ sql: 'SELECT 1.5 AS x' })) {
 *   console.log(batch.getChild('x')!.get(0) + 1); // 2.5
 * }
 * ```
 */
export const PGOID_TO_ARROW: Map<number, DataType> = pgoidToArrow;
