import { ExportError } from '../errors.ts';
import { queryError } from '../postgres/server-error.ts';
import { type ServerFacts, serverFacts } from '../postgres/server-facts.ts';
import type { Session } from '../postgres/session.ts';
import { changedRelations } from '../postgres/stable-relations.ts';
import { beginExport, rollback, type SharedSnapshot } from '../postgres/transaction.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import type { QueryOptions } from './options.ts';
import { type ExportPlan, planExport } from './plan.ts';

/** How often an export starts again because a table was changed while it started. */
const MAX_ATTEMPTS = 10;

/** A transaction with a snapshot in which all that the query reads is locked as the snapshot sees it. */
export interface BegunExport {
  /** What other connections adopt. */
  readonly snapshot: SharedSnapshot;
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
  let skippedBefore = new Set<string>();
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const snapshot = await beginExport(session);
      const facts = await serverFacts(session);
      const plan = await planExport(session, facts, options, overrides);
      const changed = await changedRelations(session);
      // In a new snapshot a child that was taken away is no child: one that is skipped again is not asked for.
      if (changed.every(({ oid, skippedChild }) => skippedChild && skippedBefore.has(oid)))
        return { snapshot: { ...snapshot, query: plan.query }, facts, plan };
      skippedBefore = new Set(changed.filter(({ skippedChild }) => skippedChild).map(({ oid }) => oid));
      onLog('a table may have changed while the export started; starting again');
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
