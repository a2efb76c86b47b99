import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE } from '../product/manifest/manifest.ts';
import { type ManifestReport, verifyManifest } from '../product/verify/verify-manifest.ts';
import { formatBytes, formatCounted } from './format.ts';

/** The manifest that an operand of `verify` means, a `.json` file or a directory with one; null for any other file. */
export async function manifestOf(operand: string): Promise<string | null> {
  if (operand.endsWith('.json')) return operand;
  const isDirectory = await stat(operand).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isDirectory ? join(operand, MANIFEST_FILE) : null;
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
  const parts = [
    `the product of ${manifest.date}`,
    formatCounted(manifest.exports.length, 'export'),
    formatCounted(files, 'file'),
    formatBytes(bytes),
    PREVIOUS[previous],
  ];
  return `${path}: good, ${parts.join(', ')}`;
}
