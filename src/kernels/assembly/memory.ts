/** Memory behind what layout.ts lays out; it grows as needed, and then the program has to look at it anew. */

/** Memory aligned to 16 bytes, of unspecified content. */
export function allocate(bytes: usize): usize {
  return heap.alloc(bytes);
}

export function release(address: usize): void {
  heap.free(address);
}
