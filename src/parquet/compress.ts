import type { ZstdOptions } from 'node:zlib';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';

/** Codecs that pages can be compressed with. */
export type Compression = 'zstd' | 'gzip' | 'uncompressed';

/** One codec: its number in Parquet's `CompressionCodec` and its levels. */
export interface Codec {
  readonly id: number;
  readonly defaultLevel: number;
  readonly minLevel: number;
  readonly maxLevel: number;
  readonly compress: (input: Uint8Array, level: number) => Uint8Array;
}

/** Every codec, by the name that users give. */
export const codecs: Readonly<Record<Compression, Codec>> = {
  zstd: { id: 6, defaultLevel: 1, minLevel: 1, maxLevel: 22, compress: zstd },
  gzip: {
    id: 2,
    defaultLevel: 6,
    minLevel: 1,
    maxLevel: 9,
    compress: (input, level) => gzipSync(input, { level }),
  },
  uncompressed: { id: 0, defaultLevel: 0, minLevel: 0, maxLevel: 0, compress: (input) => input },
};

function zstd(input: Uint8Array, level: number): Uint8Array {
  const options: ZstdOptions = {
    chunkSize: 1 << 16,
    pledgedSrcSize: input.length,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  };
  return zstdCompressSync(input, options);
}
