/** Compresses one page after another. */
export interface Compressor {
  /** The result is valid until the next call, and may be the input itself. */
  compress(input: Uint8Array): Uint8Array;
}
