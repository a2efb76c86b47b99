import { crc32 } from 'node:zlib';
import { COPY_DATA, MESSAGE_HEADER } from '../../decode/generate.ts';
import { ExportError } from '../../errors.ts';
import type { CopyConsumer } from '../../postgres/copy-tap.ts';

/**
 * What of a COPY is compared: the first 8 KiB of each 64 KiB. What is skipped came from the same snapshot of the same
 * server, so the only question is whether the rows come in the same order; and another order shows all over. To hash
 * every byte took 2 to 6 % of an export's CPU time (measured).
 */
const SAMPLE = 8 << 10;
const STRIDE = 64 << 10;

/**
 * Gives a COPY that may have to be read again to its consumer once: what came before is skipped, but must be the same,
 * as far as its length, its division into messages and a CRC-32 of samples tell.
 */
export class Replay implements CopyConsumer {
  readonly #consumer: CopyConsumer;
  /** Bytes of whole CopyData messages that the consumer has taken, and the CRC-32 of their samples. */
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
      this.#crc = sampledCrc(b, p, end, this.#bytes, this.#crc);
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
    this.#skippedCrc = sampledCrc(b, start, p, this.#skippedBytes, this.#skippedCrc);
    this.#skippedBytes += p - start;
    if (this.#skippedBytes === this.#bytes && this.#skippedCrc !== this.#crc) throw otherRows();
    return p;
  }
}

/** Continues the CRC-32 of a stream's samples with `b[from … to]`, which begins at `position` of the stream. */
function sampledCrc(b: Uint8Array, from: number, to: number, position: number, crc: number): number {
  for (let at = from; at < to; ) {
    const offset = (position + at - from) % STRIDE;
    const next = at + (offset < SAMPLE ? SAMPLE : STRIDE) - offset;
    if (offset < SAMPLE) crc = crc32(b.subarray(at, Math.min(next, to)), crc);
    at = next;
  }
  return crc;
}

function otherRows(): ExportError {
  return new ExportError('protocol', 'after a lost connection the server sent other rows than before', {
    stage: 'copy',
    hint: 'run the export again; nothing of this one was kept',
  });
}
