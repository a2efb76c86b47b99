import { ExportError } from '../errors.ts';
import type { ExportSummary } from '../export/options.ts';
import { formatBytes, formatCount, formatCounted, formatDuration } from './format.ts';

const PREFIX = 'fast-export: ';

/**
 * `fast-export: wrote 1,234,567 rows in 2 row groups, 345 MB, to out.parquet in 4.1 s (301,114 rows/s)`, and if values
 * became null because their Arrow type cannot hold them, how many of which columns.
 */
export function summaryLines(summary: ExportSummary): string[] {
  const { rows, rowGroups, fileBytes, elapsedMs, out } = summary;
  const written = `${formatCounted(rows, 'row')} in ${formatCounted(rowGroups, 'row group')}`;
  const rate = formatCount((rows * 1000) / Math.max(elapsedMs, 1));
  const line = `${PREFIX}wrote ${written}, ${formatBytes(fileBytes)}, to ${out} in ${formatDuration(elapsedMs)} (${rate} rows/s)`;
  const counts = Object.entries(summary.unrepresentable);
  if (counts.length === 0) return [line];
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const columns = counts.map(([name, count]) => `${name} (${formatCount(count)})`).join(', ');
  const became =
    total === 1 ? 'value that its Arrow type cannot hold' : 'values that their Arrow types cannot hold';
  return [line, `${PREFIX}${formatCount(total)} ${became} became null: ${columns}`];
}

/** Where `--keep-temp` left the rows as they came. */
export function tempFileLine(path: string): string {
  return `${PREFIX}the rows as they came are in ${path}`;
}

/** What failed and where, what to do, and with `verbose` the stack traces. */
export function failureLines(error: unknown, verbose: boolean): string[] {
  const lines = error instanceof ExportError ? exportErrorLines(error) : internalErrorLines(error);
  return verbose ? [...lines, ...stackLines(error)] : lines;
}

/** That a signal ended the export, and with `verbose` where it was at that time. */
export function interruptionLines(signal: string, error: unknown, verbose: boolean): string[] {
  const line = `${PREFIX}interrupted by ${signal}; the query was cancelled and no partial file was left`;
  return verbose ? [line, ...stackLines(error)] : [line];
}

function exportErrorLines(error: ExportError): string[] {
  const place = [
    error.column === undefined ? null : `column "${error.column}"`,
    error.row === undefined ? null : `row ${formatCount(error.row)}`,
  ].filter((part) => part !== null);
  const where = place.length === 0 ? '' : ` (${place.join(', ')})`;
  const line = `${PREFIX}${error.message}${where}`;
  return error.hint === undefined ? [line] : [line, `hint: ${error.hint}`];
}

function internalErrorLines(error: unknown): string[] {
  const message = error instanceof Error ? error.message : String(error);
  return [
    `${PREFIX}internal error: ${message}`,
    'hint: this is a defect of fast-export; please report it with the output of --verbose',
  ];
}

function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  for (let each = error; each instanceof Error; each = each.cause) {
    lines.push(...(each.stack ?? `${each.name}: ${each.message}`).split('\n'));
  }
  return lines;
}
