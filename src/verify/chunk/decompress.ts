import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { ExportError } from '../../errors.ts';
import { requirePackage } from '../../parquet/compression/compress.ts';
import { Problem } from '../problem.ts';

/** Larger pages are refused: nobody writes them, and they would have to be in memory as a whole. */
export const MAX_PAGE_BYTES = 1 << 29;

/** Unpacks a page to exactly `size` bytes. Throws `Problem`, or `ExportError` where a codec's package is missing. */
export type Decompress = (input: Uint8Array, size: number) => Uint8Array;

interface Codec {
  readonly name: string;
  /** No codec makes more bytes of one: what claims more is wrong, and is found before memory is taken for it. */
  readonly most: number;
  readonly decompress: Decompress;
}

const CODECS: Readonly<Record<number, Codec>> = {
  0: { name: 'UNCOMPRESSED', most: 1, decompress: (input) => input },
  1: { name: 'SNAPPY', most: 32, decompress: snappy },
  2: { name: 'GZIP', most: 1040, decompress: gzip },
  4: { name: 'BROTLI', most: 1 << 20, decompress: brotli },
  6: { name: 'ZSTD', most: 1 << 17, decompress: zstd },
  7: { name: 'LZ4_RAW', most: 256, decompress: lz4 },
};

const UNCHECKED: Readonly<Record<number, string>> = { 3: 'LZO', 5: 'LZ4 with Hadoop frames' };

/** The decompressor of a codec by its number in `CompressionCodec`. */
export function decompressor(codec: number): Decompress {
  const known = CODECS[codec];
  if (known === undefined) {
    const name = UNCHECKED[codec];
    throw new Problem(
      name === undefined ? `there is no codec ${codec}` : `pages in ${name} cannot be checked`,
    );
  }
  return (input, size) => {
    if (size > (input.length + 16) * known.most) {
      throw new Problem(`${input.length} bytes of ${known.name} cannot hold the ${size} that it claims`);
    }
    if (size === 0 && input.length === 0) return input;
    const output = unpack(known, input, size);
    if (output.length === size) return output;
    throw new Problem(`it unpacks to ${output.length} bytes, its header says ${size}`);
  };
}

function unpack({ name, decompress }: Codec, input: Uint8Array, size: number): Uint8Array {
  try {
    const { buffer, byteOffset, length } = decompress(input, size);
    // A Buffer's slice() would be no copy.
    return new Uint8Array(buffer, byteOffset, length);
  } catch (error) {
    if (error instanceof Problem || error instanceof ExportError) throw error;
    throw new Problem(`it is not valid ${name}: ${(error as Error).message}`);
  }
}

/** One buffer that takes all, so that nothing has to be put together; large ones grow only as they fill. */
function outputOptions(size: number): { chunkSize: number; maxOutputLength: number; info: true } {
  return { chunkSize: Math.min(size + 64, 1 << 22), maxOutputLength: Math.max(size, 1), info: true };
}

/** With `info`, Node.js also says how much of the input was read, which its types do not know. */
type WithInfo = { readonly buffer: Uint8Array; readonly engine: { readonly bytesWritten: number } };

function whole(result: unknown, input: Uint8Array): Uint8Array {
  const { buffer, engine } = result as WithInfo;
  if (engine.bytesWritten === input.length) return buffer;
  throw new Problem(`${input.length - engine.bytesWritten} bytes are left over behind the compressed ones`);
}

function zstd(input: Uint8Array, size: number): Uint8Array {
  return whole(zstdDecompressSync(input, outputOptions(size)), input);
}

function gzip(input: Uint8Array, size: number): Uint8Array {
  return whole(gunzipSync(input, outputOptions(size)), input);
}

function brotli(input: Uint8Array, size: number): Uint8Array {
  return whole(brotliDecompressSync(input, outputOptions(size)), input);
}

function snappy(input: Uint8Array, size: number): Uint8Array {
  let claimed = 0;
  for (let i = 0; i < 5; i++) {
    claimed += (input[i]! & 0x7f) * 2 ** (7 * i);
    if (input[i]! < 0x80) break;
  }
  if (claimed !== size) throw new Problem(`it unpacks to ${claimed} bytes, its header says ${size}`);
  const { uncompressSync } = requirePackage<typeof import('snappy')>('snappy', 'snappy');
  return uncompressSync(input, { asBuffer: true }) as Buffer;
}

function lz4(input: Uint8Array, size: number): Uint8Array {
  const { uncompressSync } = requirePackage<typeof import('lz4-napi')>('lz4-napi', 'lz4_raw');
  // The package wants the output's length, 4 bytes, before the block.
  const block = Buffer.alloc(4 + input.length);
  block.writeUInt32LE(size);
  block.set(input, 4);
  return uncompressSync(block);
}
