import { closeSync, openSync, writeSync } from 'node:fs';
import { ExportError } from '../errors.ts';

const BUFFER_BYTES = 1 << 20;
/** Type and length before each CopyData message's content (protocol 3.0, "Message Formats"). */
const MESSAGE_HEADER = 5;

/**
 * The intermediate CSV file of `--keep-temp`: the content of the CopyData messages, byte for byte. It is readable by
 * its owner only, and stays whatever happens. Writes are synchronous: they run in a worker thread, whose connection
 * then waits.
 */
export class CsvSpool {
  readonly #path: string;
  readonly #file: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #used = 0;

  /** Creates the file. Throws `ExportError` (`output`). */
  constructor(path: string) {
    this.#path = path;
    this.#file = this.#attempt(() => openSync(path, 'wx', 0o600));
  }

  /** Adds the CopyData messages that `b[p … stop]` consists of. */
  add(b: Uint8Array, v: DataView, p: number, stop: number): void {
    while (p < stop) {
      const next = p + 1 + v.getInt32(p + 1);
      this.#append(b.subarray(p + MESSAGE_HEADER, next));
      p = next;
    }
  }

  /** Writes what is buffered and closes the file. */
  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length > BUFFER_BYTES) {
      this.#write(bytes);
    } else {
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
  }

  #flush(): void {
    const bytes = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at += this.#attempt(() => writeSync(this.#file, bytes, at));
    }
  }

  #attempt<T>(operation: () => T): T {
    try {
      return operation();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ExportError('output', `cannot write the intermediate file ${this.#path}: ${reason}`, {
        stage: 'write',
        hint: 'choose another folder with --temp-dir, or leave out --keep-temp',
        cause,
      });
    }
  }
}
