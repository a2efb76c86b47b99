import type { ExportOptions, ExportSummary } from '../export/options.ts';
import { tableError } from '../export/table-query.ts';
import { VERSION } from '../version.ts';
import { commandOf } from './commands.ts';
import { exportOptions } from './export-options.ts';
import { helpText } from './help.ts';
import { loadEnvFile, readQuery } from './inputs.ts';
import type { OptionValues } from './options.ts';
import { parseCommandLine } from './parse.ts';
import { Progress } from './progress.ts';
import { stepRecord, summaryRecord, tempFileRecord } from './report.ts';
import type { Reporter } from './reporter.ts';
import { createReporter, reportFailure, supervise } from './supervise.ts';

/**
 * The command `fast-export`: `argv` holds its arguments, without the program's name. Reports on stderr and sets
 * `process.exitCode`: 0 done, 1 failed, 2 wrong command line, 128 + signal interrupted. stdout is left to
 * `--help`, `--version` and `--out /dev/stdout`.
 */
export async function main(argv: readonly string[]): Promise<void> {
  // Also erases the arguments, and with them --password, from the process list.
  process.title = 'fast-export';
  // Node.js's own crash reports, for those who ask for them, are not to hold PGPASSWORD.
  if (process.report) process.report.excludeEnv = true;
  // Whoever read the messages may be gone; that is no reason to fail.
  process.stderr.on('error', () => {});
  try {
    const command = commandOf(argv);
    process.exitCode = await (command === null ? run(argv) : (await command.load()).run(argv.slice(1)));
  } catch (error) {
    process.exitCode = reportFailure(error, createReporter({}), false);
  }
}

/** An export, or a run of a configuration. Throws for mistakes that are found before it begins. */
async function run(argv: readonly string[]): Promise<number> {
  const request = parseCommandLine(argv);
  if (request.action === 'help') return print(helpText(process.stdout.columns));
  if (request.action === 'version') return print(`fast-export ${VERSION}\n`);
  const { values } = request;
  try {
    if (values.envFile !== undefined) await loadEnvFile(values.envFile, process.env);
    // Loaded only where it is needed: configurations take packages of their own.
    if (request.action === 'product') return await (await import('./product.ts')).runConfig(request.values);
    return await runExport(request.values, await readQuery(request.values));
  } catch (error) {
    return reportFailure(error, createReporter(values), false);
  }
}

function runExport(values: OptionValues, sql: string): Promise<number> {
  const start = performance.now();
  const progress = new Progress();
  let tempFile: string | null = null;
  const exported = async (reporter: Reporter, signal: AbortSignal): Promise<ExportSummary> => {
    // Loaded only now: --help and mistakes on the command line need none of it.
    const { exportToParquet } = await import('../export/export.ts');
    const options: ExportOptions = {
      ...exportOptions(values, sql),
      signal,
      onTempFile: (path) => {
        tempFile = path;
      },
      onProgress: (latest) => progress.update(latest),
      onLog: (line) => reporter.report(stepRecord(line, performance.now() - start)),
    };
    return exportToParquet(options, { useThread: true }).catch((error) => {
      throw values.table === undefined ? error : tableError(error);
    });
  };
  return supervise(values, {
    progress,
    leftByInterruption: 'the query was cancelled and no partial file was left',
    run: async (reporter, signal) => summaryRecord(await exported(reporter, signal)),
    ended: (reporter) => {
      if (tempFile !== null) reporter.report(tempFileRecord(tempFile));
    },
  });
}

function print(text: string): number {
  process.stdout.on('error', () => {});
  process.stdout.write(text);
  return 0;
}
