import type { ZstdOptions } from 'node:zlib';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';

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

// Pages of nulls and of one repeated dictionary entry are shorter than this: zstd gains nothing, and a call costs 40 µs.
const TINY_PAGE = 64;

function zstd(level: number): Compressor {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return {
    compress(input) {
      if (input.length <= TINY_PAGE) {
        return zstdRawFrame(input);
      }
      const options: ZstdOptions = {
        chunkSize: chunkSize(input.length),
        pledgedSrcSize: input.length,
        params,
      };
      return zstdCompressSync(input, options);
    },
  };
}

/** The output buffer that zlib starts with: 64 KiB at most for text, which shrinks, and enough for what does not. */
function chunkSize(inputLength: number): number {
  return inputLength <= 1 << 14 ? 1 << 14 : inputLength <= 1 << 16 ? 1 << 16 : 1 << 18;
}

/** A zstd frame of one raw block (RFC 8878, 3.1.1); the input is shorter than 256 bytes. */
function zstdRawFrame(input: Uint8Array): Uint8Array {
  const frame = new Uint8Array(9 + input.length);
  // Magic number; single segment with its size in one byte; last block, raw, with its size in the upper 21 bits.
  frame.set([0x28, 0xb5, 0x2f, 0xfd, 0x20, input.length]);
  const blockHeader = 1 | (input.length << 3);
  frame[6] = blockHeader;
  frame[7] = blockHeader >> 8;
  frame.set(input, 9);
  return frame;
}

function gzip(level: number): Compressor {
  return { compress: (input) => gzipSync(input, { level }) };
}

function uncompressed(): Compressor {
  return { compress: (input) => input };
}
