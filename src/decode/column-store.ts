import { BitBuilder, BytesBuilder, type ColumnBuilder, FixedBuilder } from '../columns/builders.ts';
import type { Kernel } from '../types/pg-type.ts';
import type { DecodeKernels } from './decode-kernels.ts';

/**
 * Stores the values whose spans the last walk noted into the `count` slots of a column's builder from `slot` on; returns
 * false, and has stored nothing, where the kernel leaves one of them to the program. NULLs are stored as anything.
 */
export type StoreColumn = (slot: number, count: number) => boolean;

/** How a column's values get into its builder. */
export function columnStore(
  kernels: DecodeKernels,
  { name, x = 0, y = 0 }: Kernel,
  column: number,
  builder: ColumnBuilder,
): StoreColumn {
  const kernel = kernels.exports[name];
  const spans = kernels.spansOf(column);
  const { OUT } = kernels.layout;
  const run = (count: number, at: number) => kernel(spans, count, OUT, at, x, y);
  if (builder instanceof BytesBuilder) {
    return (slot, count) => appendAll(builder, kernels, slot, count, run(count, builder.end));
  }
  if (builder instanceof BitBuilder) {
    return (slot, count) => {
      if (run(count, slot & 7) < 0) return false;
      builder.values[slot >> 3]! |= kernels.bytes[OUT]!;
      setBits(builder.values, kernels.bytes, OUT, slot, count);
      return true;
    };
  }
  if (builder instanceof FixedBuilder) {
    const out = valuesAt(kernels, builder);
    const width = out.length / kernels.layout.ROWS;
    return (slot, count) => {
      if (run(count, 0) < 0) return false;
      builder.values.set(count * width === out.length ? out : out.subarray(0, count * width), slot * width);
      return true;
    };
  }
  throw new TypeError(`the kernel ${name} is not for nested values`);
}

/** Marks the NULLs among the `count` slots from `slot` on; returns how many there are. */
export function countNulls(kernels: DecodeKernels, column: number, slot: number, count: number): number {
  return kernels.exports.validity(kernels.spansOf(column), count, kernels.layout.VALIDITY, slot & 7);
}

/** Takes over which of the slots are NULL from the last `countNulls`, which found `nulls` of them. */
export function setNulls(
  builder: ColumnBuilder,
  kernels: DecodeKernels,
  slot: number,
  count: number,
  nulls: number,
): void {
  const { VALIDITY } = kernels.layout;
  builder.validity[slot >> 3]! &= kernels.bytes[VALIDITY]!;
  setBits(builder.validity, kernels.bytes, VALIDITY, slot, count);
  builder.nullCount += nulls;
}

/** Copies the whole bytes of a bitmap that begins at bit `slot & 7` of `from[at]`, but for the first one. */
function setBits(to: Uint8Array, from: Uint8Array, at: number, slot: number, count: number): void {
  const whole = ((slot & 7) + count + 7) >> 3;
  if (whole > 1) to.set(from.subarray(at + 1, at + whole), (slot >> 3) + 1);
}

/** Where the kernels put values of a fixed width, as the builder has them. */
function valuesAt(
  { layout, bytes }: DecodeKernels,
  { byteWidth, values }: FixedBuilder,
): Int16Array | Int32Array {
  const length = (layout.ROWS * byteWidth) / values.BYTES_PER_ELEMENT;
  return values instanceof Int16Array
    ? new Int16Array(bytes.buffer, layout.OUT, length)
    : new Int32Array(bytes.buffer, layout.OUT, length);
}

function appendAll(
  builder: BytesBuilder,
  { layout, bytes, words }: DecodeKernels,
  slot: number,
  count: number,
  length: number,
): boolean {
  if (length < 0) return false;
  builder.append(bytes, layout.OUT, length);
  const offsets = layout.OFFSETS >> 2;
  builder.offsets.set(words.subarray(offsets, offsets + count), slot + 1);
  return true;
}
