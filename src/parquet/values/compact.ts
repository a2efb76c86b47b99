/**
 * Squeezes null slots out of columns. All functions write without branching on validity: a null slot's value is
 * written too, and overwritten by the next.
 */

/** Values of one 4-byte word each; returns how many are valid. */
export function compact4(source: Int32Array, validity: Uint8Array, slots: number, out: Int32Array): number {
  let count = 0;
  for (let slot = 0; slot < slots; slot++) {
    out[count] = source[slot]!;
    count += (validity[slot >> 3]! >> (slot & 7)) & 1;
  }
  return count;
}

/** Values of two 4-byte words each. */
export function compact8(source: Int32Array, validity: Uint8Array, slots: number, out: Int32Array): number {
  let at = 0;
  for (let slot = 0; slot < slots; slot++) {
    out[at] = source[2 * slot]!;
    out[at + 1] = source[2 * slot + 1]!;
    at += ((validity[slot >> 3]! >> (slot & 7)) & 1) << 1;
  }
  return at >> 1;
}

/** Values of any width, in bytes. */
export function compactBytes(
  source: Uint8Array,
  validity: Uint8Array,
  slots: number,
  width: number,
  out: Uint8Array,
): number {
  let at = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (((validity[slot >> 3]! >> (slot & 7)) & 1) !== 0) {
      const from = slot * width;
      for (let i = 0; i < width; i++) {
        out[at + i] = source[from + i]!;
      }
      at += width;
    }
  }
  return at / width;
}

/** Bits. `out` needs room for one bit more than there are valid ones. */
export function compactBits(
  source: Uint8Array,
  validity: Uint8Array,
  slots: number,
  out: Uint8Array,
): number {
  let count = 0;
  let pending = 0;
  for (let slot = 0; slot < slots; slot++) {
    const shift = slot & 7;
    if (((validity[slot >> 3]! >> shift) & 1) !== 0) {
      pending |= ((source[slot >> 3]! >> shift) & 1) << (count & 7);
      count++;
      if ((count & 7) === 0) {
        out[(count >> 3) - 1] = pending;
        pending = 0;
      }
    }
  }
  out[count >> 3] = pending;
  return count;
}

/**
 * Offsets of variable-length values whose null slots are empty: the values left lie one behind the other, so only the
 * offsets of null slots go. `out` gets one offset more than there are values.
 */
export function compactOffsets(
  source: Int32Array,
  validity: Uint8Array,
  slots: number,
  out: Int32Array,
): number {
  let count = 0;
  for (let slot = 0; slot < slots; slot++) {
    out[count] = source[slot]!;
    count += (validity[slot >> 3]! >> (slot & 7)) & 1;
  }
  out[count] = source[slots]!;
  return count;
}

/** Bytes of the slots that are not valid: 0 unless a null struct left something in its children. */
export function bytesInNullSlots(offsets: Int32Array, validity: Uint8Array, slots: number): number {
  let bytes = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (((validity[slot >> 3]! >> (slot & 7)) & 1) === 0) {
      bytes += offsets[slot + 1]! - offsets[slot]!;
    }
  }
  return bytes;
}

/** Like `compactOffsets` for null slots that are not empty: copies the valid slots' bytes together. */
export function gatherBytes(
  data: Uint8Array,
  offsets: Int32Array,
  validity: Uint8Array,
  slots: number,
  outData: Uint8Array,
  outOffsets: Int32Array,
): number {
  let count = 0;
  let at = 0;
  for (let slot = 0; slot < slots; slot++) {
    if (((validity[slot >> 3]! >> (slot & 7)) & 1) !== 0) {
      outOffsets[count++] = at;
      outData.set(data.subarray(offsets[slot]!, offsets[slot + 1]!), at);
      at += offsets[slot + 1]! - offsets[slot]!;
    }
  }
  outOffsets[count] = at;
  return count;
}
