import { flush } from './descriptor.ts';

/** Bytes after which a flush begins, when the one before has ended: less than a usual row group, so none waits for the end. */
const INTERVAL = 16 << 20;

/**
 * Flushes a file while more is being written to it: at the end little is left to wait for (measured: a tenth of the time
 * of an export of 350 MB), and the system's memory does not fill up with what it has yet to write.
 */
export class FlushBehind {
  readonly #fd: number;
  #unflushed = 0;
  #running = false;
  /** Settles when the flush that runs has ended; a failure stays, for the system tells of it only once. */
  #flushed: Promise<void> = Promise.resolve();

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** To be called when so many bytes have been written. */
  add(bytes: number): void {
    this.#unflushed += bytes;
    if (this.#unflushed < INTERVAL || this.#running) return;
    this.#unflushed = 0;
    this.#running = true;
    this.#flushed = this.#flushed
      .then(() => flush(this.#fd))
      .finally(() => {
        this.#running = false;
      });
    // It is for `end` to tell.
    this.#flushed.catch(() => {});
  }

  /** Flushes the rest. Throws what any of the flushes failed with. */
  async end(): Promise<void> {
    await this.#flushed;
    await flush(this.#fd);
  }

  /** Resolves when nothing runs any more, so that the file may be closed. */
  async stop(): Promise<void> {
    await this.#flushed.catch(() => {});
  }
}
