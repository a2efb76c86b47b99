import { closeSync, openSync, writeSync } from 'node:fs';
import { COPY_DATA, MESSAGE_HEADER } from '../../decode/generate.ts';
import type { ExportError } from '../../errors.ts';
import { createError, writeError } from '../../sink/output-error.ts';

const BUFFER_BYTES = 1 << 20;

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
    this.#file = attempt(
      () => openSync(path, 'wx', 0o600),
      (cause) => createError(cause, path),
    );
  }

  /** Adds the whole CopyData messages at the start of `b[p … stop]`. */
  add(b: Uint8Array, v: DataView, p: number, stop: number): void {
    while (p + MESSAGE_HEADER <= stop && b[p] === COPY_DATA) {
      const next = p + 1 + v.getInt32(p + 1);
      if (next > stop || next < p + MESSAGE_HEADER) return;
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
      at += attempt(
        () => writeSync(this.#file, bytes, at),
        (cause) => writeError(cause, `the intermediate file ${this.#path}`),
      );
    }
  }
}

function attempt<T>(operation: () => T, explain: (cause: unknown) => ExportError): T {
  try {
    return operation();
  } catch (cause) {
    throw explain(cause);
  }
}
