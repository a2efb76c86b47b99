import { statSync } from 'node:fs';
import { userInfo } from 'node:os';

/** The operating system's name of the user who runs the program; undefined where it has none, as in some containers. */
export function systemUser(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** The home directory in which libpq looks for its files: `HOME`, else what the system says. */
export function homeDirectory(env: NodeJS.ProcessEnv): string | undefined {
  if (env.HOME) return env.HOME;
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

/** Whether the path leads to anything. */
export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
