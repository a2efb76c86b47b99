const BLOCK_SIZE = 1 << 20;

/** Where a page lies. */
export interface Place {
  readonly block: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * Keeps finished pages, one behind the other, in blocks that can be handed to another thread. The codec's own buffers
 * are many times larger than what is in them; here a row group costs its compressed size.
 */
export class Arena {
  private blocks: Uint8Array<ArrayBuffer>[] = [];
  private spares: Uint8Array<ArrayBuffer>[] = [];
  private position = 0;
  private fullBytes = 0;

  /** Bytes in use. */
  get bytes(): number {
    return this.fullBytes + this.position;
  }

  /** Copies a page's header and body in. */
  append(header: Uint8Array, body: Uint8Array): Place {
    const length = header.length + body.length;
    let block = this.blocks.at(-1);
    if (block === undefined || this.position + length > block.length) {
      this.fullBytes += this.position;
      this.position = 0;
      block =
        (length <= BLOCK_SIZE ? this.spares.pop() : undefined) ??
        new Uint8Array(Math.max(BLOCK_SIZE, length));
      this.blocks.push(block);
    }
    const offset = this.position;
    block.set(header, offset);
    block.set(body, offset + header.length);
    this.position += length;
    return { block: this.blocks.length - 1, offset, length };
  }

  /** Takes blocks back that were handed over and that nobody reads any more. */
  recycle(blocks: readonly Uint8Array<ArrayBuffer>[]): void {
    this.spares.push(...blocks.filter((block) => block.length === BLOCK_SIZE));
  }

  /** Hands the blocks over and starts afresh. */
  take(): Uint8Array<ArrayBuffer>[] {
    const taken = this.blocks;
    this.blocks = [];
    this.position = 0;
    this.fullBytes = 0;
    return taken;
  }
}
