import { ExportError } from '../errors.ts';
import { queryError } from '../postgres/server-error.ts';
import { type ServerFacts, serverFacts } from '../postgres/server-facts.ts';
import type { Session } from '../postgres/session.ts';
import { changedRelations } from '../postgres/stable-relations.ts';
import { beginExport, rollback, type SharedSnapshot, type Snapshot } from '../postgres/transaction.ts';
import type { ArrowTypeOverrides } from '../types/resolve.ts';
import type { QueryOptions } from './options.ts';
import { type ExportPlan, planExport } from './plan.ts';

/** How often an export starts again because a table was changed while it started. */
const MAX_ATTEMPTS = 10;

/** A transaction with a snapshot in which all that was planned is locked as the snapshot sees it. */
export interface Begun<Planned> {
  readonly snapshot: Snapshot;
  readonly facts: ServerFacts;
  readonly planned: Planned;
}

/**
 * Opens a transaction that exports its snapshot, and plans within it. Where a table was truncated, rewritten, dropped or
 * re-partitioned between the snapshot and the lock that planning takes, it starts again. Throws `ExportError` (`query`,
 * `unsupported`).
 */
export async function beginStable<Planned>(
  session: Session,
  plan: (facts: ServerFacts) => Promise<Planned>,
  onLog: (line: string) => void,
): Promise<Begun<Planned>> {
  let skippedBefore = new Set<string>();
  try {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const snapshot = await beginExport(session);
      const facts = await serverFacts(session);
      const planned = await plan(facts);
      const changed = await changedRelations(session);
      // In a new snapshot a child that was taken away is no child: one that is skipped again is not asked for.
      if (changed.every(({ oid, skippedChild }) => skippedChild && skippedBefore.has(oid)))
        return { snapshot, facts, planned };
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

/** One export's plan in a snapshot of its own. */
export interface BegunExport {
  /** What other connections adopt. */
  readonly snapshot: SharedSnapshot;
  readonly facts: ServerFacts;
  readonly plan: ExportPlan;
}

/** Opens the export's transaction and plans it: see `beginStable`. */
export async function beginPlanned(
  session: Session,
  options: QueryOptions,
  overrides: ArrowTypeOverrides,
  onLog: (line: string) => void,
): Promise<BegunExport> {
  const { snapshot, facts, planned } = await beginStable(
    session,
    (known) => planExport(session, known, options, overrides),
    onLog,
  );
  return { snapshot: { ...snapshot, query: planned.query }, facts, plan: planned };
}
