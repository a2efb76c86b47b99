import { constants, fstatSync, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import { closeDescriptor, openDescriptor } from './descriptor.ts';
import { DeviceSink } from './device-sink.ts';
import { FileSink } from './file-sink.ts';
import { outputError, writeError } from './output-error.ts';
import { resolveOutput } from './resolve.ts';
import type { Sink } from './sink.ts';
import { openFifo, StreamSink } from './stream-sink.ts';

/**
 * Opens the output at the path `out`. What can be known to fail later fails here: a missing directory, one that is
 * not writable, a file that may not be replaced. A symlink is followed, also a dangling one; a regular file is
 * replaced when the sink is closed; a FIFO, a character device and the descriptors of this process (/dev/stdout,
 * /dev/fd/N) are written directly. Throws an `ExportError` with code `output`.
 */
export async function openSink(out: string): Promise<Sink> {
  if (out.endsWith('/')) throw directoryError(out);
  const destination = await resolveOutput(out);
  if (destination.kind === 'descriptor') return openInherited(destination.fd, out);
  const { path, stats } = destination;
  if (stats === null || stats.isFile()) {
    if (stats !== null) await checkReplaceable(path, stats, out);
    return FileSink.create(path, out);
  }
  if (stats.isFIFO()) return openPipe(path, out);
  if (stats.isCharacterDevice()) return openDevice(path, out);
  if (stats.isDirectory()) throw directoryError(out);
  throw outputError(`cannot write ${out}: it is a ${stats.isSocket() ? 'socket' : 'disk'}`, 'name a file');
}

/** Refuses now what the final rename would refuse, and files that their owner has protected. */
async function checkReplaceable(path: string, stats: Stats, out: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    throw outputError(
      `cannot replace ${out}: the file is there and you may not write to it`,
      'remove it, or change its permissions',
      error,
    );
  }
  const directory = await stat(dirname(path));
  const uid = process.getuid?.() ?? 0;
  const sticky = (directory.mode & 0o1000) !== 0;
  if (sticky && uid !== 0 && uid !== stats.uid && uid !== directory.uid) {
    throw outputError(
      `cannot replace ${out}: it belongs to another user, in a directory where only owners may remove files`,
      'choose another name or directory',
    );
  }
}

function openPipe(path: string, out: string): Sink {
  let first: number | null;
  try {
    first = openFifo(path);
  } catch (error) {
    throw writeError(error, out);
  }
  const open = () => {
    const fd = first ?? openFifo(path);
    first = null;
    return fd;
  };
  return new StreamSink(open, out);
}

async function openDevice(path: string, out: string): Promise<Sink> {
  let fd: number;
  try {
    fd = await openDescriptor(path, constants.O_WRONLY | constants.O_NOCTTY);
  } catch (error) {
    throw writeError(error, out);
  }
  if (!isatty(fd)) return new DeviceSink(fd, out);
  await closeDescriptor(fd);
  throw terminalError(out);
}

function openInherited(fd: number, out: string): Sink {
  let stats: Stats;
  try {
    stats = fstatSync(fd);
  } catch (error) {
    throw writeError(error, out);
  }
  if (isatty(fd)) throw terminalError(out);
  return stats.isFIFO() || stats.isSocket() ? new StreamSink(() => fd, out) : new DeviceSink(fd, out);
}

function terminalError(out: string) {
  return outputError(
    `${out} is a terminal, and Parquet is not text`,
    'name a file, or redirect the output to a file or program',
  );
}

function directoryError(out: string) {
  return outputError(`cannot write ${out}: it is a directory`, 'name a file in it');
}
