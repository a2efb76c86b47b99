/**
 * Loops over whole columns, in AssemblyScript; `npm run kernels` compiles them to WebAssembly, into ../module.ts. The
 * decoder of binary COPY has an instance of them with its spans and values, the Parquet encoder one with the page at work.
 */
export { bits, validity } from './bits';
export { bytes } from './bytes';
export { decimals } from './decimal';
export { bytes16, shifted4, shifted8, words2, words4, words8 } from './fixed';
export { hybrid } from './hybrid';
export {
  COLUMN,
  FOUND,
  HEAP,
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
export { scanFloat32, scanFloat64, scanInt32, scanInt64, scanUint32, scanUint64 } from './scan';
export { walk } from './walk';
