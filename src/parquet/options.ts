import type { Compression } from './compress.ts';
import { codecs } from './compress.ts';

/** How row groups are encoded. Plain data: structured clone carries it to worker threads. */
export interface ParquetOptions {
  readonly compression: Compression;
  /** The codec's own level; its range and default are in `codecs`. */
  readonly compressionLevel: number;
  /**
   * Bytes that the dictionaries of one row group's columns may take together, hash tables included. A column that
   * finds nothing left goes on with PLAIN pages.
   */
  readonly dictionaryMemory: number;
}

/** How a whole file is written. */
export interface ParquetFileOptions extends ParquetOptions {
  /** Entries of the footer's key-value metadata, such as `ARROW:schema`. */
  readonly keyValueMetadata: Readonly<Record<string, string>>;
  /** Name and version of the writing program, in the form `ddpp version 0.1.0`. */
  readonly createdBy: string;
}

/** zstd at level 1, 64 MiB of dictionaries. */
export const defaultParquetOptions: ParquetOptions = {
  compression: 'zstd',
  compressionLevel: codecs.zstd.defaultLevel,
  dictionaryMemory: 64 * 1024 * 1024,
};
