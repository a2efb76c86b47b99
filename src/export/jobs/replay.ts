import { crc32 } from 'node:zlib';
import { COPY_DATA, MESSAGE_HEADER } from '../../decode/generate.ts';
import { ExportError } from '../../errors.ts';
import type { CopyConsumer } from '../../postgres/copy-tap.ts';

/**
 * Gives a COPY that may have to be read again to its consumer once: what came before is skipped, but must be the same,
 * byte for byte as far as a CRC-32 tells. The checksum takes some 2 % of a job's CPU time (measured: 5.6 GB/s).
 */
export class Replay implements CopyConsumer {
  readonly #consumer: CopyConsumer;
  /** Bytes of whole CopyData messages that the consumer has taken, and their CRC-32. */
  #bytes = 0;
  #crc = 0;
  /** The same of what has been skipped since the COPY began again. */
  #skippedBytes = 0;
  #skippedCrc = 0;

  constructor(consumer: CopyConsumer) {
    this.#consumer = consumer;
  }

  /** Begins the COPY again: what has been taken will be skipped. */
  again(): void {
    this.#skippedBytes = 0;
    this.#skippedCrc = 0;
  }

  /** Consumes CopyData messages: see `CopyConsumer`. Throws `ExportError` where other rows come than before. */
  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    if (this.#skippedBytes < this.#bytes) {
      p = this.#skip(b, v, p, stop);
      if (this.#skippedBytes < this.#bytes) return p;
    }
    const end = this.#consumer.decode(b, v, p, stop);
    if (end > p) {
      this.#crc = crc32(b.subarray(p, end), this.#crc);
      this.#bytes += end - p;
      this.#skippedBytes = this.#bytes;
    }
    return end;
  }

  /** To be called when the COPY has ended: all of what was taken before must have come. Throws `ExportError`. */
  end(): void {
    if (this.#skippedBytes < this.#bytes) throw otherRows();
  }

  /** Skips whole messages up to where the consumer stopped. */
  #skip(b: Uint8Array, v: DataView, start: number, stop: number): number {
    const left = this.#bytes - this.#skippedBytes;
    let p = start;
    while (p - start < left && p + MESSAGE_HEADER <= stop && b[p] === COPY_DATA) {
      const next = p + 1 + v.getInt32(p + 1);
      // A length that cannot be is for the connection to refuse.
      if (next > stop || next < p + MESSAGE_HEADER) break;
      p = next;
    }
    if (p - start > left) throw otherRows();
    this.#skippedCrc = crc32(b.subarray(start, p), this.#skippedCrc);
    this.#skippedBytes += p - start;
    if (this.#skippedBytes === this.#bytes && this.#skippedCrc !== this.#crc) throw otherRows();
    return p;
  }
}

function otherRows(): ExportError {
  return new ExportError('protocol', 'after a lost connection the server sent other rows than before', {
    stage: 'copy',
    hint: 'run the export again; nothing of this one was kept',
  });
}
