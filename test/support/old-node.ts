import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A Node on the PATH that does not run TypeScript sources (older than 22.18), where the machine has one. */
export function oldNode(): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path))
    .find(
      (path) =>
        execFileSync(path, ['-p', 'process.features.typescript || "none"'], { encoding: 'utf8' }) ===
        'none\n',
    );
}
