import { ExportError } from '../errors.ts';
import type { ProductConfig } from './config/config.ts';
import type { ProductRunOptions, ProductSummary } from './run.ts';

/**
 * Exports all tables of a product from one snapshot into a directory of the run's own under `config.root`, checks them,
 * writes the manifest, flushes everything, and then lets the symlinks `<date>` and `latest` lead there. Throws
 * `ExportError`; what was published before is then as it was.
 *
 * `{snapshot}` in an `out` becomes the snapshot's time, as `20261123T160455Z`.
 */
export async function runProduct(config: ProductConfig, options: ProductRunOptions): Promise<ProductSummary> {
  throw new ExportError('internal', `products of ${options.date} in ${config.root} cannot be made yet`, {
    stage: 'options',
  });
}
