import { ExportError } from '../errors.ts';
import { queryError } from '../postgres/server-error.ts';
import { type ServerFacts, serverFacts } from '../postgres/server-facts.ts';
import type { Session } from '../postgres/session.ts';
import { relationsAreStable } from '../postgres/stable-relations.ts';
import { beginExport, rollback } from '../postgres/transaction.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import type { QueryOptions } from './options.ts';
import { type ExportPlan, planExport } from './plan.ts';

/** How often an export starts again because a table was changed while it started. */
const MAX_ATTEMPTS = 10;

/** A transaction with a snapshot in which all that the query reads is locked as the snapshot sees it. */
export interface BegunExport {
  /** The name under which other connections can adopt the snapshot. */
  readonly snapshot: string;
  readonly facts: ServerFacts;
  readonly plan: ExportPlan;
}

/**
 * Opens the export's transaction and plans it. Where a table was truncated, rewritten, dropped or re-partitioned between
 * the snapshot and the lock that planning takes, it starts again. Throws `ExportError` (`query`, `unsupported`).
 */
export async function beginPlanned(
  session: Session,
  options: QueryOptions,
  overrides: ArrowTypeOverrides,
  onLog: (line: string) => void,
): Promise<BegunExport> {
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const snapshot = await beginExport(session);
      const facts = await serverFacts(session);
      const plan = await planExport(session, facts, options, overrides);
      if (await relationsAreStable(session)) return { snapshot, facts, plan };
      onLog('a table was changed while the export started; starting again');
      await rollback(session);
    }
  } catch (error) {
    throw queryError(error, 'query');
  }
  throw new ExportError('query', 'a table is being changed all the time, so no snapshot of it can be had', {
    stage: 'plan',
    hint: 'run the export when no TRUNCATE, ALTER TABLE, ATTACH or DETACH PARTITION is running',
  });
}
