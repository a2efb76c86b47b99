/** Encodings of values and levels, by their Thrift numbers (Parquet format, Encodings.md). */
export const Encoding = {
  plain: 0,
  rle: 3,
  deltaBinaryPacked: 5,
  deltaLengthByteArray: 6,
  deltaByteArray: 7,
  rleDictionary: 8,
  byteStreamSplit: 9,
} as const;

/** The most bytes that values of this many PLAIN bytes take in any encoding without dictionary. */
export function encodedBound(plainBytes: number, count: number): number {
  // Two runs of deltas take at most 4 bytes per value each, and 18 per block of 128 values; words may run over the end.
  return plainBytes + 8 * count + (count >> 2) + 128;
}
