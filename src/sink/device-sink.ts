import { closeDescriptor, flush, writeFully } from './descriptor.ts';
import { writeError } from './output-error.ts';
import type { Sink } from './sink.ts';

/**
 * A character device such as /dev/null, or a descriptor of this process that is redirected to a file or device.
 * Written directly: what was written stays when the export fails.
 */
export class DeviceSink implements Sink {
  readonly description: string;
  readonly #fd: number;
  #closed = false;
  /** Resolves when the running write has ended, well or not. */
  #idle: Promise<void> = Promise.resolve();

  /** Takes over an open descriptor. */
  constructor(fd: number, description: string) {
    this.#fd = fd;
    this.description = description;
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    const result = this.#explained(writeFully(this.#fd, chunks));
    this.#idle = result.catch(() => {});
    return result;
  }

  async close(): Promise<void> {
    await this.#explained(flush(this.#fd));
    await this.#explained(this.#release());
  }

  async abort(): Promise<void> {
    // A descriptor must not be closed, and its number given to another file, under a running write.
    await this.#idle;
    await this.#release().catch(() => {});
  }

  async #release(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await closeDescriptor(this.#fd);
  }

  async #explained(operation: Promise<void>): Promise<void> {
    try {
      await operation;
    } catch (error) {
      throw writeError(error, this.description);
    }
  }
}
