import type { ExportOptions } from '../../export/options.ts';

/** The full form of a configuration, checked and with its defaults; `docs/products.md` shows what a user writes. */
export interface ProductConfig {
  /** The product root: an absolute path. */
  readonly root: string;
  /** libpq's parameters by their names, or `dsn` alone; `mergedConnection` joins them with the command line's. */
  readonly connection: Readonly<Record<string, string>>;
  /** Connections for all exports together; undefined for the default of `--jobs`. */
  readonly jobs: number | undefined;
  /** Bytes for the whole process. */
  readonly maxMemory: number | undefined;
  /** Runs to keep, the new one included; undefined for all. */
  readonly keep: number | undefined;
  readonly exports: readonly ExportConfig[];
}

/** One table of a product. */
export interface ExportConfig {
  readonly name: string;
  /** The query; `table` has become one. */
  readonly sql: string;
  /**
   * Template of the path relative to the run's directory; `filledOut` fills it in. Checked to stay within the directory,
   * and to differ from those of all other exports, their increments' files and the manifest.
   */
  readonly out: string;
  readonly options: ExportChoices;
  readonly requiredColumns: readonly string[];
  readonly minRows: number | undefined;
  /** Share of the previous product's rows that may be missing, 0 to 1. */
  readonly maxRowDrop: number | undefined;
  /** Sets of columns whose duplicates are an error. */
  readonly unique: readonly (readonly string[])[];
  readonly onSchemaChange: 'error' | 'warn' | 'ignore';
  readonly increment: IncrementConfig | null;
}

/** The options of an export that a configuration may set for one table. */
export type ExportChoices = Omit<
  ExportOptions,
  | 'sql'
  | 'out'
  | 'connection'
  | 'jobs'
  | 'maxMemory'
  | 'keepTemp'
  | 'verify'
  | 'tempDir'
  | 'signal'
  | 'onProgress'
  | 'onLog'
  | 'onTempFile'
>;

/** The plain form of a configuration: files that are exported from one snapshot, without a product around them. */
export interface PlainConfig {
  readonly exports: readonly PlainExport[];
}

/** One entry of the plain form. */
export interface PlainExport {
  readonly sql: string;
  /** As `ExportOptions.out`; distinct for all entries. */
  readonly out: string;
  readonly options: ExportChoices;
}

export type IncrementConfig =
  | {
      readonly by: 'snapshot';
      readonly key: readonly string[];
      /** A full export at least so often, in milliseconds; undefined for never. */
      readonly fullEvery: number | undefined;
    }
  | {
      readonly by: 'column';
      readonly key: readonly string[];
      readonly column: string;
      /** As a Postgres interval: `600 seconds`. */
      readonly lag: string;
      /** As above; always given, since this kind of increment may miss rows. */
      readonly fullEvery: number;
    };
