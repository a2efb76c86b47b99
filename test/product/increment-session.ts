import pg from 'pg';
import { distinctNames } from '../../src/export/column-names.ts';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { describeQuery } from '../../src/postgres/describe.ts';
import { Session } from '../../src/postgres/session.ts';
import { singleQuery } from '../../src/postgres/statement.ts';
import { beginExport, rollback } from '../../src/postgres/transaction.ts';
import type { ExportConfig, IncrementConfig } from '../../src/product/config/config.ts';
import type {
  CurrentSnapshot,
  PlannedIncrement,
  PreviousProduct,
} from '../../src/product/increment/increment.ts';
import { planIncrement } from '../../src/product/increment/plan.ts';
import type { Manifest, ManifestExport, ManifestField } from '../../src/product/manifest/manifest.ts';
import { VERSION } from '../../src/version.ts';

/** What one run would have found, without files: the planned increment, and the rows that its queries give. */
export interface Taken {
  readonly planned: PlannedIncrement;
  readonly rows: readonly Record<string, string | null>[];
  readonly keys: readonly Record<string, string | null>[] | null;
  /** All rows of the configured query in the same snapshot. */
  readonly all: readonly Record<string, string | null>[];
  /** What the next run follows. */
  readonly product: PreviousProduct;
}

/** The configuration of one export with increments. */
export function exportOf(sql: string, increment: Partial<IncrementConfig> = {}, options = {}): ExportConfig {
  return {
    name: 't',
    sql,
    out: 't.parquet',
    options,
    requiredColumns: [],
    minRows: undefined,
    maxRowDrop: undefined,
    unique: [],
    onSchemaChange: 'error',
    increment: { by: 'snapshot', key: ['id'], fullEvery: undefined, ...increment } as IncrementConfig,
  };
}

/** Plans an increment in a snapshot of its own and runs its queries there. */
export async function take(
  dsn: string,
  config: ExportConfig,
  previous: PreviousProduct | null,
): Promise<Taken> {
  const session = await Session.open(resolveConninfo({ dsn }), 1 << 20);
  try {
    await beginExport(session);
    const current = await currentSnapshot(session);
    const planned = await planIncrement(session, config, previous, current);
    const rows = await session.query<Record<string, string | null>>(planned.sql);
    const keys = planned.keys && (await session.query<Record<string, string | null>>(planned.keys.sql));
    const all = await session.query<Record<string, string | null>>(config.sql);
    const fields = await fieldsOf(session, config);
    await rollback(session);
    return { planned, rows, keys, all, product: productOf(planned, current, fields) };
  } finally {
    await session.close();
  }
}

async function currentSnapshot(session: Session): Promise<CurrentSnapshot> {
  const [row] = await session.query<Record<string, string>>(
    `SELECT pg_current_snapshot()::text AS snapshot, to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time,
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END AS wal,
       current_setting('server_version') AS version, (SELECT system_identifier FROM pg_control_system()) AS identifier,
       (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline, current_database() AS database,
       (SELECT oid FROM pg_database WHERE datname = current_database()) AS oid`,
  );
  const { snapshot, time, wal, version, identifier, timeline, database, oid } = row!;
  return {
    snapshot: { time: time!, walPosition: wal!, pgSnapshot: snapshot! },
    server: {
      version: version!,
      systemIdentifier: identifier!,
      timeline: Number(timeline),
      database: database!,
      databaseOid: oid!,
      inRecovery: false,
    },
  };
}

/** As far as they matter here. */
async function fieldsOf(session: Session, { sql, options }: ExportConfig): Promise<ManifestField[]> {
  const columns = await describeQuery(session, await singleQuery(sql));
  return distinctNames(columns, options.duplicateColumns ?? 'error').map(({ name, type }) => ({
    name,
    type: '',
    nullable: true,
    postgresType: type.formatted,
  }));
}

function productOf(
  { kind, fullBecause, increment }: PlannedIncrement,
  current: CurrentSnapshot,
  fields: ManifestField[],
): PreviousProduct {
  const manifest = { ...current, ddppVersion: VERSION } as Partial<Manifest> as Manifest;
  const exported = {
    name: 't',
    kind,
    fullBecause,
    files: [],
    fields,
    increment,
  } as Partial<ManifestExport> as ManifestExport;
  return { manifest, export: exported, directory: '/', unusable: null };
}

/** A connection that is closed after the callback, whatever it does. */
export async function withClient<T>(dsn: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
