import type { ExportConfig } from '../config/config.ts';
import type { ManifestExport } from '../manifest/manifest.ts';
import type { Failure } from './failures.ts';

/** Checks how many rows a table has, `rows` being all of them also where only an increment was exported. */
export function rowFailures(
  { name, minRows, maxRowDrop }: ExportConfig,
  rows: number,
  previous: ManifestExport | null,
): Failure[] {
  const failures: Failure[] = [];
  if (minRows !== undefined && rows < minRows) {
    failures.push({ name, message: `has ${rows} rows, fewer than its min_rows, ${minRows}` });
  }
  const before = previous === null ? 0 : rowsOf(previous);
  if (maxRowDrop !== undefined && before > 0 && (before - rows) / before > maxRowDrop) {
    const share = Math.floor((100 * (before - rows)) / before);
    const message = `has ${rows} rows, ${share} % fewer than the ${before} before; its max_row_drop is ${maxRowDrop}`;
    failures.push({ name, message });
  }
  return failures;
}

/** The rows of the whole table: an increment has them in its file of keys. */
export function rowsOf({ kind, files }: ManifestExport): number {
  const role = kind === 'increment' ? 'keys' : 'data';
  return files.filter((file) => file.role === role).reduce((sum, { rows }) => sum + rows, 0);
}
