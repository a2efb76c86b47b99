/** Compresses one page after another. */
export interface Compressor {
  /** The same codec and level with other settings, each of which suits some data better: to be tried in this order. */
  readonly variants: readonly CompressorVariant[];
  /** The result is valid until the next call, and may be the input itself. */
  compress(input: Uint8Array): Uint8Array;
  /**
   * Compresses `input` into `output` from `at` on, where there must be room for `compressedBound(input.length)` bytes.
   * Returns where the result ends.
   */
  compressInto(output: Uint8Array, at: number, input: Uint8Array): number;
}

/** A compressor with other settings than the one that it is a variant of. */
export interface CompressorVariant {
  readonly compressor: Compressor;
  /** The share that its results may have of those before it at most, to be worth the time that it takes. */
  readonly worthwhile: number;
}

/** More bytes than any codec makes of so many (the most is snappy's sixth; zstd wants to see one byte left over). */
export function compressedBound(length: number): number {
  return length + (length >>> 2) + 128;
}

/** A compressor without variants, of a function that allocates its result. */
export function copying(compress: (input: Uint8Array) => Uint8Array): Compressor {
  return {
    variants: [],
    compress,
    compressInto(output, at, input) {
      const result = compress(input);
      output.set(result, at);
      return at + result.length;
    },
  };
}
