import type { ExportChoices } from '../config/config.ts';
import type { Manifest, ManifestExport, ManifestIncrement } from '../manifest/manifest.ts';

/** The product that an increment follows. */
export interface PreviousProduct {
  readonly manifest: Manifest;
  readonly export: ManifestExport;
  /** Where its files are: an absolute path. */
  readonly directory: string;
  /** Why nothing can build on it: it, or what it builds on, is not as it was; null if all is. See `unusableExports`. */
  readonly unusable: string | null;
}

/** The snapshot that the session's transaction reads, and the server. */
export interface CurrentSnapshot {
  readonly server: Manifest['server'];
  readonly snapshot: Manifest['snapshot'];
}

/** What is to be exported of a table with `increment`. */
export interface PlannedIncrement {
  readonly kind: 'full' | 'increment';
  /** Why it is a full export; null for an increment. */
  readonly fullBecause: string | null;
  /** The query to export into the data file, with the export's own options. */
  readonly sql: string;
  /** For an increment: the query for the keys of all rows, and the options to export it with; null for a full export. */
  readonly keys: { readonly sql: string; readonly options: ExportChoices } | null;
  /** For an increment: files that hold the keys of the previous product; null for a full export. */
  readonly previousKeys: readonly string[] | null;
  /** For the manifest. */
  readonly increment: ManifestIncrement;
}
