import { z } from 'zod';

/** The name of the manifest within a run's directory. */
export const MANIFEST_FILE = 'manifest.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const timestamp = z.iso.datetime();
const count = z.int().nonnegative();

/** A manifest may come from anywhere: it must not lead out of its directory. */
function isWithin(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** One file of a product. */
const fileSchema = z.strictObject({
  /** What it holds: rows of the query; beside an increment the keys of all rows, and those gone since the previous product. */
  role: z.enum(['data', 'keys', 'deleted_keys']),
  /** Relative to the manifest's directory, with slashes. */
  path: z.string().refine(isWithin, 'is not the path of a file in the directory'),
  rows: count,
  bytes: count,
  sha256,
  rowGroups: count,
});

/** One column of an export, in Arrow's words. */
const fieldSchema = z.strictObject({
  name: z.string(),
  /** `int64`, `timestamp[us, UTC]`, `decimal128(15, 2)`, `int32[]`: see docs/types.md. */
  type: z.string(),
  nullable: z.boolean(),
  postgresType: z.string().nullable(),
});

/** What an increment of either kind is taken from. */
const incrementBasis = {
  key: z.array(z.string()),
  /** The time of the snapshot of the last full export. */
  fullAt: z.string(),
  /** SHA-256 of the query as it is configured, and of the options that decide what values become. */
  query: sha256,
  options: sha256,
};

/** What the next increment is taken from: what must be the same then; see docs/increments.md. */
const incrementSchema = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('snapshot'),
    ...incrementBasis,
    /** The unique constraint or index that backs the key; null where it is checked in each run. */
    keyConstraint: z.string().nullable(),
    /** When the server's statistics began, which they do anew after a crash. */
    statisticsReset: z.array(z.string()),
    relation: z.strictObject({
      oid: z.string(),
      /** The tables that hold its rows. */
      leaves: z.array(z.strictObject({ oid: z.string(), filenode: z.string() })),
      columns: z.array(
        z.strictObject({
          number: z.int(),
          name: z.string(),
          type: z.string(),
          default: z.string().nullable(),
        }),
      ),
      /** SHA-256 of what else decides how values look: labels of enums, members of composite types, extensions, operators. */
      definitions: sha256,
    }),
  }),
  z.strictObject({
    by: z.literal('column'),
    ...incrementBasis,
    column: z.string(),
    /** The largest value of the column in this product, as text; null where there is none. */
    highWater: z.string().nullable(),
    lag: z.string(),
  }),
]);

const exportSchema = z.strictObject({
  name: z.string(),
  /** Without credentials. */
  sql: z.string(),
  kind: z.enum(['full', 'increment']),
  /** Why it is a full export although an increment is configured; null otherwise. */
  fullBecause: z.string().nullable(),
  files: z.array(fileSchema),
  fields: z.array(fieldSchema),
  /** SHA-256 of the fields' names, types and order; see `schemaFingerprint`. */
  schemaFingerprint: sha256,
  /** NULLs by column; only columns that have any. */
  nulls: z.record(z.string(), count),
  /** Values that became NULL because their Arrow type cannot hold them, by column; only columns that have any. */
  unrepresentable: z.record(z.string(), count),
  started: timestamp,
  finished: timestamp,
  increment: incrementSchema.nullable(),
});

/** What `manifest.json` says of a product: everything that its consumer and the next run need to know. */
export const manifestSchema = z.strictObject({
  format: z.literal('ddpp-manifest/1'),
  ddppVersion: z.string(),
  /** The run's own directory name under `runs/`. */
  run: z.string(),
  /** The product's day, `YYYY-MM-DD`. */
  date: z.iso.date(),
  started: timestamp,
  finished: timestamp,
  snapshot: z.strictObject({
    time: z.string(),
    /**
     * `pg_current_wal_lsn()`, or on a standby the position that is replayed, read right after the snapshot was taken;
     * null where the server does not tell.
     */
    walPosition: z.string().nullable(),
    /** `pg_current_snapshot()`: `xmin:xmax:xip_list`. */
    pgSnapshot: z.string(),
  }),
  server: z.strictObject({
    version: z.string(),
    /** `pg_control_system()`; null where the server does not tell. */
    systemIdentifier: z.string().nullable(),
    /** Null where the server does not tell. */
    timeline: z.int().nullable(),
    database: z.string(),
    databaseOid: z.string(),
    inRecovery: z.boolean(),
  }),
  /** The manifest that this one follows: the run's name and the SHA-256 of its manifest; null for the first. */
  previous: z.strictObject({ run: z.string(), sha256 }).nullable(),
  /** Of how many products `compact` has made this one; null for what a run has made. */
  compactedFrom: z.int().positive().nullable(),
  exports: z.array(exportSchema),
  /** Of all the rest: see `contentHash`. */
  sha256,
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestExport = z.infer<typeof exportSchema>;
export type ManifestFile = z.infer<typeof fileSchema>;
export type ManifestField = z.infer<typeof fieldSchema>;
export type ManifestIncrement = z.infer<typeof incrementSchema>;
