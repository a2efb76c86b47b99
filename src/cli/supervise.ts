import { ExportError } from '../errors.ts';
import { Console } from './console.ts';
import { type Interruption, InterruptWatch, statusOf } from './interrupt.ts';
import type { OptionValues, ProductValues } from './options.ts';
import { createRedactor } from './redact.ts';
import { failureRecord, interruptionRecord, warningRecord } from './report.ts';
import {
  JsonReporter,
  LiveDisplay,
  type LiveProgress,
  type LogRecord,
  type Reporter,
  TextReporter,
} from './reporter.ts';

const FAILED = 1;
const USAGE = 2;
const PASSWORD_SEEN =
  'others may have seen --password in the process list while the program started; keep it in ~/.pgpass';
/** How long a finished export may keep the process, in a connection attempt that nobody needs any more, say. */
const LINGER_MS = 500;

type Values = OptionValues | ProductValues;

/** What is under supervision. */
export interface Supervised {
  /** Shown while it runs. */
  readonly progress: LiveProgress;
  /** What a signal that ended it has left behind. */
  readonly leftByInterruption: string;
  /** Gives what is to be reported at the end. */
  run(reporter: Reporter, signal: AbortSignal): Promise<LogRecord>;
  /** Called at the end, whatever that was. */
  ended?(reporter: Reporter): void;
}

/**
 * Runs something to its end: shows its progress, passes signals on, reports a failure, a crash included. Returns the exit
 * status.
 */
export async function supervise(values: Values, supervised: Supervised): Promise<number> {
  const verbose = values.verbose === true;
  const reporter = createReporter(values);
  showWarnings(reporter, verbose);
  if ('password' in values && values.password !== undefined) reporter.report(warningRecord(PASSWORD_SEEN));
  const interrupts = new InterruptWatch();
  const display = values.quiet ? null : new LiveDisplay(reporter, supervised.progress);
  interrupts.signal.addEventListener('abort', () => display?.stop('cancelling the query …'));
  const fail = (error: unknown, received: Interruption | null): number => {
    display?.stop();
    if (received === null) return reportFailure(error, reporter, verbose);
    reporter.report(interruptionRecord(received, supervised.leftByInterruption, error, verbose));
    return statusOf(received);
  };
  const crash = (error: unknown) => {
    const status = fail(error, null);
    supervised.ended?.(reporter);
    process.exit(status);
  };
  process.once('uncaughtException', crash);
  try {
    const finished = await supervised.run(reporter, interrupts.signal);
    display?.stop();
    reporter.report(finished);
    return 0;
  } catch (error) {
    return fail(error, interrupts.received);
  } finally {
    supervised.ended?.(reporter);
    interrupts.ignore();
    process.off('uncaughtException', crash);
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** The reporter that `--log-format`, `--quiet` and `--verbose` ask for. */
export function createReporter(values: Partial<Values>): Reporter {
  const redact = createRedactor({ ...values, env: process.env });
  const least = values.quiet ? 'warn' : values.verbose ? 'debug' : 'info';
  return values.logFormat === 'json'
    ? new JsonReporter(process.stderr, redact, least)
    : new TextReporter(new Console(process.stderr, redact), least);
}

/** Reports what failed and returns the exit status. */
export function reportFailure(error: unknown, reporter: Reporter, verbose: boolean): number {
  reporter.report(failureRecord(error, verbose));
  return error instanceof ExportError && error.code === 'usage' ? USAGE : FAILED;
}

/** Shows warnings in this program's words; those about Node itself concern its developers only. */
function showWarnings(reporter: Reporter, verbose: boolean): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name === 'Warning' || verbose) reporter.report(warningRecord(message));
  });
}
