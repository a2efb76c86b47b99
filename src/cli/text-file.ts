import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { usageError } from './usage-error.ts';

/**
 * The text of a file that the user names, without a byte order mark; `-` is standard input where `stdin` says so. `what`
 * names the option or key that the file is given by. Throws `ExportError` (`usage`) for a file that cannot be read, that
 * is not text in UTF-8, or that is blank.
 */
export async function readTextFile(what: string, path: string, { stdin = false } = {}): Promise<string> {
  const isStdin = stdin && path === '-';
  const name = isStdin ? 'standard input' : path;
  const bytes = await (isStdin ? buffer(process.stdin) : readFile(path)).catch(unreadable(what, name));
  const text = decodeUtf8(bytes);
  if (text === null || text.includes('\0')) {
    throw usageError(`${what}: ${name} is not text in UTF-8`, 'save it as UTF-8');
  }
  if (text.trim() === '') throw usageError(`${what}: ${name} is empty`, 'name another file, or fill it');
  return text;
}

/** Explains the system error that kept a file from being read. */
function unreadable(what: string, name: string): (error: NodeJS.ErrnoException) => never {
  return ({ code, message }) => {
    switch (code) {
      case 'ENOENT':
        throw usageError(`${what}: there is no file ${name}`, 'check the path for a typing error');
      case 'EISDIR':
        throw usageError(`${what}: ${name} is a directory`, 'name a file in it');
      case 'EACCES':
        throw usageError(`${what}: ${name} may not be read`, 'change its permissions');
      default:
        throw usageError(`${what}: ${name} cannot be read: ${message}`, 'name another file');
    }
  };
}

/** Without a byte order mark; null where the bytes are no UTF-8. */
function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
