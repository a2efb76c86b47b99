/** Conversions from Arrow's fixed-width values to Parquet's PLAIN ones. */

/** Integers of 1 or 2 bytes, widened to 4. */
export function widen(source: Uint8Array, byteWidth: number, signed: boolean, out: Int32Array): void {
  const { buffer, byteOffset } = source;
  const count = out.length;
  if (byteWidth === 2) {
    out.set(signed ? new Int16Array(buffer, byteOffset, count) : new Uint16Array(buffer, byteOffset, count));
  } else {
    out.set(signed ? new Int8Array(buffer, byteOffset, count) : source.subarray(0, count));
  }
}

/** The low 4 or 8 bytes of integers of 8 or 16: `sourceWords` and `outWords` are 4-byte words per value. */
export function lowBytes(
  source: Int32Array,
  sourceWords: number,
  count: number,
  out: Int32Array,
  outWords: number,
): void {
  if (outWords === 1) {
    for (let i = 0; i < count; i++) {
      out[i] = source[i * sourceWords]!;
    }
    return;
  }
  for (let i = 0; i < count; i++) {
    out[2 * i] = source[i * sourceWords]!;
    out[2 * i + 1] = source[i * sourceWords + 1]!;
  }
}

/** The low `width` bytes of 16-byte integers, most significant first. */
export function bigEndian(source: Uint8Array, count: number, out: Uint8Array, width: number): void {
  let at = 0;
  for (let value = 0; value < count; value++) {
    for (let from = value * 16 + width - 1; from >= value * 16; from--) {
      out[at++] = source[from]!;
    }
  }
}
