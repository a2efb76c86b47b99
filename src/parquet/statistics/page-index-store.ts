import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExportError } from '../../errors.ts';

const BLOCK_SIZE = 1 << 18;
/** Bytes of page indexes that are kept in memory; more of them go to a temporary file. */
const KEPT_BYTES = 16 << 20;

/**
 * Keeps the serialized page indexes of all row groups until the last page of the file is written: in memory up to a bound,
 * beyond it in a file without a name in the system's folder for temporary files, which vanishes
 * with the process at the latest. Throws `ExportError` (`output`) where that file cannot be written or read.
 */
export class PageIndexStore {
  private readonly keptBytes: number;
  private readonly blocks: Uint8Array[] = [];
  /** How many of the blocks hold something, and how much the last of them. */
  private used = 0;
  private position = BLOCK_SIZE;
  private file: NamelessFile | null = null;

  /** `keptBytes` are kept in memory at most, rounded up to blocks of 256 KiB. */
  constructor(keptBytes: number = KEPT_BYTES) {
    this.keptBytes = keptBytes;
  }

  append(bytes: Uint8Array): void {
    let from = 0;
    while (from < bytes.length) {
      if (this.position === BLOCK_SIZE) this.nextBlock();
      const count = Math.min(bytes.length - from, BLOCK_SIZE - this.position);
      this.blocks[this.used - 1]!.set(bytes.subarray(from, from + count), this.position);
      this.position += count;
      from += count;
    }
  }

  /** All bytes appended, in order, piece by piece: a piece is valid until the next one is asked for. Only once. */
  *contents(): Generator<Uint8Array> {
    if (this.file !== null) {
      yield* this.file.contents(new Uint8Array(BLOCK_SIZE));
      this.file.close();
    }
    for (let i = 0; i < this.used; i++) {
      const block = this.blocks[i]!;
      yield i === this.used - 1 ? block.subarray(0, this.position) : block;
    }
  }

  private nextBlock(): void {
    if (this.used > 0 && this.used * BLOCK_SIZE >= this.keptBytes) {
      this.file ??= new NamelessFile();
      for (const block of this.blocks) this.file.append(block);
      this.used = 0;
    }
    if (this.used === this.blocks.length) this.blocks.push(new Uint8Array(BLOCK_SIZE));
    this.used++;
    this.position = 0;
  }
}

/** A temporary file that nobody else sees. */
class NamelessFile {
  private static readonly abandoned = new FinalizationRegistry<number>((fd) => closeSync(fd));
  private readonly fd: number;
  private size = 0;

  constructor() {
    const path = join(tmpdir(), `ddpp-page-index-${randomUUID()}`);
    this.fd = attempt(() => openSync(path, 'wx+', 0o600));
    unlinkSync(path);
    NamelessFile.abandoned.register(this, this.fd, this);
  }

  append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      done += attempt(() => writeSync(this.fd, bytes, done, bytes.length - done, this.size + done));
    }
    this.size += bytes.length;
  }

  *contents(buffer: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < this.size; ) {
      const length = Math.min(buffer.length, this.size - at);
      const read = attempt(() => readSync(this.fd, buffer, 0, length, at));
      if (read === 0) throw failure('it is shorter than what was written');
      yield buffer.subarray(0, read);
      at += read;
    }
  }

  close(): void {
    NamelessFile.abandoned.unregister(this);
    closeSync(this.fd);
  }
}

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw failure((error as Error).message, error);
  }
}

function failure(reason: string, cause?: unknown): ExportError {
  return new ExportError('output', `the temporary file of the page index failed: ${reason}`, {
    stage: 'write',
    hint: `make room in ${tmpdir()}, or set TMPDIR to a folder that has some`,
    cause,
  });
}
