import { relative } from 'node:path';
import { ExportError } from '../errors.ts';
import type { PlainConfig, ProductConfig } from '../product/config/config.ts';
import type { ExportedTable, ProductSummary, RunEvent, RunSummary } from '../product/run.ts';
import { formatBytes, formatCount, formatCounted, formatDuration } from './format.ts';
import type { TableProgress } from './product-progress.ts';
import { secondsOf } from './progress.ts';
import { stepRecord, unrepresentableLines, warningRecord } from './report.ts';
import type { LogFields, LogRecord } from './reporter.ts';

/** What an event of a run is to be told as; null where the progress says it. `elapsedMs` is the run's time so far. */
export function eventRecord(event: RunEvent, elapsedMs: number): LogRecord | null {
  switch (event.kind) {
    case 'planned':
      return plannedRecord(event);
    case 'started':
      return {
        level: 'info',
        event: 'table_started',
        lines: [],
        fields: { table: event.name, jobs: event.jobs },
      };
    case 'progress':
      return null;
    case 'finished':
      return { level: 'info', event: 'table_finished', lines: [], fields: tableFields(event.summary) };
    case 'checking':
    case 'published':
      return { level: 'info', event: event.kind, lines: [] };
    case 'warning': {
      const { name, message } = event;
      if (name === null) return warningRecord(message);
      return { ...warningRecord(`${name}: ${message}`), fields: { table: name, message } };
    }
    case 'log': {
      const { name, line } = event;
      if (name === null) return stepRecord(line, elapsedMs);
      return { ...stepRecord(`${name}: ${line}`, elapsedMs), fields: { table: name, message: line } };
    }
  }
}

/** A table that is exported in full although an increment is configured is worth a line. */
function plannedRecord({ snapshotTime, exports }: Extract<RunEvent, { kind: 'planned' }>): LogRecord {
  const lines = exports.flatMap(({ name, increment }) =>
    typeof increment === 'string'
      ? []
      : [`fast-export: ${name} is exported in full, not as an increment: ${increment.fullBecause}`],
  );
  const tables = exports.map(({ name, estimatedRows, increment }) => ({
    table: name,
    kind: increment === 'increment' ? 'increment' : 'full',
    full_because: typeof increment === 'string' ? undefined : increment.fullBecause,
    estimated_rows: estimatedRows,
  }));
  return { level: 'info', event: 'planned', lines, fields: { snapshot_time: snapshotTime, tables } };
}

/** That a configuration has no mistakes. */
export function checkedRecord(file: string, config: ProductConfig | PlainConfig): LogRecord {
  const what =
    'root' in config
      ? `a product of ${formatCounted(config.exports.length, 'table')}`
      : formatCounted(config.exports.length, 'file');
  const lines = [`fast-export: ${file} is fine: ${what}`];
  return { level: 'info', event: 'config_checked', lines, fields: { file, exports: config.exports.length } };
}

/** That a product is published, with its tables. */
export function productRecord(summary: ProductSummary, root: string, date: string): LogRecord {
  const { exports, manifest, directory, elapsedMs, pruned } = summary;
  const kindOf = (name: string) => manifest.exports.find((each) => each.name === name)?.kind ?? 'full';
  const rows = exports.map((table) => ({ ...rowOf(table), kind: kindOf(table.name) }));
  const pruning =
    pruned.length === 0 ? [] : [`fast-export: removed ${formatCounted(pruned.length, 'old run')}`];
  return {
    level: 'info',
    event: 'finished',
    lines: [
      ...tableLines(rows),
      ...exports.flatMap(nullLines),
      `fast-export: published ${relative('', directory) || '.'} as ${date} in ${formatDuration(elapsedMs)}`,
      ...pruning,
    ],
    fields: {
      root,
      date,
      directory,
      seconds: secondsOf(elapsedMs),
      pruned,
      tables: rows.map(shortFields),
    },
  };
}

/** That all files of the plain form are there. */
export function plainRecord({ exports, elapsedMs }: RunSummary): LogRecord {
  return {
    level: 'info',
    event: 'finished',
    lines: [
      ...tableLines(exports.map(rowOf)),
      ...exports.flatMap(nullLines),
      `fast-export: wrote ${formatCounted(exports.length, 'file')} in ${formatDuration(elapsedMs)}`,
    ],
    fields: { seconds: secondsOf(elapsedMs), tables: exports.map(rowOf).map(shortFields) },
  };
}

/** How far the tables of a run had come when it failed, and which are to blame. */
export function failedTablesRecord(tables: readonly TableProgress[], error: unknown): LogRecord {
  const failed = error instanceof ExportError ? error.exports : [];
  const rows = tables.map(({ name, kind, started, progress, summary }): Row => {
    const blame = failed.includes(name) ? 'failed' : null;
    if (summary !== null) return { ...rowOf(summary), kind, status: blame ?? 'not published' };
    const status = blame ?? (started === null ? 'not begun' : 'stopped');
    return { name, kind, rows: progress?.rows ?? 0, bytes: null, ms: null, status };
  });
  return {
    level: 'info',
    event: 'tables',
    lines: tableLines(rows),
    fields: { tables: rows.map(shortFields) },
  };
}

/** A row of the summary. */
interface Row {
  readonly name: string;
  readonly kind: 'full' | 'increment';
  readonly rows: number;
  readonly bytes: number | null;
  readonly ms: number | null;
  readonly status: string;
}

function rowOf({ name, rows, fileBytes, elapsedMs }: ExportedTable): Row {
  return { name, kind: 'full', rows, bytes: fileBytes, ms: elapsedMs, status: 'ok' };
}

/** The summary as a table of text; numbers are flush right. */
function tableLines(rows: readonly Row[]): string[] {
  const cells = [
    ['table', 'kind', 'rows', 'size', 'time', 'status'],
    ...rows.map(({ name, kind, rows: count, bytes, ms, status }) => [
      name,
      kind,
      formatCount(count),
      bytes === null ? '' : formatBytes(bytes),
      ms === null ? '' : formatDuration(ms),
      status,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const isNumber = (column: number) => column >= 2 && column <= 4;
  return cells.map((row) =>
    row
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

function shortFields({ name, kind, rows, bytes, ms, status }: Row): LogFields {
  return { table: name, kind, rows, bytes, seconds: ms === null ? null : secondsOf(ms), status };
}

function nullLines({ name, unrepresentable }: ExportedTable): string[] {
  return unrepresentableLines(unrepresentable, `${name}: `);
}

function tableFields(table: ExportedTable): LogFields {
  const { name, out, rows, rowGroups, fileBytes, jobs, unrepresentable, elapsedMs } = table;
  return {
    table: name,
    out,
    rows,
    row_groups: rowGroups,
    bytes: fileBytes,
    jobs,
    unrepresentable,
    seconds: secondsOf(elapsedMs),
  };
}
