/** The full form of a configuration, checked and with its defaults; `docs/products.md` shows what a user writes. */
export interface ProductConfig {
  /** The product root: an absolute path. */
  readonly root: string;
  /** libpq's parameters by their names; what is missing comes from the command line, PG* variables and files. */
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
  /** Path relative to the run's directory, after the template has been filled in; distinct for all exports. */
  readonly out: string;
  /** Options of the export itself, as `ExportOptions` has them: rowGroupSize, compression, columnTypes, … */
  readonly options: Readonly<Record<string, unknown>>;
  readonly requiredColumns: readonly string[];
  readonly minRows: number | undefined;
  /** Share of the previous product's rows that may be missing, 0 to 1. */
  readonly maxRowDrop: number | undefined;
  /** Sets of columns whose duplicates are an error. */
  readonly unique: readonly (readonly string[])[];
  readonly onSchemaChange: 'error' | 'warn' | 'ignore';
  readonly increment: IncrementConfig | null;
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
      /** As a Postgres interval. */
      readonly lag: string;
      readonly fullEvery: number | undefined;
    };
