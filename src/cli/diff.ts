import { ExportError } from '../errors.ts';
import type { ColumnDiff, ExportDiff, ExportState, ProductDiff } from '../product/diff/diff.ts';
import { type CommandSpec, readCommandLine } from './command-line.ts';
import { Console } from './console.ts';
import { formatBytes, formatCount, formatCounted } from './format.ts';
import { createRedactor } from './redact.ts';
import { failureLines } from './report.ts';
import { oneOf } from './values.ts';

const FORMATS = ['text', 'json'] as const;

const SPEC: CommandSpec<{ readonly format: (typeof FORMATS)[number] }> = {
  word: 'diff',
  usage: '<old> <new> [options]',
  description:
    'Say what changed between two products: tables, columns, rows, sizes, files. A product is named by its manifest.json, its directory, or a product root, whose latest one it is then.',
  operands: { min: 2, max: 2 },
  options: {
    format: { flags: '--format <format>', help: 'text or json', parse: oneOf(FORMATS), default: 'text' },
  },
  epilogue:
    'Exit status, as of diff(1): 0 nothing differs: the same files, an empty increment, or the same snapshot; 1 something does, or may; 2 trouble.',
};

const TROUBLE = 2;

/** `fast-export diff`: prints what changed between two products. Returns the exit status. */
export async function run(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(SPEC, argv);
  if (line === null) return 0;
  const { readProduct } = await import('../product/compact/chain.ts');
  const { diffProducts } = await import('../product/diff/diff.ts');
  try {
    const [before, after] = await Promise.all(line.operands.map(readProduct));
    const diff = diffProducts(before!.manifest, after!.manifest);
    process.stdout.on('error', () => {});
    const text = line.options.format === 'json' ? JSON.stringify(diff, null, 2) : diffLines(diff).join('\n');
    process.stdout.write(`${text}\n`);
    return diff.differs ? 1 : 0;
  } catch (error) {
    if (!(error instanceof ExportError)) throw error;
    const console = new Console(process.stderr, createRedactor({ env: process.env }));
    for (const each of failureLines(error, false)) console.line(each);
    return TROUBLE;
  }
}

/** The text form: a line for each table, its columns indented below it. */
export function diffLines({ old, new: now, follows, exports }: ProductDiff): string[] {
  const name = ({ run, date, snapshotTime }: ProductDiff['old']) => `${date} (${run}, ${snapshotTime})`;
  return [
    `old: ${name(old)}`,
    `new: ${name(now)}`,
    ...exports.flatMap((each) => exportLines(each, follows)),
  ].map(printable);
}

function exportLines(diff: ExportDiff, follows: boolean): string[] {
  const { name, change, old, new: now, columns, newOrder } = diff;
  if (old === null) return [`${name}: added, ${summary(now!)}`];
  if (now === null) return [`${name}: removed, had ${summary(old)}`];
  const step = follows ? increment(now) : '';
  if (change === 'none') return [`${name}: no difference, ${summary(now)}${step}`];
  const rows = difference(old.rows, now.rows, (count) => formatCount(count));
  const bytes = difference(old.bytes, now.bytes, formatBytes);
  return [
    `${name}: ${rows} rows, ${bytes}${step}${contentsOf(diff)}`,
    ...columns.map(columnLine),
    ...(newOrder === null ? [] : [`  columns in another order: ${newOrder.join(', ')}`]),
  ];
}

function summary({ rows, bytes }: ExportState): string {
  return `${rows === null ? '? rows' : formatCounted(rows, 'row')}, ${formatBytes(bytes)}`;
}

/** What has changed since the product that it follows, and nothing between any others. */
function increment({ kind, dataRows, deletedKeys }: ExportState): string {
  return kind === 'full'
    ? ''
    : `; increment of ${formatCounted(dataRows, 'row')}, ${formatCounted(deletedKeys, 'deleted key')}`;
}

/** What the numbers do not show. */
function contentsOf({ columns, newOrder, contents, old, new: now }: ExportDiff): string {
  if (contents === 'unknown') return '; the manifests do not say whether rows differ';
  const isAlike = columns.length === 0 && newOrder === null && old!.rows === now!.rows;
  const isHidden = isAlike && old!.bytes === now!.bytes && now!.kind === 'full';
  return isHidden ? '; same columns, rows and size; other bytes' : '';
}

/** `1,000 → 1,200 (+200)`, or the one where they are the same. */
function difference(old: number | null, now: number | null, format: (value: number) => string): string {
  const text = (value: number | null) => (value === null ? '?' : format(value));
  if (old === now) return text(now);
  const change =
    old === null || now === null ? '' : ` (${now > old ? '+' : '-'}${format(Math.abs(now - old))})`;
  return `${text(old)} → ${text(now)}${change}`;
}

function columnLine({ name, change, old, new: now }: ColumnDiff): string {
  switch (change) {
    case 'added':
      return `  + ${name} ${now}`;
    case 'removed':
      return `  - ${name} ${old}`;
    case 'retyped':
      return `  ~ ${name} ${old} → ${now}`;
  }
}

/** Names come from a file: control characters are not passed on. */
function printable(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be found
  return line.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ');
}
