const MIB = 1 << 20;
/** What the program takes itself, with pages and dictionaries of what it writes. Measured, with room to spare. */
const BASE = 160 * MIB;
/** With less it could not even read the files. */
const LEAST_DUCKDB = 64 * MIB;

/** How `--max-memory` is divided where DuckDB works, in bytes. */
export interface DuckDBMemory {
  readonly duckdb: number;
  /** Compressed pages of one row group, at which it ends. */
  readonly rowGroup: number;
}

/** DuckDB takes more than its limit, by what it reads files with. */
export function memoryOf(maxMemory: number): DuckDBMemory {
  const rest = Math.max(maxMemory - BASE, 2 * LEAST_DUCKDB);
  return { duckdb: Math.floor(rest / 2), rowGroup: Math.floor(rest / 5) };
}
