import {
  close as closeCallback,
  fsync as fsyncCallback,
  open as openCallback,
  writev as writevCallback,
} from 'node:fs';
import { promisify } from 'node:util';

// FileHandle would do for most of this, but cannot be made from a descriptor that the process was started with.
export const openDescriptor = promisify(openCallback);
export const closeDescriptor = promisify(closeCallback);
const fsync = promisify(fsyncCallback);
const writev = promisify(writevCallback) as (
  fd: number,
  chunks: readonly Uint8Array[],
  position: number | null,
) => Promise<{ bytesWritten: number }>;

/** Linux's IOV_MAX: the most buffers that one writev(2) takes. */
const MAX_BUFFERS = 1024;

/**
 * Writes all chunks in order, however few bytes the system takes at a time: at the descriptor's own position, or from
 * another one on.
 */
export async function writeFully(
  fd: number,
  chunks: readonly Uint8Array[],
  position: number | null = null,
): Promise<void> {
  let at = position;
  for (let start = 0; start < chunks.length; start += MAX_BUFFERS) {
    let rest: readonly Uint8Array[] = chunks.slice(start, start + MAX_BUFFERS).filter((c) => c.length > 0);
    while (rest.length > 0) {
      const { bytesWritten } = await writev(fd, rest, at);
      if (at !== null) at += bytesWritten;
      rest = dropFront(rest, bytesWritten);
    }
  }
}

/**
 * Bytes of one write at a position. Linux 6.18 (ext4) often takes up to ten times as long to copy what comes in larger
 * ones (measured in a virtual machine: up to a tenth of the CPU time of an export).
 */
const PIECE_BYTES = 1 << 19;

/**
 * Writes all chunks, one behind the other, from a position of a regular file on: in pieces that all wait for the threads
 * of the runtime, for this one may be busy between two calls of its own. They may arrive in another order.
 */
export async function writeAt(fd: number, chunks: readonly Uint8Array[], position: number): Promise<void> {
  const writes: Promise<void>[] = [];
  let at = position;
  for (const piece of pieces(chunks)) {
    writes.push(writeFully(fd, piece, at));
    at += totalLength(piece);
  }
  // Whoever is told of a failure may close the file.
  await Promise.allSettled(writes);
  await Promise.all(writes);
}

/** The chunks in groups of `PIECE_BYTES`, cut where need be. */
function* pieces(chunks: readonly Uint8Array[]): Generator<readonly Uint8Array[]> {
  let piece: Uint8Array[] = [];
  let room = PIECE_BYTES;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const part = chunk.subarray(from, from + room);
      piece.push(part);
      from += part.length;
      room -= part.length;
      if (room > 0) continue;
      yield piece;
      piece = [];
      room = PIECE_BYTES;
    }
  }
  if (piece.length > 0) yield piece;
}

/** Bytes of all chunks. */
export function totalLength(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((bytes, chunk) => bytes + chunk.length, 0);
}

/** The chunks without their first `count` bytes. */
export function dropFront(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count;
  let i = 0;
  while (i < chunks.length && left >= chunks[i]!.length) left -= chunks[i++]!.length;
  return left === 0 ? chunks.slice(i) : [chunks[i]!.subarray(left), ...chunks.slice(i + 1)];
}

/** Errors of what cannot be flushed at all, such as a device, as opposed to a flush that failed. */
const CANNOT_FLUSH = new Set(['EINVAL', 'ENOTSUP', 'EROFS']);

/** Makes what was written durable (fsync), where the descriptor has something to flush to. */
export async function flush(fd: number): Promise<void> {
  await fsync(fd).catch((error: NodeJS.ErrnoException) => {
    if (!CANNOT_FLUSH.has(error.code ?? '')) throw error;
  });
}

/** Opens a directory, so that a rename in it can be made durable. Null for one that can be written but not read: that is left to the system. */
export async function openDirectory(path: string): Promise<number | null> {
  return openDescriptor(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') return null;
    throw error;
  });
}

/** Makes a rename in the directory durable, as far as it can be read. */
export async function flushDirectory(path: string): Promise<void> {
  const fd = await openDirectory(path);
  if (fd === null) return;
  try {
    await flush(fd);
  } finally {
    await closeDescriptor(fd);
  }
}
