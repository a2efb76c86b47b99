import { VERSION } from '../../version.ts';
import type { ManifestIncrement } from '../manifest/manifest.ts';
import type { CurrentSnapshot, PreviousProduct } from './increment.ts';
import type { RememberedRelation } from './relation.ts';
import { isEarlier, isOlder } from './snapshot-age.ts';

/** What would be remembered if this export were a full one, and how often that is to be. */
export interface Wanted {
  readonly increment: ManifestIncrement;
  /** In milliseconds; undefined for never. */
  readonly fullEvery: number | undefined;
}

/** Why the export must be a full one; null if an increment to the previous product has all changes. */
export function fullBecause(
  previous: PreviousProduct | null,
  current: CurrentSnapshot,
  { increment, fullEvery }: Wanted,
): string | null {
  if (previous === null) return 'there is no previous product';
  const before = previous.export.increment;
  if (before === null || before.by !== increment.by)
    return 'the previous product was made without such increments';
  return (
    otherConfiguration(previous, before, increment) ??
    otherServer(previous, current) ??
    otherHistory(previous, current, before, increment) ??
    previous.unusable ??
    elapsed(before, current, fullEvery)
  );
}

function otherConfiguration(
  { manifest }: PreviousProduct,
  before: ManifestIncrement,
  now: ManifestIncrement,
): string | null {
  if (!same(before.key, now.key)) return 'the key has changed';
  if (before.query !== now.query) return 'the query has changed';
  if (before.options !== now.options) return 'options have changed that decide what values become';
  if (before.by === 'column' && now.by === 'column' && before.column !== now.column)
    return 'the column has changed that increments are taken by';
  if (manifest.ddppVersion !== VERSION)
    return `the previous product was made by ddpp ${manifest.ddppVersion}`;
  return null;
}

function otherServer({ manifest }: PreviousProduct, current: CurrentSnapshot): string | null {
  const [before, now] = [manifest.server, current.server];
  if (now.systemIdentifier === null || now.timeline === null || current.snapshot.walPosition === null)
    return 'the server does not tell its system identifier, timeline or WAL position, so that a restore could go unseen';
  if (before.systemIdentifier !== now.systemIdentifier) return 'it is another server';
  if (before.databaseOid !== now.databaseOid) return 'it is another database';
  if (before.timeline !== now.timeline)
    return `the server was restored or failed over: its timeline is ${now.timeline}, not ${before.timeline}`;
  if (before.version !== now.version)
    return `the server's version has changed from ${before.version} to ${now.version}`;
  return null;
}

function otherHistory(
  { manifest }: PreviousProduct,
  current: CurrentSnapshot,
  before: ManifestIncrement,
  now: ManifestIncrement,
): string | null {
  if (before.by !== 'snapshot' || now.by !== 'snapshot') return null;
  const [then, snapshot] = [manifest.snapshot, current.snapshot];
  // `otherServer` has seen to it that the server tells its position, and that it is the server of then.
  const earlier = isEarlier(snapshot.walPosition ?? '0/0', then.walPosition ?? '0/0');
  if (isOlder(snapshot.pgSnapshot, then.pgSnapshot) || earlier)
    return 'its snapshot is older than that of the previous product';
  // Somebody may reset one of them by hand; a crash begins all of them anew.
  if (before.statisticsReset.every((time, i) => time !== now.statisticsReset[i]))
    return 'the server has recovered from a crash or started from a copy, or its statistics were reset';
  return otherRelation(before.relation, now.relation);
}

function otherRelation(before: RememberedRelation, now: RememberedRelation): string | null {
  if (before.oid !== now.oid) return 'it is another table of the same name';
  const tables = ({ leaves }: RememberedRelation) => leaves.map(({ oid }) => oid);
  if (!same(tables(before), tables(now))) return 'partitions have come or gone';
  if (!same(before.leaves, now.leaves)) return 'the table was truncated or rewritten';
  if (!same(before.columns, now.columns)) return 'columns of the table have changed, or their defaults';
  if (before.definitions !== now.definitions)
    return 'types, extensions, operators or collations have changed that the table uses';
  return null;
}

function elapsed(
  { fullAt }: ManifestIncrement,
  { snapshot }: CurrentSnapshot,
  fullEvery: number | undefined,
): string | null {
  if (fullEvery === undefined) return null;
  const age = Date.parse(snapshot.time) - Date.parse(fullAt);
  return age >= fullEvery ? `the last full export is of ${fullAt}` : null;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
