import { type Compressor, compressedBound } from '../../src/parquet/compression/compressor.ts';

/** What a compressor makes of a page, in memory that it is given. */
export function compressed(compressor: Compressor, page: Uint8Array): Uint8Array {
  const output = new Uint8Array(compressedBound(page.length));
  return output.subarray(0, compressor.compressInto(output, 0, page));
}
