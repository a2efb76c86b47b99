import { gzipSync } from 'node:zlib';
import type { Compressor } from './compressor.ts';
import { zstdCompressor } from './zstd.ts';

/** Codecs that pages can be compressed with. */
export type Compression = 'zstd' | 'gzip' | 'uncompressed';

/** One codec: its number in Parquet's `CompressionCodec`, and its levels. */
export interface Codec {
  readonly id: number;
  readonly defaultLevel: number;
  readonly minLevel: number;
  readonly maxLevel: number;
  readonly compressor: (level: number) => Compressor;
}

/** Every codec, by the name that users give it. */
export const codecs: Readonly<Record<Compression, Codec>> = {
  zstd: { id: 6, defaultLevel: 1, minLevel: 1, maxLevel: 22, compressor: zstdCompressor },
  gzip: { id: 2, defaultLevel: 6, minLevel: 1, maxLevel: 9, compressor: gzip },
  uncompressed: { id: 0, defaultLevel: 0, minLevel: 0, maxLevel: 0, compressor: uncompressed },
};

function gzip(level: number): Compressor {
  return { compress: (input) => gzipSync(input, { level }) };
}

function uncompressed(): Compressor {
  return { compress: (input) => input };
}
