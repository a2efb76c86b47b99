import type { Console } from './console.ts';
import type { Redact } from './redact.ts';

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** From what is for developers to what ends a run. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Values of a JSON log by their names, in snake case. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Something worth telling: in words, and as a log collector has it. */
export interface LogRecord {
  readonly level: LogLevel;
  /** What happened, in snake case: `finished`. */
  readonly event: string;
  /** For people. */
  readonly lines: readonly string[];
  /** For programs, besides time, level and event. */
  readonly fields?: LogFields;
  /** Told although the user asked for less. */
  readonly always?: boolean;
}

/** How far something has come, whenever it is asked. */
export interface LiveProgress {
  /** Everything, for a display that is redrawn. */
  lines(): readonly string[];
  /** A line for each thing that is under way, for a log. */
  running(): readonly string[];
  /** The same for programs. */
  records(): readonly LogFields[];
}

/** Tells the user what happens, as `--log-format` says. */
export interface Reporter {
  report(record: LogRecord): void;
  /** How often `show` is to be called, in milliseconds. */
  readonly showEveryMs: number;
  /** Shows how far it is. */
  show(progress: LiveProgress): void;
  /** Ends what `show` has shown; on a terminal it is replaced by `status`, or removed. */
  endShow(status: string): void;
}

/** Whether a record of this level is told where the least level to be told is `least`. */
function isTold({ level, always = false }: LogRecord, least: LogLevel): boolean {
  return always || LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

const REDRAW_MS = 200;
const LINE_MS = 5000;

/** Plain lines, and on a terminal the progress redrawn below them. */
export class TextReporter implements Reporter {
  readonly showEveryMs: number;
  readonly #console: Console;
  readonly #least: LogLevel;

  constructor(console: Console, least: LogLevel = 'info') {
    this.#console = console;
    this.#least = least;
    this.showEveryMs = console.redraws ? REDRAW_MS : LINE_MS;
  }

  report(record: LogRecord): void {
    if (isTold(record, this.#least)) for (const line of record.lines) this.#console.line(line);
  }

  show(progress: LiveProgress): void {
    if (this.#console.redraws) this.#console.status(progress.lines());
    else for (const line of progress.running()) this.#console.line(`fast-export: ${line}`);
  }

  endShow(status: string): void {
    this.#console.status(status === '' ? [] : [status]);
  }
}

/** One JSON object a line, with time, level and event first. Secrets are masked. */
export class JsonReporter implements Reporter {
  readonly showEveryMs = LINE_MS;
  readonly #stream: { write(text: string): unknown };
  readonly #redact: Redact;
  readonly #least: LogLevel;

  constructor(stream: { write(text: string): unknown }, redact: Redact, least: LogLevel = 'info') {
    this.#stream = stream;
    this.#redact = redact;
    this.#least = least;
  }

  report(record: LogRecord): void {
    if (!isTold(record, this.#least)) return;
    const { level, event, fields } = record;
    const line = { time: new Date().toISOString(), level, event, ...fields };
    const masked = (_: string, value: unknown) => (typeof value === 'string' ? this.#redact(value) : value);
    this.#stream.write(`${JSON.stringify(line, masked)}\n`);
  }

  show(progress: LiveProgress): void {
    for (const fields of progress.records()) {
      this.report({ level: 'info', event: 'progress', lines: [], fields });
    }
  }

  endShow(): void {}
}

/** Shows a progress again and again, driven by a timer: the clock runs on while the server is still sorting. */
export class LiveDisplay {
  readonly #reporter: Reporter;
  readonly #timer: NodeJS.Timeout;

  constructor(reporter: Reporter, progress: LiveProgress) {
    this.#reporter = reporter;
    this.#timer = setInterval(() => reporter.show(progress), reporter.showEveryMs);
    this.#timer.unref();
  }

  /** Ends the display; on a terminal it is replaced by `status`, or removed. */
  stop(status = ''): void {
    clearInterval(this.#timer);
    this.#reporter.endShow(status);
  }
}
