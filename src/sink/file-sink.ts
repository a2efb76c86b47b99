import { open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { closeDescriptor, flush, openDirectory, totalLength, writeAt } from './descriptor.ts';
import { FlushBehind } from './flush-behind.ts';
import { createError, stoppedError, unflushedError, writeError } from './output-error.ts';
import { createPartialFile, forgetPartialFile, type PartialFile } from './partial-file.ts';
import type { Sink, WrittenBytes } from './sink.ts';

/**
 * A regular file that appears whole at its final name, or not at all: the bytes go to a partial file beside it, which
 * `close` flushes to the disk and renames. A file already there is replaced by that rename, and untouched until then;
 * the new file has a new inode and the mode that the umask gives, whatever the old one's was. The first failure
 * removes the partial file.
 */
export class FileSink implements Sink {
  readonly description: string;
  readonly #target: string;
  readonly #partial: PartialFile;
  readonly #flushing: FlushBehind;
  #state: 'open' | 'published' | 'discarded' = 'open';
  #aborted = false;
  /** Bytes written so far. */
  #size = 0;
  /** Resolves when what runs, a write, a read or the close, has ended, well or not. */
  #idle: Promise<void> = Promise.resolve();

  private constructor(target: string, description: string, partial: PartialFile) {
    this.#target = target;
    this.description = description;
    this.#partial = partial;
    this.#flushing = new FlushBehind(partial.fd);
  }

  /** Creates the partial file. `target` is an absolute path that is no symlink; `description` is the user's name for it. */
  static async create(target: string, description: string): Promise<FileSink> {
    try {
      return new FileSink(target, description, await createPartialFile(target));
    } catch (error) {
      throw createError(error, target);
    }
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    return this.#run(async () => {
      const bytes = totalLength(chunks);
      await writeAt(this.#partial.fd, chunks, this.#size);
      this.#size += bytes;
      this.#flushing.add(bytes);
    });
  }

  /** Reads the partial file. It need not be on the disk yet: what is read may come from the system's cache. */
  readBack<T>(use: (written: WrittenBytes) => Promise<T>): Promise<T> {
    return this.#run(async () => {
      const file = await open(this.#partial.path, 'r');
      try {
        const { size } = await file.stat();
        const read = async (into: Uint8Array, position: number) => {
          if (this.#aborted) throw stoppedError(this.description);
          return (await file.read(into, 0, into.length, position)).bytesRead;
        };
        return await use({ size, read });
      } finally {
        await file.close();
      }
    });
  }

  close(): Promise<void> {
    return this.#run(async () => {
      const { path, fd } = this.#partial;
      await this.#flushing.end();
      // Whatever can fail before the rename is done before it.
      const directory = await openDirectory(dirname(this.#target));
      try {
        if (this.#aborted) throw stoppedError(this.description);
        await rename(path, this.#target);
        this.#state = 'published';
        forgetPartialFile(path);
        await this.#flushName(directory);
      } finally {
        // What is flushed cannot be lost by closing it.
        for (const each of this.#state === 'published' ? [fd, directory] : [directory])
          if (each !== null) await closeDescriptor(each).catch(() => {});
      }
    });
  }

  async abort(): Promise<void> {
    this.#aborted = true;
    await this.#idle;
    if (this.#state === 'open') await this.#discard();
  }

  async #flushName(directory: number | null): Promise<void> {
    if (directory === null) return;
    try {
      await flush(directory);
    } catch (error) {
      throw unflushedError(error, this.description);
    }
  }

  #run<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#attempt(operation);
    this.#idle = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  async #attempt<T>(operation: () => Promise<T>): Promise<T> {
    try {
      if (this.#state !== 'open' || this.#aborted) throw stoppedError(this.description);
      return await operation();
    } catch (error) {
      if (this.#state === 'open') await this.#discard();
      throw writeError(error, this.description);
    }
  }

  async #discard(): Promise<void> {
    this.#state = 'discarded';
    await unlink(this.#partial.path).catch(() => {});
    forgetPartialFile(this.#partial.path);
    await this.#flushing.stop();
    await closeDescriptor(this.#partial.fd).catch(() => {});
  }
}
