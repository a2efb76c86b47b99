import { LeafChecksum } from '../../parquet/checksums/leaf-checksum.ts';
import type { LevelObserver } from '../chunk/levels.ts';
import { type Block, plainOf } from '../encodings/block.ts';
import type { Leaf } from '../schema/file-schema.ts';
import type { ValueObserver } from './observer.ts';

const STAGED_BYTES = 1 << 16;

/** Makes the checksum of a chunk's values as they are read from the file: see `LeafChecksum`. */
export class ChunkChecksum implements ValueObserver, LevelObserver {
  readonly #leaf: Leaf;
  readonly #checksum = new LeafChecksum();
  readonly #staging = new Uint8Array(STAGED_BYTES);

  constructor(leaf: Leaf) {
    this.#leaf = leaf;
  }

  levels(definitions: Uint8Array, repetitions: Uint8Array, count: number): void {
    if (this.#leaf.maxDefinition > 0) this.#checksum.addDefinitions(definitions.subarray(0, count));
    if (this.#leaf.maxRepetition > 0) this.#checksum.addRepetitions(repetitions.subarray(0, count));
  }

  block(block: Block): void {
    this.#checksum.addValues(plainOf(block));
  }

  entries(dictionary: Block, indices: Int32Array, count: number): void {
    const staging = this.#staging;
    const { bytes } = dictionary;
    let staged = 0;
    for (let i = 0; i < count; i++) {
      const entry = indices[i]!;
      const from = dictionary.kind === 'fixed' ? entry * dictionary.width : dictionary.starts[entry]! - 4;
      const end = dictionary.kind === 'fixed' ? from + dictionary.width : dictionary.starts[entry + 1]! - 4;
      if (end - from > STAGED_BYTES - staged) {
        this.#checksum.addValues(staging.subarray(0, staged));
        staged = 0;
      }
      if (end - from > STAGED_BYTES) this.#checksum.addValues(bytes.subarray(from, end));
      else for (let at = from; at < end; at++) staging[staged++] = bytes[at]!;
    }
    this.#checksum.addValues(staging.subarray(0, staged));
  }

  take(): readonly number[] {
    return this.#checksum.take();
  }
}
