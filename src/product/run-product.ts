import { ExportError } from '../errors.ts';
import { ExportRun } from '../export/export-run.ts';
import { aborted, STOP_LIMIT_MS, within } from '../export/stopping.ts';
import type { ProductConfig } from './config/config.ts';
import { type ExportedProduct, exportProduct, type ProductTask, summaryOf } from './export-product.ts';
import { finishProduct } from './finish-product.ts';
import { unusableExports } from './increment/unusable.ts';
import type { Manifest } from './manifest/manifest.ts';
import { previousRun } from './previous.ts';
import { isDate, runDirectory } from './publish/layout.ts';
import { prune } from './publish/prune.ts';
import { ProductRoot } from './publish/root.ts';
import type { ProductRunOptions, ProductSummary } from './run.ts';

/**
 * Exports all tables of a product from one snapshot into a directory of the run's own under `config.root`, checks them,
 * writes the manifest, flushes everything, and then lets the symlinks `<date>` and `latest` lead there. Throws
 * `ExportError`; what was published before is then as it was.
 */
export async function runProduct(config: ProductConfig, options: ProductRunOptions): Promise<ProductSummary> {
  const began = performance.now();
  if (options.signal?.aborted) throw aborted(options.signal);
  if (!isDate(options.date)) throw notADate(options.date);
  const root = await ProductRoot.open(config.root);
  try {
    const { run, product, manifest } = await makeAndPublish(root, config, options);
    const pruned = config.keep === undefined ? [] : await pruneIfPossible(root, config.keep, options);
    return {
      exports: product.files.filter(({ file }) => file.request.role === 'data').map(summaryOf),
      directory: runDirectory(root.path, run),
      manifest,
      pruned,
      elapsedMs: performance.now() - began,
    };
  } finally {
    await root.close();
  }
}

interface MadeProduct {
  readonly run: string;
  readonly product: ExportedProduct;
  readonly manifest: Manifest;
}

async function makeAndPublish(
  root: ProductRoot,
  config: ProductConfig,
  options: ProductRunOptions,
): Promise<MadeProduct> {
  const { date, keepFailed, signal, onEvent } = options;
  const replaced = await root.published(date);
  const before = await previousRun(root, date, replaced);
  if (replaced !== null && !options.overwrite) throw alreadyThere(root.path, date);
  const previous = before && {
    ...before,
    unusable: await unusableExports(before, config.exports, signal),
  };
  const started = new Date();
  const run = await root.startRun();
  try {
    const task = { config, options, previous, directory: runDirectory(root.path, run, 'partial') };
    const product = await exportAll(task);
    onEvent?.({ kind: 'checking' });
    const manifest = await finishProduct(product, task, { run, started });
    if (signal?.aborted) throw aborted(signal);
    await root.publish(run, date);
    onEvent?.({ kind: 'published' });
    return { run, product, manifest };
  } catch (error) {
    const remains = await root.discard(run, keepFailed);
    if (remains !== null) {
      onEvent?.({ kind: 'warning', name: null, message: `what was written is kept in ${remains}` });
    }
    throw error;
  }
}

/** When it rejects, nothing is being written any more. */
async function exportAll(task: ProductTask): Promise<ExportedProduct> {
  const begun: Promise<unknown>[] = [];
  try {
    return await new ExportRun(task.options.signal).run((run) => exportProduct(run, task, begun));
  } catch (error) {
    await within(STOP_LIMIT_MS, Promise.allSettled(begun));
    throw error;
  }
}

/** The product is published: old runs that cannot be removed are no reason to say that it failed. */
async function pruneIfPossible(
  root: ProductRoot,
  keep: number,
  { onEvent }: ProductRunOptions,
): Promise<string[]> {
  try {
    return await prune(root, keep);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onEvent?.({ kind: 'warning', name: null, message: `old runs could not be removed: ${reason}` });
    return [];
  }
}

function notADate(date: string): ExportError {
  return new ExportError('usage', `${date} is no day`, {
    stage: 'options',
    hint: 'give one as 2026-11-23',
  });
}

function alreadyThere(root: string, date: string): ExportError {
  return new ExportError('output', `there is a product of ${date} in ${root} already`, {
    stage: 'write',
    hint: 'give --overwrite to replace it',
  });
}
