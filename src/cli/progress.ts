import type { ExportProgress } from '../export/options.ts';
import { formatCount, formatDuration, formatRate } from './format.ts';
import type { LiveProgress, LogFields } from './reporter.ts';

/** How far one export has come, by its own clock. */
export class Progress implements LiveProgress {
  readonly #now: () => number;
  readonly #start: number;
  #latest: ExportProgress | null = null;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#start = now();
  }

  update(progress: ExportProgress): void {
    this.#latest = progress;
  }

  lines(): readonly string[] {
    return [progressText(this.#latest, this.#now() - this.#start)];
  }

  running(): readonly string[] {
    return this.lines();
  }

  records(): readonly LogFields[] {
    return [progressFields(this.#latest, this.#now() - this.#start)];
  }
}

/**
 * One line: `1,234,567 rows, 300,000 rows/s, 120 MB/s, 5.2 s, 43 %, 7 s left`. The share and the time left rest on
 * the planner's estimate and are left out where it is unknown or has turned out too low.
 */
export function progressText(progress: ExportProgress | null, elapsedMs: number): string {
  const elapsed = formatDuration(elapsedMs);
  if (progress === null || progress.rows === 0) return `waiting for the first row, ${elapsed}`;
  const { rows, bytesReceived, estimatedRows } = progress;
  const seconds = Math.max(elapsedMs, 1) / 1000;
  const parts = [
    `${formatCount(rows)} rows`,
    `${formatCount(rows / seconds)} rows/s`,
    formatRate(bytesReceived / seconds),
    elapsed,
  ];
  if (estimatedRows !== null && rows < estimatedRows) {
    const left = (elapsedMs * (estimatedRows - rows)) / rows;
    parts.push(`${Math.floor((100 * rows) / estimatedRows)} %`, `${formatDuration(left)} left`);
  }
  return parts.join(', ');
}

/** The same for a JSON log. */
export function progressFields(progress: ExportProgress | null, elapsedMs: number): LogFields {
  const { rows = 0, bytesReceived = 0, estimatedRows = null } = progress ?? {};
  return {
    rows,
    bytes_received: bytesReceived,
    estimated_rows: estimatedRows,
    seconds: secondsOf(elapsedMs),
  };
}

/** Seconds with three decimals. */
export function secondsOf(ms: number): number {
  return Math.round(ms) / 1000;
}
