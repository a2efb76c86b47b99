import { ExportError } from '../../errors.ts';
import type { Session } from '../../postgres/session.ts';
import type { ExportConfig } from '../config/config.ts';
import type { CurrentSnapshot, PlannedIncrement, PreviousProduct } from './increment.ts';

/**
 * Decides within the session's transaction whether a table with `increment` is exported in full or as an increment to
 * `previous`, and by which queries. Throws `ExportError` where the configuration can never work for this table, and for
 * duplicates of a key that no constraint rules out.
 */
export async function planIncrement(
  session: Session,
  exportConfig: ExportConfig,
  previous: PreviousProduct | null,
  current: CurrentSnapshot,
): Promise<PlannedIncrement> {
  throw new ExportError(
    'internal',
    `${[session, exportConfig, previous, current].length} reasons: not there yet`,
    { stage: 'plan' },
  );
}
