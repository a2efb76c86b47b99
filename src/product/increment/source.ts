import type { SliceableQuery } from '../../postgres/slices/sliceable-query.ts';
import type { ExportConfig } from '../config/config.ts';
import type { ManifestIncrement } from '../manifest/manifest.ts';
import type { CurrentSnapshot, PreviousProduct } from './increment.ts';
import { sha256 } from './relation.ts';

/** A table or query that increments can be taken from. */
export interface IncrementSource {
  /** What the manifest remembers if the export is a full one. */
  readonly increment: ManifestIncrement;
  /** The query for the keys of all rows. */
  readonly keysSql: string;
  /** Whether a constraint rules out duplicates and NULLs of the key. */
  readonly keyIsBacked: boolean;
  /** The query for the rows that were written since. */
  changesSince(previous: PreviousProduct): Promise<string>;
}

/** Options that decide what values become; others change how they are stored at most. */
const VALUE_OPTIONS = ['numeric', 'columnTypes', 'onUnrepresentable', 'duplicateColumns'] as const;

/** What both kinds of increments remember. */
export function basisOf(
  { sql, options, increment }: ExportConfig,
  { snapshot }: CurrentSnapshot,
): Pick<ManifestIncrement, 'key' | 'fullAt' | 'query' | 'options'> {
  return {
    key: [...increment!.key],
    fullAt: snapshot.time,
    query: sha256(sql),
    options: sha256(JSON.stringify(VALUE_OPTIONS.map((name) => sorted(options[name])))),
  };
}

/** The order of `columnTypes` does not matter. */
function sorted(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).sort() : (value ?? null);
}

/** The query with a condition besides its own. */
export function withCondition({ sql, conditionAt }: SliceableQuery, condition: string): string {
  if (conditionAt === null) return `${sql}\nWHERE ${condition}`;
  return `${sql.slice(0, conditionAt)} (${sql.slice(conditionAt)}\n) AND (${condition})`;
}
