import type { Session } from './session.ts';

/** A relation that is not as the snapshot sees it. */
export interface ChangedRelation {
  readonly oid: string;
  /**
   * Whether it is a child of a table that is locked, without being locked itself. That is how a child looks that is
   * none any more; but also any child where the query says ONLY, and always then.
   */
  readonly skippedChild: boolean;
}

/**
 * Relations that changed between the snapshot and the locks that the session's transaction has taken since: a snapshot
 * does not survive TRUNCATE, a rewriting ALTER, DROP, or a partition's ATTACH or DETACH (the tables then look empty or
 * miss rows, without an error). Such a relation is not in the snapshot's catalog, or has another file than now, or its
 * tree of partitions or children is another one. What is locked now stays as it is until the transaction ends.
 */
const CHANGED = `
WITH locked AS (
  SELECT DISTINCT l.relation AS oid FROM pg_catalog.pg_locks l
  WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384::pg_catalog.oid
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())),
children AS (
  SELECT i.inhrelid AS oid, p.oid AS parent, p.relkind FROM pg_catalog.pg_inherits i
  JOIN locked ON locked.oid = i.inhparent JOIN pg_catalog.pg_class p ON p.oid = i.inhparent)
SELECT locked.oid, false AS skipped FROM locked LEFT JOIN pg_catalog.pg_class c USING (oid)
WHERE c.oid IS NULL OR c.relkind IN ('r', 'm') AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)
UNION ALL
SELECT oid, true FROM children WHERE relkind = 'r' AND oid NOT IN (SELECT oid FROM locked)
UNION ALL
SELECT c.oid, false FROM locked JOIN pg_catalog.pg_class c USING (oid)
WHERE c.relkind = 'p' AND (
  SELECT pg_catalog.array_agg(t.relid::oid ORDER BY t.relid::oid)::pg_catalog.text FROM pg_catalog.pg_partition_tree(c.oid) t
) IS DISTINCT FROM (
  WITH RECURSIVE tree AS (
    SELECT c.oid UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON i.inhparent = tree.oid
    -- From 14 on: DETACH CONCURRENTLY that is not finished leaves the partition out at once.
    WHERE NOT coalesce((pg_catalog.to_jsonb(i) ->> 'inhdetachpending'::pg_catalog.text)::bool, false))
  SELECT pg_catalog.array_agg(tree.oid ORDER BY tree.oid)::pg_catalog.text FROM tree)`;

/** What the transaction has locked and is not what its snapshot sees. */
export async function changedRelations(session: Session): Promise<ChangedRelation[]> {
  const rows = await session.query<{ oid: string; skipped: string }>(CHANGED);
  return rows.map(({ oid, skipped }) => ({ oid, skippedChild: skipped === 't' }));
}
