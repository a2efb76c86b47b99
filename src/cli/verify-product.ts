import { stat } from 'node:fs/promises';
import { locateManifest } from '../product/locate.ts';
import { type ManifestReport, verifyManifest } from '../product/verify/verify-manifest.ts';
import { formatBytes, formatCounted } from './format.ts';

/**
 * The manifest that an operand of `verify` means, a `.json` file, the directory of a product, or a product root; null for any
 * other file. Throws `ExportError` where there is none.
 */
export async function manifestOf(operand: string): Promise<string | null> {
  const isDirectory = await stat(operand).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isDirectory || operand.endsWith('.json') ? locateManifest(operand) : null;
}

/** Checks a product; gives one line for a good one, or what is wrong with it. */
export async function verifyProduct(
  manifest: string,
): Promise<{ readonly good: string; readonly problems: readonly string[] }> {
  const report = await verifyManifest(manifest);
  return {
    good: productLine(manifest, report),
    problems: report.problems.map((problem) => `fast-export: ${manifest}: ${problem}`),
  };
}

const PREVIOUS = {
  none: 'the first one',
  there: 'the one before it is the one that it follows',
  gone: 'the one before it is gone',
} as const;

/** `latest/manifest.json: good, the product of 2026-11-23, 4 exports, 4 files, 63.0 MB, the first one`. */
function productLine(path: string, { manifest, files, bytes, previous }: ManifestReport): string {
  const { compactedFrom } = manifest;
  const parts = [
    `the product of ${manifest.date}`,
    formatCounted(manifest.exports.length, 'export'),
    formatCounted(files, 'file'),
    formatBytes(bytes),
    compactedFrom === null ? PREVIOUS[previous] : `compacted from ${formatCounted(compactedFrom, 'product')}`,
  ];
  return `${path}: good, ${parts.join(', ')}`;
}
