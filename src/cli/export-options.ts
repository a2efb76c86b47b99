import type { ConnectionOptions, ExportOptions } from '../export/options.ts';
import type { OptionValues } from './options.ts';

/** The options of the command line, or of a configuration, that say how rows are read and written. */
export function exportChoices(values: Partial<OptionValues>) {
  const { columnType: columnTypes, numeric, onUnrepresentable, duplicateColumns } = values;
  const { blockSize, transport, rowGroupSize } = values;
  const { encoding, bloomFilter: bloomFilters, compression, compressionLevel } = values;
  return {
    columnTypes,
    numeric,
    onUnrepresentable,
    duplicateColumns,
    blockSize,
    transport,
    rowGroupSize,
    encoding,
    bloomFilters,
    compression,
    compressionLevel,
  } satisfies Partial<ExportOptions>;
}

/** The connection that the command line gives. */
export function connectionOptions(values: Partial<OptionValues>): ConnectionOptions {
  const { dsn, host, port, dbname, user, password, service, connectTimeout, connectRetries } = values;
  return { dsn, host, port, dbname, user, password, service, connectTimeout, connectRetries };
}

/** All that the command line says of one export. */
export function exportOptions(values: OptionValues, sql: string): ExportOptions {
  const { out, verify, jobs, maxMemory, keepTemp, tempDir } = values;
  const connection = connectionOptions(values);
  return { ...exportChoices(values), sql, out, verify, connection, jobs, maxMemory, keepTemp, tempDir };
}
