import { constants, createZstdCompress, zstdDecompressSync } from 'node:zlib';

/**
 * The native half of a zlib stream, as `node:zlib` itself drives it in `zstdCompressSync`. It is no public interface:
 * `reusableZstd` looks at every part before it is used.
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

/** Compresses one frame after another with one zstd context; null where the output turned out too small. */
export type ZstdFrames = (input: Uint8Array, output: Uint8Array) => number | null;

/**
 * One zstd context for all pages. `zstdCompressSync` makes a stream, a context and an output buffer for each call: some
 * 40 µs, a third of the time for a page of 128 KiB, and garbage that the collector notices.
 *
 * Returns null where this Node.js does not have the internals, or they do not do what is expected of them.
 */
export function reusableZstd(level: number): ZstdFrames | null {
  const stream = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } });
  const { _handle: handle, _writeState: state } = stream as unknown as Internals;
  if (typeof handle?.writeSync !== 'function' || !(state instanceof Uint32Array) || state.length < 2) {
    return null;
  }
  const { writeSync } = handle as Handle;
  const compress: ZstdFrames = (input, output) => {
    // Ending the frame in its first call also lets zstd write the size of its contents.
    writeSync.call(handle, constants.ZSTD_e_end, input, 0, input.length, output, 0, output.length);
    const complete = state[1] === 0 && state[0]! > 0;
    return complete ? output.length - state[0]! : null;
  };
  return worksTwice(compress) ? compress : null;
}

/** Whether two frames in a row come out as two frames. */
function worksTwice(compress: ZstdFrames): boolean {
  const output = new Uint8Array(1 << 12);
  return [200, 5000].every((length) => {
    const input = new Uint8Array(length).map((_, i) => (i * i) % 7);
    try {
      const end = compress(input, output);
      return end !== null && zstdDecompressSync(output.subarray(0, end)).equals(input);
    } catch {
      return false;
    }
  });
}
