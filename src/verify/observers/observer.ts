import type { Block } from '../encodings/block.ts';

/** Gets a chunk's values, null ones left out, some thousand at a time and in order. */
export interface ValueObserver {
  /** Values as they are in the page. The block is valid during the call. */
  block(block: Block): void;
  /** Values that are entries of the chunk's dictionary. */
  entries(dictionary: Block, indices: Int32Array, count: number): void;
}
