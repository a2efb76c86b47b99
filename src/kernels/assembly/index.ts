/**
 * Loops over whole columns, in AssemblyScript; `npm run kernels` compiles them to WebAssembly, into ../module.ts. The
 * decoder of binary COPY has an instance of them with its spans and values, the Parquet encoder one with the page at work.
 */
export { bits, validity } from './bits';
export { bytes, plain } from './bytes';
export { decimals } from './decimal';
export { fill4, fill8, fillBytes, index4, index8, indexBytes } from './dictionary';
export { distinct } from './entries';
export { bytes16, shifted4, shifted8, words2, words4, words8 } from './fixed';
export { hybrid } from './hybrid';
export {
  COLUMN,
  DICTIONARY,
  FOUND,
  MAX,
  MIN,
  OFFSETS,
  OUT,
  ROWS,
  SPANS,
  STAGE,
  STAGE_BYTES,
  VALIDITY,
} from './layout';
export { allocate, release } from './memory';
export { numerics } from './numeric';
export { scanFloat32, scanFloat64, scanInt32, scanInt64, scanUint32, scanUint64 } from './scan';
export { scanBytes } from './scan-bytes';
export { walk } from './walk';
