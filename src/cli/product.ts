import type { PlainConfig, ProductConfig } from '../product/config/config.ts';
import { mergedConnection } from '../product/config/connection.ts';
import { loadConfig } from '../product/config/load.ts';
import type { RunEvent, RunOptions } from '../product/run.ts';
import { runPlain } from '../product/run-plain.ts';
import { runProduct } from '../product/run-product.ts';
import { connectionOptions } from './export-options.ts';
import { flagOf, type ProductValues } from './options.ts';
import { ProductProgress } from './product-progress.ts';
import {
  checkedRecord,
  eventRecord,
  failedTablesRecord,
  plainRecord,
  productRecord,
} from './product-report.ts';
import type { LogRecord, Reporter } from './reporter.ts';
import { supervise } from './supervise.ts';
import { usageError } from './usage-error.ts';

/** `fast-export --config`: runs a configuration, or only checks it. Returns the exit status. */
export function runConfig(values: ProductValues): Promise<number> {
  const progress = new ProductProgress();
  return supervise(values, {
    progress,
    leftByInterruption: 'the queries were cancelled and nothing was published',
    run: async (reporter, signal) => {
      const config = await loadConfig(values.config);
      const isProduct = 'root' in config;
      if (!isProduct) refuseProductOptions(values);
      if (values.checkConfig) return checkedRecord(values.config, config);
      const options = runOptions(values, progress, reporter, signal);
      try {
        return isProduct ? await product(config, values, options) : await plain(config, options);
      } catch (error) {
        const { tables } = progress;
        if (tables.length > 0) reporter.report(failedTablesRecord(tables, error));
        throw error;
      }
    },
  });
}

function refuseProductOptions(values: ProductValues): void {
  for (const name of ['date', 'overwrite', 'keepFailed'] as const) {
    if (values[name] === undefined) continue;
    throw usageError(
      `${flagOf(name)} is for products, and ${values.config} is a plain list of files`,
      'leave it out',
    );
  }
}

function runOptions(
  values: ProductValues,
  progress: ProductProgress,
  reporter: Reporter,
  signal: AbortSignal,
): RunOptions {
  const start = performance.now();
  return {
    connection: connectionOptions(values),
    jobs: values.jobs,
    maxMemory: values.maxMemory,
    signal,
    onEvent: (event: RunEvent) => {
      progress.update(event);
      const record = eventRecord(event, performance.now() - start);
      if (record !== null) reporter.report(record);
    },
  };
}

async function product(
  config: ProductConfig,
  values: ProductValues,
  options: RunOptions,
): Promise<LogRecord> {
  const date = values.date ?? new Date().toISOString().slice(0, 10);
  const summary = await runProduct(config, {
    ...options,
    connection: mergedConnection(config.connection, options.connection),
    jobs: options.jobs ?? config.jobs,
    maxMemory: options.maxMemory ?? config.maxMemory,
    date,
    overwrite: values.overwrite === true,
    keepFailed: values.keepFailed === true,
  });
  return productRecord(summary, config.root, date);
}

async function plain({ exports }: PlainConfig, options: RunOptions): Promise<LogRecord> {
  return plainRecord(await runPlain(exports, options));
}
