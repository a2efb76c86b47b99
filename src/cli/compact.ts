import type { CompactedExport } from '../product/compact/compact.ts';
import { type CommandSpec, readCommandLine } from './command-line.ts';
import { Console } from './console.ts';
import { formatBytes, formatCounted } from './format.ts';
import { InterruptWatch, interruptedBy, statusOf } from './interrupt.ts';
import { createRedactor } from './redact.ts';
import { usageError } from './usage-error.ts';
import { byteSize, nonBlank } from './values.ts';

/** What DuckDB, the program and what it writes take in any case. Measured. */
const LEAST_MEMORY = 320 << 20;

const SPEC: CommandSpec<{ readonly out: string; readonly maxMemory: number; readonly quiet: boolean }> = {
  word: 'compact',
  usage: '<product> [<earlier product>…] --out <dir> [options]',
  description:
    'Make a product of full files from one with increments: the last version of each row, without the deleted ones. A product is named by its manifest.json, its directory, or a product root, whose latest one it is then. The products that it builds on are found beside it, or among those named after it.',
  operands: { min: 1, max: Number.POSITIVE_INFINITY },
  options: {
    out: { flags: '--out <dir>', help: 'directory to make', parse: nonBlank('the path of a directory') },
    maxMemory: {
      flags: '--max-memory <size>',
      help: 'memory to take at most; the rest goes to temporary files beside the output',
      parse: byteSize(LEAST_MEMORY, Number.MAX_SAFE_INTEGER),
      defaultText: '512MiB',
    },
    quiet: { flags: '--quiet', help: 'print nothing but errors' },
  },
  epilogue:
    'It takes the package @duckdb/node-api. Exit status: 0 the directory is complete; 1 it failed, and there is none; 2 the command line is wrong.',
};

/** `fast-export compact`: makes a product of full files. Returns the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(SPEC, argv);
  if (line === null) return 0;
  const { out, maxMemory, quiet = false } = line.options;
  if (out === undefined) throw usageError('it is not said where to', 'give the directory to make with --out');
  const { compactProduct } = await import('../product/compact/compact.ts');
  const console = new Console(process.stderr, createRedactor({ env: process.env }));
  const interrupts = new InterruptWatch();
  try {
    const { signal } = interrupts;
    const onExport = (made: CompactedExport) => {
      if (!quiet) console.line(`fast-export: ${describe(made)}`);
    };
    await compactProduct({ products: line.operands, out, maxMemory, signal, onExport });
    interrupts.ignore();
    if (!quiet) console.line(`fast-export: the product is in ${out}`);
    return 0;
  } catch (error) {
    const { received } = interrupts;
    if (received === null) throw error;
    console.line(`fast-export: ${interruptedBy(received)}; nothing was made`);
    return statusOf(received);
  }
}

function describe({ name, rows, bytes, products }: CompactedExport): string {
  const from = products === 1 ? 'copied' : `merged from ${products} products`;
  return `${name}: ${formatCounted(rows, 'row')}, ${formatBytes(bytes)}, ${from}`;
}
