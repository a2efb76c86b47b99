const BLOCK_SIZE = 1 << 20;

/** Where a page lies. */
export interface Place {
  readonly block: number;
  readonly offset: number;
  readonly length: number;
}

/** Gives zeroed memory of so many bytes. */
export type Allocate = (bytes: number) => Uint8Array;

export const ownMemory: Allocate = (bytes) => new Uint8Array(bytes);

/**
 * Memory that another thread reads where it lies. V8 does not count it as a reason to collect garbage, which there is
 * hardly any of: row groups that fill for the first time would cost a collection every 32 MB (measured: a tenth of the
 * CPU time of the first 300 MB).
 */
export const sharedMemory: Allocate = (bytes) => new Uint8Array(new SharedArrayBuffer(bytes));

/**
 * Keeps finished pages, one behind the other, in blocks that can be handed to another thread. The codec's own buffers
 * are many times larger than what is in them; here a row group costs its compressed size.
 */
export class Arena {
  private readonly allocate: Allocate;
  private blocks: Uint8Array[] = [];
  private spares: Uint8Array[] = [];
  private position = 0;
  private fullBytes = 0;

  constructor(allocate: Allocate) {
    this.allocate = allocate;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.fullBytes + this.position;
  }

  /** The last block, or the first one started, where it has room for so many bytes from `next` on; else null. */
  room(bytes: number): Uint8Array | null {
    const block = this.blocks.at(-1) ?? (bytes <= BLOCK_SIZE ? this.startBlock(bytes) : undefined);
    return block !== undefined && this.position + bytes <= block.length ? block : null;
  }

  /** Where in the last block the next page begins. */
  get next(): number {
    return this.position;
  }

  /** Keeps a page whose body has been written to `from … to` of the last block; its header goes before that. */
  keep(header: Uint8Array, from: number, to: number): Place {
    const offset = from - header.length;
    this.blocks.at(-1)!.set(header, offset);
    this.position = to;
    return { block: this.blocks.length - 1, offset, length: to - offset };
  }

  /** Copies a page's header and body in. */
  append(header: Uint8Array, body: Uint8Array): Place {
    const length = header.length + body.length;
    const block = this.room(length) ?? this.startBlock(length);
    const from = this.position + header.length;
    block.set(body, from);
    return this.keep(header, from, from + body.length);
  }

  /** Takes blocks back that were handed over and that nobody reads any more. */
  recycle(blocks: readonly Uint8Array[]): void {
    this.spares.push(...blocks.filter((block) => block.length === BLOCK_SIZE));
  }

  /** Hands the blocks over and starts afresh. */
  take(): Uint8Array[] {
    const taken = this.blocks;
    this.blocks = [];
    this.position = 0;
    this.fullBytes = 0;
    return taken;
  }

  private startBlock(bytes: number): Uint8Array {
    this.fullBytes += this.position;
    this.position = 0;
    const spare = bytes <= BLOCK_SIZE ? this.spares.pop() : undefined;
    const block = spare ?? this.allocate(Math.max(BLOCK_SIZE, bytes));
    this.blocks.push(block);
    return block;
  }
}
