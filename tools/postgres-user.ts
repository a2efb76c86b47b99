/** Who a throw-away server runs as, and where that user may put files. */
import { readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

/** User and group ids to start the server with; none where it runs as the user that starts it. */
export interface ServerUser {
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** The current user, or for root, as whom Postgres refuses to run, `nobody`: every system has it, none is created. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  if (entry === undefined)
    throw new Error('Postgres does not run as root, and /etc/passwd has no user "nobody"');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** The system's temporary folder, or /tmp where the server's user cannot enter that one. */
export function temporaryFolder(user: ServerUser): string {
  return user.uid === undefined || enterableByAll(tmpdir()) ? tmpdir() : '/tmp';
}

/** Whether every user may enter a folder, which takes every folder above it too. */
export function enterableByAll(folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
