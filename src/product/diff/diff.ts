import type { Manifest, ManifestExport, ManifestField } from '../manifest/manifest.ts';

/** What changed between two products: plain data, as `fast-export diff --format json` prints it. */
export interface ProductDiff {
  readonly old: ProductName;
  readonly new: ProductName;
  /** Whether the new product's manifest follows the old one's: then increments are what has changed between them. */
  readonly follows: boolean;
  readonly differs: boolean;
  /** Exports of the new product in its order, then those that are gone. */
  readonly exports: readonly ExportDiff[];
}

export interface ProductName {
  readonly run: string;
  readonly date: string;
  /** When the snapshot was taken. */
  readonly snapshotTime: string;
}

export interface ExportDiff {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed' | 'none';
  /** Null where there is no such export. */
  readonly old: ExportState | null;
  readonly new: ExportState | null;
  readonly columns: readonly ColumnDiff[];
  /**
   * Whether the rows are the same: as the files' SHA-256 says, the increment between the two products, or one snapshot of
   * both. `unknown` where the manifests do not say; that counts as a change.
   */
  readonly contents: 'same' | 'other' | 'unknown';
  /** The columns that both have, where the new product has them in another order; null otherwise. */
  readonly newOrder: readonly string[] | null;
}

export interface ExportState {
  readonly kind: ManifestExport['kind'];
  /** Of the table, also where the product has only the changed ones; null if the manifest does not say. */
  readonly rows: number | null;
  /** Rows in the data file: of an increment, those that may have changed. */
  readonly dataRows: number;
  /** Rows in the file of deleted keys. */
  readonly deletedKeys: number;
  /** Of all its files. */
  readonly bytes: number;
}

export interface ColumnDiff {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'retyped';
  /** Types, with NOT NULL where the column has it and the Postgres type it comes from; null where there is no such column. */
  readonly old: string | null;
  readonly new: string | null;
}

/** Compares two products by their manifests. They differ if their exports, columns, rows, sizes or files' SHA-256 do. */
export function diffProducts(before: Manifest, after: Manifest): ProductDiff {
  const names = [...new Set([...after.exports, ...before.exports].map(({ name }) => name))];
  const find = ({ exports }: Manifest, name: string) => exports.find((each) => each.name === name) ?? null;
  const step = { sameSnapshot: isSameSnapshot(before, after), follows: after.previous?.run === before.run };
  const exports = names.map((name) => diffExport(name, find(before, name), find(after, name), step));
  return {
    old: nameOf(before),
    new: nameOf(after),
    follows: step.follows,
    differs: exports.some(({ change }) => change !== 'none'),
    exports,
  };
}

/** How the new product is related to the old one. */
interface Step {
  /** As of a product and what `compact` makes of it. */
  readonly sameSnapshot: boolean;
  readonly follows: boolean;
}

function isSameSnapshot(before: Manifest, after: Manifest): boolean {
  const of = ({ snapshot, server }: Manifest) => JSON.stringify([snapshot, server]);
  return of(before) === of(after);
}

function nameOf({ run, date, snapshot }: Manifest): ProductName {
  return { run, date, snapshotTime: snapshot.time };
}

function diffExport(
  name: string,
  before: ManifestExport | null,
  after: ManifestExport | null,
  step: Step,
): ExportDiff {
  const states = { old: before && stateOf(before), new: after && stateOf(after) };
  if (before === null || after === null) {
    const change = before === null ? 'added' : 'removed';
    return { name, change, ...states, columns: [], contents: 'other', newOrder: null };
  }
  const columns = diffColumns(before.fields, after.fields);
  const newOrder = otherOrder(before.fields, after.fields);
  const contents = diffContents(before, after, step);
  const same = columns.length === 0 && newOrder === null && contents === 'same';
  return { name, change: same ? 'none' : 'changed', ...states, columns, contents, newOrder };
}

/** The files of an increment say nothing of the rows that it does not hold. */
function diffContents(
  before: ManifestExport,
  after: ManifestExport,
  { sameSnapshot, follows }: Step,
): ExportDiff['contents'] {
  const [old, now] = [stateOf(before), stateOf(after)];
  if (old.kind === 'full' && now.kind === 'full') return hashes(before) === hashes(after) ? 'same' : 'other';
  if (old.rows !== null && now.rows !== null && old.rows !== now.rows) return 'other';
  if (sameSnapshot && configured(before) === configured(after)) return 'same';
  if (now.kind !== 'increment' || !follows) return 'unknown';
  return now.dataRows === 0 && now.deletedKeys === 0 ? 'same' : 'other';
}

/** An increment's own SQL has a condition more than the query that is configured. */
function configured({ increment }: ManifestExport): string {
  return `${increment?.query} ${increment?.options}`;
}

function hashes({ files }: ManifestExport): string {
  return files
    .map(({ role, sha256 }) => `${role} ${sha256}`)
    .sort()
    .join();
}

function stateOf({ kind, files }: ManifestExport): ExportState {
  const rowsOf = (role: string) =>
    files.filter((file) => file.role === role).reduce((sum, { rows }) => sum + rows, 0);
  const knowsRows = kind === 'full' || files.some(({ role }) => role === 'keys');
  return {
    kind,
    rows: knowsRows ? rowsOf(kind === 'full' ? 'data' : 'keys') : null,
    dataRows: rowsOf('data'),
    deletedKeys: rowsOf('deleted_keys'),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function diffColumns(before: readonly ManifestField[], after: readonly ManifestField[]): ColumnDiff[] {
  const types = (fields: readonly ManifestField[]) =>
    new Map(fields.map((field) => [field.name, typeOf(field)]));
  const [old, now] = [types(before), types(after)];
  return [...new Set([...now.keys(), ...old.keys()])].flatMap((name): ColumnDiff[] => {
    const [was, is] = [old.get(name) ?? null, now.get(name) ?? null];
    if (was === is) return [];
    const change = was === null ? 'added' : is === null ? 'removed' : 'retyped';
    return [{ name, change, old: was, new: is }];
  });
}

function typeOf({ type, nullable, postgresType }: ManifestField): string {
  return `${type}${nullable ? '' : ' NOT NULL'}${postgresType === null ? '' : ` (${postgresType})`}`;
}

function otherOrder(before: readonly ManifestField[], after: readonly ManifestField[]): string[] | null {
  const common = (fields: readonly ManifestField[], others: readonly ManifestField[]) =>
    fields.map(({ name }) => name).filter((name) => others.some((other) => other.name === name));
  const [old, now] = [common(before, after), common(after, before)];
  return old.every((name, i) => name === now[i]) ? null : now;
}
