const BLOCK_SIZE = 1 << 18;

/** Keeps the serialized page indexes of all row groups until the last page of the file is written. */
export class PageIndexStore {
  private readonly blocks: Uint8Array[] = [];
  private position = BLOCK_SIZE;

  append(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      if (this.position === BLOCK_SIZE) {
        this.blocks.push(new Uint8Array(BLOCK_SIZE));
        this.position = 0;
      }
      const count = Math.min(bytes.length - from, BLOCK_SIZE - this.position);
      this.blocks.at(-1)!.set(bytes.subarray(from, from + count), this.position);
      this.position += count;
      from += count;
    }
  }

  /** All bytes appended, in order. */
  *contents(): Generator<Uint8Array> {
    const last = this.blocks.length - 1;
    for (const [i, block] of this.blocks.entries()) {
      yield i === last ? block.subarray(0, this.position) : block;
    }
  }
}
