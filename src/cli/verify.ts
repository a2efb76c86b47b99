import { ExportError } from '../errors.ts';
import type { FileReport } from '../verify/verify-file.ts';
import { type CommandSpec, readCommandLine } from './command-line.ts';
import { Console } from './console.ts';
import { formatBytes, formatCounted } from './format.ts';
import { createRedactor } from './redact.ts';
import { failureLines } from './report.ts';

const SPEC: CommandSpec<{ readonly quiet: boolean }> = {
  word: 'verify',
  usage: '<file>… [options]',
  description: `Check Parquet files of any writer: footer, schema, every page and value, statistics and indexes.
Of a manifest.json, a directory with one, or a product root, whose latest product it is then: all files of that product, and
whether they are as it says.`,
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  options: {
    quiet: { flags: '--quiet', help: 'print nothing for files that are good' },
  },
  epilogue: `Prints one line for each good file on stdout, and what is wrong with others on stderr.
Row groups and pages are counted from 0.

Exit status: 0 all files are good; 1 a file is damaged or cannot be read; 2 the command line is
wrong.`,
};

/** `fast-export verify`: checks all files that are named. Returns the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(SPEC, argv);
  if (line === null) return 0;
  // Whoever read the lines may be gone; the exit status still counts.
  process.stdout.on('error', () => {});
  const redact = createRedactor({ env: process.env });
  const good = new Console(process.stdout, redact);
  const bad = new Console(process.stderr, redact);
  let status = 0;
  for (const path of line.operands) {
    try {
      const found = await check(path);
      if (found.problems.length === 0 && !line.options.quiet) good.line(found.good);
      if (found.problems.length > 0) status = 1;
      for (const problem of found.problems) bad.line(problem);
    } catch (error) {
      status = 1;
      for (const text of failureLines(error, !(error instanceof ExportError))) bad.line(text);
    }
  }
  return status;
}

/** Loads only what this kind of operand needs. Throws `ExportError` for a Parquet file that is not good. */
async function check(path: string): Promise<{ readonly good: string; readonly problems: readonly string[] }> {
  const { manifestOf, verifyProduct } = await import('./verify-product.ts');
  const manifest = await manifestOf(path);
  if (manifest !== null) return verifyProduct(manifest);
  const { verifyFile } = await import('../verify/verify-file.ts');
  return { good: reportLine(path, await verifyFile(path)), problems: [] };
}

/** `obs.parquet: good, 1,234,567 rows, 2 row groups, 86 columns, 13,072 pages, 63.0 MB`, and what could not be checked. */
export function reportLine(path: string, report: FileReport): string {
  const { rows, rowGroups, columns, pages, bytes, notChecked } = report;
  const parts = [
    formatCounted(rows, 'row'),
    formatCounted(rowGroups, 'row group'),
    formatCounted(columns, 'column'),
    formatCounted(pages, 'page'),
    formatBytes(bytes),
  ];
  const rest = notChecked.length === 0 ? '' : `; not checked: ${notChecked.join(', ')}`;
  return `${path}: good, ${parts.join(', ')}${rest}`;
}
