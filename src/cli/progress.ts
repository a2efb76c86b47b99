import type { ExportProgress } from '../export/options.ts';
import type { Console } from './console.ts';
import { formatCount, formatDuration, formatRate } from './format.ts';

const REDRAW_MS = 200;
const LINE_MS = 5000;

/**
 * Shows how far an export has come: redrawn in place on a terminal, a line every five seconds otherwise. Driven by a
 * timer, so that the clock runs on while the server is still sorting.
 */
export class ProgressDisplay {
  readonly #console: Console;
  readonly #start: number;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #latest: ExportProgress | null = null;

  constructor(console: Console, now: () => number = () => performance.now()) {
    this.#console = console;
    this.#now = now;
    this.#start = now();
    this.#timer = setInterval(() => this.#show(), console.redraws ? REDRAW_MS : LINE_MS);
    this.#timer.unref();
  }

  update(progress: ExportProgress): void {
    this.#latest = progress;
  }

  /** Ends the display; the status line is replaced by `status`, or removed. */
  stop(status = ''): void {
    clearInterval(this.#timer);
    this.#console.status(status);
  }

  #show(): void {
    const text = progressText(this.#latest, this.#now() - this.#start);
    if (this.#console.redraws) this.#console.status(text);
    else this.#console.line(`fast-export: ${text}`);
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
