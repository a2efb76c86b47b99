import { constants, createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { PageBuffer } from '../memory/page-buffer.ts';
import { type Compressor, type CompressorVariant, compressedBound, copying } from './compressor.ts';

/** Parameters of zstd, by their numbers in `node:zlib`'s constants. */
type Parameters = Readonly<Record<number, number>>;

/**
 * What level 1, which looks for repetitions of 6 or 7 bytes all over a page, misses. The first three know fewer places
 * and so find nearer repetitions: of JSON's keys, as small in 0.87 of the time, as the places stay in the CPU's first
 * cache; high bytes that are those of the value before (10 % less of prices); beginnings of identifiers. These take as
 * long, unless there was nothing to repeat. The last one takes up to four times as long.
 */
const LEVEL_1_VARIANTS: readonly (readonly [Parameters, worthwhile: number])[] = [
  [{ [constants.ZSTD_c_hashLog]: 13 }, 1],
  [{ [constants.ZSTD_c_hashLog]: 6, [constants.ZSTD_c_minMatch]: 5 }, 0.97],
  [{ [constants.ZSTD_c_hashLog]: 8, [constants.ZSTD_c_minMatch]: 4 }, 0.97],
  [{ [constants.ZSTD_c_minMatch]: 5 }, 0.94],
];

/** Compresses pages into one zstd frame each. */
export function zstdCompressor(level: number): Compressor {
  const parameters = { [constants.ZSTD_c_compressionLevel]: level };
  // Higher levels look for all kinds of repetitions anyway.
  const variants = level === 1 ? LEVEL_1_VARIANTS : [];
  return create(
    parameters,
    variants.map(([others, worthwhile]) => ({
      compressor: whenUsed(() => create({ ...parameters, ...others })),
      worthwhile,
    })),
  );
}

function create(parameters: Parameters, variants: readonly CompressorVariant[] = []): Compressor {
  return reusedZstd(parameters, variants) ?? publicZstd(parameters, variants);
}

/** A compressor that is made when it is first used. */
function whenUsed(make: () => Compressor): Compressor {
  let made: Compressor | undefined;
  return {
    variants: [],
    compress(input) {
      made ??= make();
      return made.compress(input);
    },
    compressInto(output, at, input) {
      made ??= make();
      return made.compressInto(output, at, input);
    },
  };
}

/** zstd as `node:zlib` offers it. */
export function publicZstd(params: Parameters, variants: readonly CompressorVariant[] = []): Compressor {
  const compressor = copying((input) => {
    // zlib's own 16 KiB mean many small outputs; more than 64 KiB cost more to allocate than they save.
    const chunkSize = input.length <= 1 << 14 ? 1 << 14 : 1 << 16;
    return zstdCompressSync(input, { chunkSize, pledgedSrcSize: input.length, params });
  });
  return { ...compressor, variants };
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
 * One zstd context and one buffer for all pages. `zstdCompressSync` makes a stream, a context and a buffer for each call,
 * which costs some 40 µs: a third of the time for a page of 128 KiB, most of it for one of 16 KiB.
 *
 * Returns null where this Node.js has no such internals, or they do not do what is expected of them.
 */
export function reusedZstd(
  params: Parameters,
  variants: readonly CompressorVariant[] = [],
): Compressor | null {
  const stream = createZstdCompress({ params });
  const { _handle: handle, _writeState: state } = stream as unknown as Internals;
  if (typeof handle?.writeSync !== 'function' || !(state instanceof Uint32Array) || state.length < 2) {
    return null;
  }
  const native = handle as Handle;
  const buffer = new PageBuffer();
  const compressor: Compressor = {
    variants,
    compress(input) {
      buffer.shrink();
      buffer.reserve(compressedBound(input.length), 0);
      return buffer.bytes.subarray(0, this.compressInto(buffer.bytes, 0, input));
    },
    compressInto(output, at, input) {
      // To end the frame in its first call also lets zstd write down the size of the contents.
      native.writeSync(constants.ZSTD_e_end, input, 0, input.length, output, at, output.length - at);
      const [outputLeft, inputLeft] = state;
      if (inputLeft !== 0 || outputLeft === 0) {
        throw new Error('zstd left a frame unfinished');
      }
      return output.length - outputLeft!;
    },
  };
  return worksTwice(compressor) ? compressor : null;
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
