import { createHash } from 'node:crypto';
import { constants, unlinkSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { openDescriptor } from './descriptor.ts';
import {
  hasEnded,
  identityText,
  ownIdentity,
  type ProcessIdentity,
  parseIdentity,
} from './process-identity.ts';

export interface PartialFile {
  readonly path: string;
  /** Open for writing. */
  readonly fd: number;
}

const MAX_LABEL_BYTES = 100;

/**
 * Creates the partial file of `target` beside it, with the mode that the umask gives, after removing those of
 * processes that have certainly ended. Its name begins with a dot and does not end in the target's extension, so
 * that readers of a whole directory pass it over. Until `forgetPartialFile`, it is also removed when this process exits.
 */
export async function createPartialFile(target: string): Promise<PartialFile> {
  const self = await ownIdentity();
  if (self !== null) await removeStale(target, self);
  for (let serial = 0; ; serial++) {
    const path = join(dirname(target), partialName(target, self, serial));
    try {
      const fd = await openDescriptor(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o666);
      removeAtExit(path);
      return { path, fd };
    } catch (error) {
      // Another export of this process to the same target.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** To be called once the partial file at `path` has been renamed or removed. */
export function forgetPartialFile(path: string): void {
  unfinished.delete(path);
}

function partialName(target: string, self: ProcessIdentity | null, serial: number): string {
  const writer = self === null ? `unknown.${process.pid}` : identityText(self);
  return `.${label(target)}.${writer}.${serial}.partial`;
}

/** The target's name, shortened where the whole partial name would exceed the 255 bytes of a file name. */
function label(target: string): string {
  const name = basename(target);
  if (Buffer.byteLength(name) <= MAX_LABEL_BYTES) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return `${Array.from(name).slice(0, 16).join('')}~${digest}`;
}

async function removeStale(target: string, self: ProcessIdentity): Promise<void> {
  const directory = dirname(target);
  const prefix = `.${label(target)}.`;
  // A directory that can be written but not listed is fine; there is just nothing to clean up then.
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const writer = name.startsWith(prefix) ? parseWriter(name.slice(prefix.length)) : null;
    if (writer !== null && (await hasEnded(writer, self)))
      await unlink(join(directory, name)).catch(() => {});
  }
}

function parseWriter(text: string): ProcessIdentity | null {
  const writer = /^(.*)\.\d+\.partial$/.exec(text)?.[1];
  return writer === undefined ? null : parseIdentity(writer);
}

const unfinished = new Set<string>();
let listening = false;

function removeAtExit(path: string): void {
  unfinished.add(path);
  if (listening) return;
  listening = true;
  process.on('exit', () => {
    for (const each of unfinished) {
      try {
        unlinkSync(each);
      } catch {
        // Gone already, or its directory is: nothing can be done at this point.
      }
    }
  });
}
