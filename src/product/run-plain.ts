import { ExportError } from '../errors.ts';
import type { RunOptions, RunSummary } from './run.ts';

/** One entry of the plain form of a configuration. */
export interface PlainExport {
  readonly sql: string;
  /** As `ExportOptions.out`; distinct for all entries. */
  readonly out: string;
  /** As `ExportConfig.options`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * Exports several queries from one snapshot. The files get their names at the end, after all have succeeded. Throws
 * `ExportError`; files that were there before are then as they were.
 */
export async function runPlain(exports: readonly PlainExport[], _options: RunOptions): Promise<RunSummary> {
  throw new ExportError('internal', `${exports.length} queries cannot be exported together yet`, {
    stage: 'options',
  });
}
