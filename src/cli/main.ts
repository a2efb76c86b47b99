import { ExportError } from '../errors.ts';
import { VERSION } from '../version.ts';
import { commandOf } from './commands.ts';
import { Console } from './console.ts';
import { exportOptions } from './export-options.ts';
import { formatDuration } from './format.ts';
import { helpText } from './help.ts';
import { loadEnvFile, readQuery } from './inputs.ts';
import { InterruptWatch, statusOf } from './interrupt.ts';
import type { OptionValues } from './options.ts';
import { parseCommandLine } from './parse.ts';
import { ProgressDisplay } from './progress.ts';
import { createRedactor } from './redact.ts';
import { failureLines, interruptionLines, summaryLines, tempFileLine } from './report.ts';

const FAILED = 1;
const USAGE = 2;
/** How long a finished export may keep the process, in a connection attempt that nobody needs any more, say. */
const LINGER_MS = 500;

/**
 * The command `fast-export`: `argv` holds its arguments, without the program's name. Reports on stderr and sets
 * `process.exitCode`: 0 done, 1 failed, 2 wrong command line, 128 + signal interrupted. stdout is left to
 * `--help`, `--version` and `--out /dev/stdout`.
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Also erases the arguments, and with them --password, from the process list.
  process.title = 'fast-export';
  // Whoever read the messages may be gone; that is no reason to fail.
  process.stderr.on('error', () => {});
  let inputs: { readonly values: OptionValues; readonly sql: string };
  try {
    const command = commandOf(argv);
    if (command !== null) {
      process.exitCode = await (await command.load()).run(argv.slice(1));
      return;
    }
    const request = parseCommandLine(argv);
    if (request.action === 'help') return print(helpText(process.stdout.columns));
    if (request.action === 'version') return print(`fast-export ${VERSION}\n`);
    const { values } = request;
    if (values.envFile !== undefined) await loadEnvFile(values.envFile, process.env);
    inputs = { values, sql: await readQuery(values) };
  } catch (error) {
    const console = new Console(process.stderr, createRedactor({ env: process.env }));
    process.exitCode = report(error, console, false);
    return;
  }
  process.exitCode = await runExport(inputs.values, inputs.sql);
}

async function runExport(values: OptionValues, sql: string): Promise<number> {
  const verbose = values.verbose === true;
  const console = new Console(process.stderr, createRedactor({ ...values, env: process.env }));
  showWarnings(console, verbose);
  const interrupts = new InterruptWatch();
  const progress = values.quiet ? null : new ProgressDisplay(console);
  interrupts.signal.addEventListener('abort', () => progress?.stop('cancelling the query …'));
  let tempFile: string | null = null;
  const showTempFile = () => {
    if (tempFile !== null) console.line(tempFileLine(tempFile));
  };
  const crash = (error: unknown) => {
    progress?.stop();
    const status = report(error, console, verbose);
    showTempFile();
    process.exit(status);
  };
  process.once('uncaughtException', crash);
  try {
    // Loaded only now: --help and mistakes on the command line need none of it.
    const { exportToParquet } = await import('../export/export.ts');
    const summary = await exportToParquet({
      ...exportOptions(values, sql),
      signal: interrupts.signal,
      onTempFile: (path) => {
        tempFile = path;
      },
      ...(progress && { onProgress: (latest) => progress.update(latest) }),
      ...(verbose && { onLog: logger(console) }),
    });
    progress?.stop();
    if (!values.quiet) for (const line of summaryLines(summary)) console.line(line);
    return 0;
  } catch (error) {
    progress?.stop();
    const { received } = interrupts;
    if (received === null) return report(error, console, verbose);
    for (const line of interruptionLines(received, error, verbose)) console.line(line);
    return statusOf(received);
  } finally {
    showTempFile();
    interrupts.ignore();
    process.off('uncaughtException', crash);
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** Shows warnings in this program's words; those about Node itself concern its developers only. */
function showWarnings(console: Console, verbose: boolean): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name === 'Warning' || verbose) console.line(`fast-export: warning: ${message}`);
  });
}

/** Prints what failed and returns the exit status. */
function report(error: unknown, console: Console, verbose: boolean): number {
  for (const line of failureLines(error, verbose)) console.line(line);
  return error instanceof ExportError && error.code === 'usage' ? USAGE : FAILED;
}

function logger(console: Console): (line: string) => void {
  const start = performance.now();
  return (line) => console.line(`fast-export: [${formatDuration(performance.now() - start)}] ${line}`);
}

function print(text: string): void {
  process.stdout.on('error', () => {});
  process.stdout.write(text);
}
