import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { ExportError } from '../../errors.ts';
import { type Compressor, copying } from './compressor.ts';
import { zstdCompressor } from './zstd.ts';

/** Codecs that pages can be compressed with. */
export type Compression = 'zstd' | 'snappy' | 'gzip' | 'lz4_raw' | 'uncompressed';

/** One codec: its number in Parquet's `CompressionCodec`, and its levels; from 0 to 0 where it has none. */
export interface Codec {
  readonly id: number;
  readonly defaultLevel: number;
  readonly minLevel: number;
  readonly maxLevel: number;
  /** Throws `ExportError` (`unsupported`) where the codec's package is not installed. */
  readonly compressor: (level: number) => Compressor;
}

const noLevels = { defaultLevel: 0, minLevel: 0, maxLevel: 0 };

/** Every codec, by the name that users give it. */
export const codecs: Readonly<Record<Compression, Codec>> = {
  zstd: { id: 6, defaultLevel: 1, minLevel: 1, maxLevel: 22, compressor: zstdCompressor },
  snappy: { id: 1, ...noLevels, compressor: snappy },
  gzip: { id: 2, defaultLevel: 6, minLevel: 1, maxLevel: 9, compressor: gzip },
  lz4_raw: { id: 7, ...noLevels, compressor: lz4 },
  uncompressed: { id: 0, ...noLevels, compressor: uncompressed },
};

const require = createRequire(import.meta.url);

function gzip(level: number): Compressor {
  return copying((input) => gzipSync(input, { level }));
}

function uncompressed(): Compressor {
  return copying((input) => input);
}

function snappy(): Compressor {
  const { compressSync } = requirePackage<typeof import('snappy')>('snappy', 'snappy');
  return copying(compressSync);
}

function lz4(): Compressor {
  const { compressSync } = requirePackage<typeof import('lz4-napi')>('lz4-napi', 'lz4_raw');
  // The package puts the input's length, 4 bytes, before the block.
  return copying((input) => compressSync(asBuffer(input)).subarray(4));
}

function asBuffer(input: Uint8Array): Buffer {
  return Buffer.from(input.buffer, input.byteOffset, input.length);
}

/** Loads an optional dependency, and the native library in it: it may be missing, or be of another platform. */
export function requirePackage<T>(name: string, codec: Compression): T {
  try {
    return require(name) as T;
  } catch (cause) {
    throw new ExportError(
      'unsupported',
      `the codec ${codec} needs the package ${name}, which cannot be loaded`,
      {
        stage: 'options',
        hint: `install it with npm install ${name}, or choose another codec`,
        cause,
      },
    );
  }
}
