import { bitWidth, encodeBitmap, encodeHybrid, encodeRun, hybridBound } from '../encodings/rle.ts';
import type { PageBuffer } from '../memory/page-buffer.ts';
import type { PageKernels } from '../memory/page-kernels.ts';
import type { LeafSchema } from '../schema/schema.ts';
import type { LeafPage } from './levels.ts';

/** The most bytes that a page's levels take. */
export function levelsBound(leaf: LeafSchema, entries: number): number {
  return (
    8 +
    hybridBound(entries, bitWidth(leaf.maxRepetition)) +
    hybridBound(entries, bitWidth(leaf.maxDefinition))
  );
}

/**
 * Writes a page's repetition and definition levels, each behind its length, as data pages of version 1 have them
 * (Parquet format, "Data Pages"), and returns the position after.
 */
export function writeLevels(
  out: PageBuffer,
  at: number,
  kernels: PageKernels,
  leaf: LeafSchema,
  page: LeafPage,
): number {
  let position = at;
  if (leaf.maxRepetition > 0) {
    const width = bitWidth(leaf.maxRepetition);
    const end = encodeHybrid(out, position + 4, kernels, page.repetitions, page.count, width);
    position = writeLength(out, position, end);
  }
  if (leaf.maxDefinition > 0) {
    const end =
      page.definitions === null
        ? writeValidity(out, position + 4, page)
        : encodeHybrid(
            out,
            position + 4,
            kernels,
            page.definitions,
            page.count,
            bitWidth(leaf.maxDefinition),
          );
    position = writeLength(out, position, end);
  }
  return position;
}

/** Definition levels of a column that is not nested: the validity bitmap is what bit packing makes of them. */
function writeValidity(out: PageBuffer, at: number, { count, nullCount, validity }: LeafPage): number {
  if (nullCount === 0) {
    return encodeRun(out, at, 1, count, 1);
  }
  return nullCount === count ? encodeRun(out, at, 0, count, 1) : encodeBitmap(out, at, validity, count);
}

function writeLength(out: PageBuffer, at: number, end: number): number {
  out.view.setInt32(at, end - at - 4, true);
  return end;
}
