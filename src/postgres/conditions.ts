import type { ErrorCode } from '../errors.ts';

/** What an SQLSTATE means for an export (PostgreSQL documentation, "PostgreSQL Error Codes"). */
export interface Condition {
  /** The SQLSTATE, or the beginning of several. */
  readonly sqlState: string;
  /** Tells causes of one SQLSTATE apart, where the server's messages are English. */
  readonly says?: RegExp;
  /** Default `query`. */
  readonly code?: ErrorCode;
  /** The session is over, but a new one to the same server may well work. */
  readonly lost?: true;
  /** A login that fails for this reason may work a moment later. */
  readonly passing?: true;
  readonly hint?: string;
  /** The server's own hint, where it sends one, says more. */
  readonly yields?: true;
}

/** The first one that fits counts. */
const CONDITIONS: readonly Condition[] = [
  { sqlState: '08P01', code: 'connection', lost: true },
  { sqlState: '08', code: 'connection', lost: true, passing: true },
  {
    sqlState: '57P01',
    code: 'connection',
    lost: true,
    passing: true,
    hint: 'an administrator ended the session, or the server is being stopped; run the export again',
  },
  {
    sqlState: '57P02',
    code: 'connection',
    lost: true,
    passing: true,
    hint: 'a process of the server crashed, which ends all sessions; look into the server’s log and run the export again',
  },
  {
    sqlState: '57P03',
    code: 'connection',
    lost: true,
    passing: true,
    hint: 'try again when the server has started',
  },
  {
    sqlState: '57P05',
    code: 'connection',
    lost: true,
    hint: 'raise idle_session_timeout for this role or in the server',
  },
  { sqlState: '57P0', code: 'connection', hint: 'run the export again' },
  {
    sqlState: '57014',
    says: /statement timeout/,
    hint: 'raise statement_timeout: the export lifts the server’s and the role’s, but not one that the connection itself sets (options, PGOPTIONS)',
  },
  {
    sqlState: '57014',
    hint: 'an administrator or a limit on the server cancelled the query; run the export again',
  },
  {
    sqlState: '55P03',
    hint: 'another session holds a lock on the table, or waits for one; run the export again when it has ended, or raise lock_timeout where the connection sets it (options, PGOPTIONS)',
  },
  {
    sqlState: '25P03',
    code: 'connection',
    hint: 'raise idle_in_transaction_session_timeout: the export lifts the server’s and the role’s, but not one that the connection itself sets (options, PGOPTIONS)',
  },
  {
    sqlState: '25P04',
    code: 'connection',
    hint: 'raise transaction_timeout: the export lifts the server’s and the role’s, but not one that the connection itself sets (options, PGOPTIONS)',
  },
  // A transaction that only reads meets it on a standby alone.
  {
    sqlState: '40001',
    hint: 'on the standby raise max_standby_streaming_delay (max_standby_archive_delay), or set hot_standby_feedback = on',
  },
  {
    sqlState: '40P01',
    says: /recovery/,
    hint: 'on the standby raise max_standby_streaming_delay (max_standby_archive_delay), or set hot_standby_feedback = on',
  },
  {
    sqlState: '25006',
    hint: 'only what can be read is exported: the query runs in a read-only transaction',
  },
  {
    sqlState: '42P01',
    hint: 'check the spelling, or write the schema before the table: schema.table',
    yields: true,
  },
  { sqlState: '28P01', hint: 'check the user name and the password (option, PGPASSWORD or ~/.pgpass)' },
  {
    sqlState: '28000',
    hint: "check the user name, and the server's pg_hba.conf for this user, database and address",
  },
  { sqlState: '3D000', hint: 'give the name of a database that exists there' },
  {
    sqlState: '53300',
    passing: true,
    hint: 'try again when other sessions have ended, raise max_connections, or the role’s or the database’s CONNECTION LIMIT',
  },
];

const UNKNOWN: Condition = { sqlState: '' };

/** What an error of the server means; a condition without any properties where nothing is known of it. */
export function conditionOf({
  code = '',
  message,
}: {
  code?: string | undefined;
  message: string;
}): Condition {
  return (
    CONDITIONS.find(({ sqlState, says }) => code.startsWith(sqlState) && (says?.test(message) ?? true)) ??
    UNKNOWN
  );
}
