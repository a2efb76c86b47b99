import { type CommandSpec, readCommandLine } from './command-line.ts';
import { usageError } from './usage-error.ts';

const SPEC: CommandSpec<{ readonly quiet: boolean }> = {
  word: 'verify',
  usage: '<file>… [options]',
  description: 'Check Parquet files of any writer, page by page.',
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  options: {
    quiet: { flags: '--quiet', help: 'print nothing for files that are good' },
  },
  epilogue:
    'Exit status: 0 all files are good; 1 a file is bad or cannot be read; 2 the command line is wrong.',
};

/** `fast-export verify`: checks all files that are named. Returns the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(SPEC, argv);
  if (line === null) return 0;
  throw usageError('fast-export verify cannot check files yet', 'wait for the next version');
}
