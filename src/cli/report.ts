import { ExportError } from '../errors.ts';
import type { ExportSummary } from '../export/options.ts';
import { ConfigError } from '../product/config/mistakes.ts';
import { formatBytes, formatCount, formatCounted, formatDuration } from './format.ts';
import { type Interruption, interruptedBy } from './interrupt.ts';
import { secondsOf } from './progress.ts';
import type { LogFields, LogRecord } from './reporter.ts';

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
  return [line, ...unrepresentableLines(summary.unrepresentable)];
}

/** How many values of which columns became null because their Arrow types cannot hold them, if any did. */
export function unrepresentableLines(unrepresentable: ExportSummary['unrepresentable'], what = ''): string[] {
  const counts = Object.entries(unrepresentable);
  if (counts.length === 0) return [];
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const columns = counts.map(([name, count]) => `${name} (${formatCount(count)})`).join(', ');
  const became =
    total === 1 ? 'value that its Arrow type cannot hold' : 'values that their Arrow types cannot hold';
  return [`${PREFIX}${what}${formatCount(total)} ${became} became null: ${columns}`];
}

/** That an export has ended well. */
export function summaryRecord(summary: ExportSummary): LogRecord {
  const { rows, rowGroups, fileBytes, elapsedMs, out, jobs, unrepresentable } = summary;
  const fields = {
    out,
    rows,
    row_groups: rowGroups,
    bytes: fileBytes,
    seconds: secondsOf(elapsedMs),
    jobs,
    unrepresentable,
  };
  return { level: 'info', event: 'finished', lines: summaryLines(summary), fields };
}

/** Where `--keep-temp` left the rows as they came. */
export function tempFileRecord(path: string): LogRecord {
  const lines = [`${PREFIX}the rows as they came are in ${path}`];
  return { level: 'info', event: 'temp_file', lines, fields: { path }, always: true };
}

/** A warning of this program. */
export function warningRecord(message: string, fields: LogFields = {}): LogRecord {
  return {
    level: 'warn',
    event: 'warning',
    lines: [`${PREFIX}warning: ${message}`],
    fields: { ...fields, message },
  };
}

/** A step of a detailed log, so long after the start. */
export function stepRecord(message: string, elapsedMs: number, fields: LogFields = {}): LogRecord {
  return {
    level: 'debug',
    event: 'step',
    lines: [`${PREFIX}[${formatDuration(elapsedMs)}] ${message}`],
    fields: { ...fields, message },
  };
}

/** That it failed; with `verbose` also where in the program. */
export function failureRecord(error: unknown, verbose: boolean): LogRecord {
  const known = error instanceof ExportError ? error : null;
  const fields = {
    message: known?.message ?? (error instanceof Error ? error.message : String(error)),
    hint: known?.hint,
    code: known?.code ?? 'internal',
    stage: known?.stage,
    table: known?.exports.length === 1 ? known.exports[0] : undefined,
    tables: known !== null && known.exports.length > 1 ? known.exports : undefined,
    column: known?.column,
    row: known?.row,
    sql_state: known?.sqlState,
    mistakes: error instanceof ConfigError ? error.lines : undefined,
    stack: verbose ? stackLines(error).join('\n') : undefined,
  };
  return { level: 'error', event: 'failed', lines: failureLines(error, verbose), fields };
}

/** That a signal ended it; `left` says what that left. */
export function interruptionRecord(
  signal: Interruption,
  left: string,
  error: unknown,
  verbose: boolean,
): LogRecord {
  const message = `${interruptedBy(signal)}; ${left}`;
  const lines = [`${PREFIX}${message}`, ...(verbose ? stackLines(error) : [])];
  return { level: 'error', event: 'interrupted', lines, fields: { message, signal } };
}

/** What failed and where, what to do, and with `verbose` the stack traces. */
export function failureLines(error: unknown, verbose: boolean): string[] {
  const lines = error instanceof ExportError ? exportErrorLines(error) : internalErrorLines(error);
  return verbose ? [...lines, ...stackLines(error)] : lines;
}

function exportErrorLines(error: ExportError): string[] {
  const place = [
    error.column === undefined ? null : `column "${error.column}"`,
    error.row === undefined ? null : `row ${formatCount(error.row)}`,
  ].filter((part) => part !== null);
  const where = place.length === 0 ? '' : ` (${place.join(', ')})`;
  const lines = [`${PREFIX}${error.message}${where}`, ...(error instanceof ConfigError ? error.lines : [])];
  return error.hint === undefined ? lines : [...lines, `hint: ${error.hint}`];
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
