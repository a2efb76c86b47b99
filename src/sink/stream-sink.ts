import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { stoppedError, writeError } from './output-error.ts';
import type { Sink } from './sink.ts';

const READER_POLL_MS = 50;

/**
 * A pipe, named or not, or a socket. Written directly, without ever blocking a thread: a reader may be slow or come
 * late, and a signal must still end the export. What was written stays when the export fails.
 */
export class StreamSink implements Sink {
  readonly description: string;
  readonly #open: () => number | null;
  readonly #waiting = new AbortController();
  #socket: Socket | null = null;

  /** `open` returns the descriptor, which the sink takes over, or null as long as nobody reads. */
  constructor(open: () => number | null, description: string) {
    this.#open = open;
    this.description = description;
  }

  async write(chunks: readonly Uint8Array[]): Promise<void> {
    const socket = await this.#connected();
    await new Promise<void>((resolve, reject) => {
      const written = (error?: Error | null) => (error ? reject(this.#explain(error)) : resolve());
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      // Called when everything before it has been written, so that the caller may then reuse the bytes.
      socket.write('', written);
      socket.uncork();
    });
  }

  async close(): Promise<void> {
    const socket = await this.#connected();
    if (socket.destroyed) throw stoppedError(this.description);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error) => reject(this.#explain(error)));
      socket.once('close', () => resolve());
      socket.end(() => socket.destroy());
    });
  }

  async abort(): Promise<void> {
    this.#waiting.abort();
    this.#socket?.destroy();
  }

  async #connected(): Promise<Socket> {
    try {
      this.#socket ??= await this.#connect();
      return this.#socket;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async #connect(): Promise<Socket> {
    for (;;) {
      this.#waiting.signal.throwIfAborted();
      const fd = this.#open();
      if (fd !== null) {
        const socket = new Socket({ fd, readable: false, writable: true });
        // Errors reach the caller through the callback of the write that failed.
        socket.on('error', () => {});
        return socket;
      }
      await sleep(READER_POLL_MS, undefined, { signal: this.#waiting.signal });
    }
  }

  #explain(error: unknown): Error {
    return this.#waiting.signal.aborted
      ? stoppedError(this.description)
      : writeError(error, this.description);
  }
}

/** Opens the FIFO at `path` for writing; null as long as nobody has opened it for reading (fifo(7), ENXIO). */
export function openFifo(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return null;
    throw error;
  }
}
