import { dirname } from 'node:path';
import { ExportError } from '../errors.ts';

interface Explanation {
  readonly what: string;
  readonly hint: string;
}

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ENOSPC: {
    what: 'no space is left on the device',
    hint: 'free some space there, or write to another file system',
  },
  EDQUOT: {
    what: 'the disk quota is used up',
    hint: 'free some space there, or write to another file system',
  },
  EFBIG: {
    what: 'the file grew larger than allowed',
    hint: 'check "ulimit -f" and what the file system allows',
  },
  EACCES: {
    what: 'permission denied',
    hint: 'choose a directory that you may write to, or change its permissions',
  },
  EPERM: {
    what: 'operation not permitted',
    hint: 'choose a directory that you may write to, or change its owner',
  },
  EROFS: { what: 'the file system is read-only', hint: 'write to another file system' },
  ENOENT: {
    what: 'no such file or directory',
    hint: 'create the directory first, and keep it until the export ends',
  },
  ENOTDIR: { what: 'a part of the path is not a directory', hint: 'check the path for a typing error' },
  EISDIR: { what: 'it is a directory', hint: 'name a file in it' },
  ELOOP: { what: 'its symbolic links run in a circle', hint: 'name a path without them' },
  ENAMETOOLONG: { what: 'the name is too long', hint: 'choose a shorter one' },
  EXDEV: {
    what: 'it became part of another file system',
    hint: 'do not mount anything there during the export',
  },
  EBUSY: {
    what: 'the file is in use as a mount point',
    hint: 'mount its directory instead of the file, so that the file can be replaced',
  },
  EIO: { what: 'the device reported an error', hint: 'check the disk and the system log' },
  EPIPE: { what: 'its reader has gone away', hint: 'see why the program that reads the output ended' },
  ECONNRESET: { what: 'its reader has gone away', hint: 'see why the program that reads the output ended' },
  EBADF: {
    what: 'it is not open for writing',
    hint: 'name a file, or a descriptor that is open for writing',
  },
  EMFILE: { what: 'this process has too many open files', hint: 'raise "ulimit -n"' },
  ENFILE: { what: 'the system has too many open files', hint: 'close some programs' },
};

/** An `ExportError` about output for its user: `message` names the output and the reason. */
export function outputError(message: string, hint: string, cause?: unknown): ExportError {
  return new ExportError('output', message, { stage: 'write', hint, cause });
}

/** Explains the system error `cause`, which stopped the writing to `output` (as the user calls it). */
export function writeError(cause: unknown, output: string): ExportError {
  return explain(cause, `cannot write ${output}`);
}

/** Explains the system error `cause`, which kept a file from being created in the directory of `path`. */
export function createError(cause: unknown, path: string): ExportError {
  return explain(cause, `cannot create a file in ${dirname(path)}`);
}

/** Explains the system error `cause`, which came when the complete file was in its place already. */
export function unflushedError(cause: unknown, output: string): ExportError {
  const reason = explain(cause, `${output} is complete, but its directory cannot be flushed`);
  return outputError(reason.message, 'after a crash of the system look whether it is still there', cause);
}

function explain(cause: unknown, problem: string): ExportError {
  if (cause instanceof ExportError) return cause;
  const error = cause as NodeJS.ErrnoException;
  const known = EXPLANATIONS[error.code ?? ''];
  if (known === undefined) return outputError(`${problem}: ${error.message}`, 'choose another output', cause);
  return outputError(`${problem}: ${known.what}`, known.hint, cause);
}

/** The error of a write that was overtaken by `abort`. */
export function stoppedError(output: string): ExportError {
  return outputError(`the writing of ${output} was stopped`, 'start the export again');
}
