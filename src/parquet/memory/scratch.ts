import { PageBuffer } from './page-buffer.ts';
import { PageKernels } from './page-kernels.ts';

/** Memory that all columns of an encoder use in turn, one page at a time. Its arrays change when they grow. */
export class Scratch {
  /** Uncompressed pages. */
  readonly directPage = new PageBuffer();
  readonly codedPage = new PageBuffer();
  readonly kernels = new PageKernels();
  /** Where byte strings begin and the last one ends. */
  offsets = new Int32Array(0);
  private readonly arenas = [new ArrayBuffer(0), new ArrayBuffer(0)];

  /** At least `bytes` of memory, aligned to 8. There are two, for steps that read the one and write the other. */
  memory(which: 0 | 1, bytes: number): ArrayBuffer {
    if (bytes > this.arenas[which]!.byteLength) {
      this.arenas[which] = new ArrayBuffer((bytes + 7) & ~7);
    }
    return this.arenas[which]!;
  }

  /** Makes room for the offsets and the indices of so many values. */
  reserveValues(count: number): void {
    this.kernels.indices.reserve(4 * count);
    if (count >= this.offsets.length) this.offsets = new Int32Array(count + 1);
  }

  /** Gives memory back that an exceptionally large page needed. */
  shrink(): void {
    this.directPage.shrink();
    this.codedPage.shrink();
    for (const which of [0, 1]) {
      if (this.arenas[which]!.byteLength > KEPT_SIZE) {
        this.arenas[which] = new ArrayBuffer(0);
      }
    }
  }
}

const KEPT_SIZE = 1 << 24;
