/** Compresses one page after another. */
export interface Compressor {
  /**
   * The same codec and level, set to look for shorter repetitions: slower, and for some data far smaller, for others
   * larger. Null where the codec has no such setting.
   */
  readonly thorough: Compressor | null;
  /** The result is valid until the next call, and may be the input itself. */
  compress(input: Uint8Array): Uint8Array;
}
