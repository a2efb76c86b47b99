import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { PageBuffer } from '../memory/page-buffer.ts';
import type { Compressor } from './compressor.ts';

/** Parameters of zstd, by their numbers in `node:zlib`'s constants. */
type Parameters = Readonly<Record<number, number>>;

/** Level 1 looks for repetitions of 6 or 7 bytes in pages of this size. */
const THOROUGH_MIN_MATCH = 5;

/** Compresses pages into one zstd frame each. */
export function zstdCompressor(level: number): Compressor {
  const create = (parameters: Parameters, thorough: Compressor | null) =>
    reusedZstd(parameters, thorough) ?? publicZstd(parameters, thorough);
  const parameters = { [constants.ZSTD_c_compressionLevel]: level };
  // Higher levels look for short repetitions anyway.
  const thorough =
    level === 1 ? create({ ...parameters, [constants.ZSTD_c_minMatch]: THOROUGH_MIN_MATCH }, null) : null;
  return create(parameters, thorough);
}

/** zstd as `node:zlib` offers it. */
export function publicZstd(params: Parameters, thorough: Compressor | null = null): Compressor {
  return {
    thorough,
    compress(input) {
      // zlib's own 16 KiB mean many small outputs; more than 64 KiB cost more to allocate than they save.
      const chunkSize = input.length <= 1 << 14 ? 1 << 14 : 1 << 16;
      return zstdCompressSync(input, { chunkSize, pledgedSrcSize: input.length, params });
    },
  };
}

/**
 * The native half of a zlib stream, as `zstdCompressSync` itself drives it. It is no public interface: `reusedZstd`
 * looks at every part before it is used.
 */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputOffset: number,
    inputLength: number,
    output: Uint8Array,
    outputOffset: number,
    outputLength: number,
  ): void;
}

interface Internals {
  readonly _handle?: Partial<Handle>;
  /** After a call: bytes left in the output, and in the input. */
  readonly _writeState?: Uint32Array;
}

/**
 * One zstd context and one output buffer for all pages. `zstdCompressSync` makes a stream, a context and a buffer for
 * each call, which costs some 40 µs: a third of the time for a page of 128 KiB, most of it for one of 16 KiB.
 *
 * Returns null where this Node.js has no such internals, or they do not do what is expected of them.
 */
export function reusedZstd(params: Parameters, thorough: Compressor | null = null): Compressor | null {
  const stream = createZstdCompress({ params });
  const { _handle: handle, _writeState: state } = stream as unknown as Internals;
  if (typeof handle?.writeSync !== 'function' || !(state instanceof Uint32Array) || state.length < 2) {
    return null;
  }
  const native = handle as Handle;
  const buffer = new PageBuffer();
  const compressor: Compressor = {
    thorough,
    compress(input) {
      buffer.shrink();
      buffer.reserve(zstdBound(input.length), 0);
      const output = buffer.bytes;
      // To end the frame in its first call also lets zstd write down the size of the contents.
      native.writeSync(constants.ZSTD_e_end, input, 0, input.length, output, 0, output.length);
      const [outputLeft, inputLeft] = state;
      if (inputLeft !== 0 || outputLeft === 0) {
        throw new Error('zstd left a frame unfinished');
      }
      return output.subarray(0, output.length - outputLeft!);
    },
  };
  return worksTwice(compressor) ? compressor : null;
}

/** The most bytes that a frame takes (zstd.h, ZSTD_COMPRESSBOUND, rounded up), and one, for the end to be seen. */
function zstdBound(length: number): number {
  return length + (length >>> 8) + 128;
}

/** Whether two pages in a row come out as two frames. */
function worksTwice(compressor: Compressor): boolean {
  return [200, 5000].every((length) => {
    const input = new Uint8Array(length).map((_, i) => (i * i) % 7);
    try {
      return zstdDecompressSync(compressor.compress(input)).equals(input);
    } catch {
      return false;
    }
  });
}
