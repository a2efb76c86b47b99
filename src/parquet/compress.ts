import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { PageBuffer } from './page-buffer.ts';
import { reusableZstd } from './zstd-context.ts';

/** Codecs that pages can be compressed with. */
export type Compression = 'zstd' | 'gzip' | 'uncompressed';

/** Compresses one page after another. */
export interface Compressor {
  /** The result is valid until the next call, and may be the input itself. */
  compress(input: Uint8Array): Uint8Array;
}

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
  zstd: { id: 6, defaultLevel: 1, minLevel: 1, maxLevel: 22, compressor: zstd },
  gzip: { id: 2, defaultLevel: 6, minLevel: 1, maxLevel: 9, compressor: gzip },
  uncompressed: { id: 0, defaultLevel: 0, minLevel: 0, maxLevel: 0, compressor: uncompressed },
};

function zstd(level: number): Compressor {
  let frames = reusableZstd(level);
  const output = new PageBuffer();
  return {
    compress(input) {
      if (frames !== null) {
        output.shrink();
        output.reserve(zstdBound(input.length), 0);
        const length = frames(input, output.bytes);
        if (length !== null) {
          return output.bytes.subarray(0, length);
        }
        frames = null;
      }
      return zstdAlone(input, level);
    },
  };
}

/** The most bytes that a frame takes (zstd.h, ZSTD_COMPRESSBOUND, rounded up). */
function zstdBound(length: number): number {
  return length + (length >>> 8) + 128;
}

function zstdAlone(input: Uint8Array, level: number): Uint8Array {
  return zstdCompressSync(input, {
    // zlib's 16 KiB mean many small outputs; larger ones cost more to allocate than they save.
    chunkSize: input.length <= 1 << 14 ? 1 << 14 : 1 << 16,
    pledgedSrcSize: input.length,
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });
}

function gzip(level: number): Compressor {
  return { compress: (input) => gzipSync(input, { level }) };
}

function uncompressed(): Compressor {
  return { compress: (input) => input };
}
