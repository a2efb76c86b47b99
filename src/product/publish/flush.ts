import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flushDirectory } from '../../sink/descriptor.ts';

/** Flushes a directory and all below it, and the one that it is in. Their files are flushed when they are written. */
export async function flushTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) await flushDirectory(join(entry.parentPath, entry.name));
  }
  await flushDirectory(directory);
  await flushDirectory(dirname(directory));
}
