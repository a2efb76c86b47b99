/**
 * `ddpp/parquet`: the Parquet writer alone, for record batches of `apache-arrow` from anywhere.
 *
 * @example
 * ```ts
 * import { open } from 'node:fs/promises';
 * import { tableFromArrays } from 'apache-arrow';
 * import { ParquetWriter } from 'ddpp/parquet';
 *
 * const table = tableFromArrays({ id: Int32Array.of(1, 2, 3), ra: Float64Array.of(10.5, 20.5, 30.5) });
 * const file = await open('points.parquet', 'w');
 * const output = { write: (chunks: readonly Uint8Array[]) => file.writeFile(Buffer.concat(chunks)) };
 * const writer = new ParquetWriter(output, table.schema, { bloomFilters: ['id'] });
 * for (const batch of table.batches) await writer.write(batch);
 * const { rows } = await writer.close();
 * await file.close();
 * console.log(rows); // 3
 * ```
 */
export { type ErrorCode, ExportError, type ExportErrorDetails, type Stage } from './errors.ts';
export {
  type Compression,
  type EncodingChoice,
  type ParquetOutput,
  type ParquetSummary,
  ParquetWriter,
  type ParquetWriterOptions,
  type SortedBy,
} from './export/parquet-writer.ts';
