import { type Block, plainOf } from '../encodings/block.ts';
import type { ValueObserver } from './observer.ts';

/** Counts the bytes of byte strings, without their lengths. */
export class ByteCount implements ValueObserver {
  /** Bytes since the last reset. */
  bytes = 0;

  reset(): void {
    this.bytes = 0;
  }

  block(block: Block): void {
    this.bytes += plainOf(block).length - 4 * block.count;
  }

  entries(dictionary: Block, indices: Int32Array, count: number): void {
    if (dictionary.kind !== 'bytes') return;
    const { starts } = dictionary;
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += starts[indices[i]! + 1]! - starts[indices[i]!]! - 4;
    this.bytes += bytes;
  }
}
