import { ExportError } from '../errors.ts';
import { type Compression, codecs } from './compression/compress.ts';

/**
 * Which encodings pages may have: PLAIN and RLE_DICTIONARY, which every reader knows, or also DELTA_BINARY_PACKED,
 * DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY and BYTE_STREAM_SPLIT, where they are smaller.
 */
export type EncodingChoice = 'compatible' | 'compact';

const ENCODING_CHOICES: readonly EncodingChoice[] = ['compatible', 'compact'];

/** How row groups are encoded. Plain data: structured clone carries it to worker threads. */
export interface ParquetOptions {
  readonly encoding: EncodingChoice;
  readonly compression: Compression;
  /** The codec's own level; its range and default are in `codecs`. */
  readonly compressionLevel: number;
  /** Names of the columns whose chunks get bloom filters; of a nested column, all its leaves. */
  readonly bloomFilters: readonly string[];
  /**
   * Bytes that the dictionaries of one row group's columns may take together, hash tables included. A column that
   * finds nothing left goes on without one.
   */
  readonly dictionaryMemory: number;
  /** Whether row groups get checksums of their values, to verify the file by. */
  readonly checksums: boolean;
}

/** One column that the rows of a file are sorted by. */
export interface SortingColumn {
  /** Index of the field, which is not nested. */
  readonly field: number;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

/** How a whole file is written. */
export interface ParquetFileOptions extends ParquetOptions {
  /** What the rows are sorted by, in the format's order of their types; empty where nothing is known. */
  readonly sortingColumns: readonly SortingColumn[];
  /** Entries of the footer's key-value metadata, such as `ARROW:schema`. */
  readonly keyValueMetadata: Readonly<Record<string, string>>;
  /** Name and version of the writing program, in the form `ddpp version 0.1.0`. */
  readonly createdBy: string;
}

/** What a user may choose; what is missing has a default. */
export interface ParquetChoices {
  /** Encodings that pages may have; default `compatible`. */
  readonly encoding?: EncodingChoice | undefined;
  /** Codec of the pages; default `zstd`. `snappy` and `lz4_raw` need their optional packages. */
  readonly compression?: Compression | undefined;
  /** The codec's level; default 1 for zstd, 6 for gzip. */
  readonly compressionLevel?: number | undefined;
  /** Names of columns that get bloom filters; default none. */
  readonly bloomFilters?: readonly string[] | undefined;
}

const DICTIONARY_MEMORY = 64 * 1024 * 1024;

/**
 * The choices with their defaults. Throws `ExportError`: `usage` for a choice that there is not, `unsupported` for a
 * codec whose package is not installed.
 */
export function parquetOptions(choices: ParquetChoices): ParquetOptions {
  const { encoding = 'compatible', compression = 'zstd', bloomFilters = [] } = choices;
  if (!ENCODING_CHOICES.includes(encoding)) {
    throw usage(`${encoding} is no choice of encodings`, `choose one of ${ENCODING_CHOICES.join(', ')}`);
  }
  if (!Object.hasOwn(codecs, compression)) {
    throw usage(`${compression} is no compression`, `choose one of ${Object.keys(codecs).join(', ')}`);
  }
  const { minLevel, maxLevel, defaultLevel, compressor } = codecs[compression];
  const compressionLevel = choices.compressionLevel ?? defaultLevel;
  if (!Number.isInteger(compressionLevel) || compressionLevel < minLevel || compressionLevel > maxLevel) {
    throw usage(
      `compressionLevel of ${compression} is ${compressionLevel}`,
      maxLevel === 0
        ? 'leave it out: the codec has none'
        : `give a whole number from ${minLevel} to ${maxLevel}`,
    );
  }
  compressor(compressionLevel);
  return {
    encoding,
    compression,
    compressionLevel,
    bloomFilters,
    dictionaryMemory: DICTIONARY_MEMORY,
    checksums: false,
  };
}

function usage(message: string, hint: string): ExportError {
  return new ExportError('usage', message, { stage: 'options', hint });
}
