import type { ExportProgress } from '../export/options.ts';
import type { ConnectionOptions } from '../postgres/connect/conninfo.ts';
import type { Manifest } from './manifest/manifest.ts';

/** What a run needs besides its configuration. */
export interface RunOptions {
  /** How to reach the server; whoever calls has merged the configuration's `connection` and the command line's. */
  readonly connection: ConnectionOptions;
  /** Connections that read rows at a time, for all exports together; default as for one export. */
  readonly jobs?: number | undefined;
  /** Bytes of memory that the process may take; default 512 MiB. */
  readonly maxMemory?: number | undefined;
  /** Stops the run: queries are cancelled on the server, and nothing is published. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
}

/** What the run of a product needs besides its configuration. */
export interface ProductRunOptions extends RunOptions {
  /** The product's day, `YYYY-MM-DD`; not before that of the latest product. */
  readonly date: string;
  /** Whether the latest product, if it is of that day, is replaced; otherwise the run is refused. */
  readonly overwrite: boolean;
  /** Whether a failed run leaves what it had written in `runs/<run>.failed`. */
  readonly keepFailed: boolean;
}

/** What a run tells while it goes on. `name` is the export's; in the plain form its `out`. */
export type RunEvent =
  /** All queries are planned in one snapshot, in the order of the configuration. */
  | { readonly kind: 'planned'; readonly snapshotTime: string; readonly exports: readonly PlannedEvent[] }
  /** An export begins to read, over so many connections. */
  | { readonly kind: 'started'; readonly name: string; readonly jobs: number }
  /** A few times per second while rows arrive. */
  | { readonly kind: 'progress'; readonly name: string; readonly progress: ExportProgress }
  /** An export's file is complete and flushed; not yet published. */
  | { readonly kind: 'finished'; readonly summary: ExportedTable }
  /** All files are there; the checks that remain are under way. */
  | { readonly kind: 'checking' }
  /** The product is under its names. */
  | { readonly kind: 'published' }
  /** Worth telling the user; `name` is null where it concerns the whole run. */
  | { readonly kind: 'warning'; readonly name: string | null; readonly message: string }
  /** A line for a detailed log. */
  | { readonly kind: 'log'; readonly name: string | null; readonly line: string };

export interface PlannedEvent {
  readonly name: string;
  /** Rows that the server's planner expects; null where it does not say. */
  readonly estimatedRows: number | null;
  /** Whether it is an increment, and if not although one is configured, why. */
  readonly increment: 'none' | 'increment' | { readonly fullBecause: string };
}

/** What became of one export. */
export interface ExportedTable {
  readonly name: string;
  /** Its file: relative to the product's directory, in the plain form as it was given. */
  readonly out: string;
  readonly rows: number;
  readonly rowGroups: number;
  readonly fileBytes: number;
  readonly jobs: number;
  /** As in `ExportSummary`. */
  readonly nulls: Readonly<Record<string, number>>;
  readonly unrepresentable: Readonly<Record<string, number>>;
  readonly elapsedMs: number;
}

/** What a run has made. */
export interface RunSummary {
  /** In the order of the configuration. */
  readonly exports: readonly ExportedTable[];
  readonly elapsedMs: number;
}

/** What the run of a product has made. */
export interface ProductSummary extends RunSummary {
  /** The run's own directory, an absolute path. */
  readonly directory: string;
  readonly manifest: Manifest;
  /** Names of older runs that were removed because of `keep`. */
  readonly pruned: readonly string[];
}
