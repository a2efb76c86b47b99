import { mostSimilar } from '../product/config/similar.ts';
import { usageError } from './usage-error.ts';

/** A command beside the export itself. */
export interface Command {
  /** What it does, for the help. */
  readonly summary: string;
  /** Loaded only when it is asked for. `run` gets the arguments behind the word and returns the exit status. */
  readonly load: () => Promise<{ run(argv: readonly string[]): Promise<number> }>;
}

/** Commands by their word, the first argument. Without such a word the arguments are those of an export. */
const COMMANDS: Readonly<Record<string, Command>> = {
  verify: {
    summary: 'check Parquet files, page by page: fast-export verify obs_sbn.parquet',
    load: () => import('./verify.ts'),
  },
  diff: {
    summary: 'say what changed between two products: fast-export diff 2026-11-22 latest',
    load: () => import('./diff.ts'),
  },
  compact: {
    summary: 'merge increments into full files: fast-export compact products/latest --out compacted',
    load: () => import('./compact.ts'),
  },
};

/**
 * The command that the first argument names; null where it is no word, but an option. Throws `ExportError` (`usage`) for
 * another word.
 */
export function commandOf(argv: readonly string[]): Command | null {
  const word = argv[0] ?? '';
  if (Object.hasOwn(COMMANDS, word)) return COMMANDS[word]!;
  // What looks like anything else, a connection string say, may hold a password.
  if (!/^[a-z][a-z-]{0,19}$/i.test(word)) return null;
  const words = Object.keys(COMMANDS);
  const similar = mostSimilar(word, words);
  throw usageError(
    `there is no command "${word}"`,
    similar === null
      ? `the commands are ${words.join(', ')}; an export takes options only, see fast-export --help`
      : `did you mean ${similar}?`,
  );
}

/** The commands' part of `fast-export --help`. */
export function commandsHelp(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((word) => word.length));
  const lines = Object.entries(COMMANDS).map(([word, { summary }]) => `  ${word.padEnd(width)}  ${summary}`);
  return ['Commands:', ...lines, '', 'fast-export <command> --help says more of one.'].join('\n');
}
