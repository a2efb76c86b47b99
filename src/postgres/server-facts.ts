import { queryError } from './server-error.ts';
import type { Session } from './session.ts';

/** What an export needs to know about the server and says in the file. */
export interface ServerFacts {
  /** `server_version`, such as `15.8 (Debian 15.8-1)`. */
  readonly version: string;
  /** `server_encoding`, such as `UTF8`, or `SQL_ASCII` for none. */
  readonly encoding: string;
  /** When the transaction began whose snapshot is exported, in ISO 8601. */
  readonly snapshotTime: string;
}

/** Asks within the session's transaction. */
export async function serverFacts(session: Session): Promise<ServerFacts> {
  const rows = await session
    .query<{ version: string; encoding: string; time: string }>(
      `SELECT pg_catalog.current_setting('server_version') AS version,
         pg_catalog.current_setting('server_encoding') AS encoding,
         pg_catalog.to_char(pg_catalog.transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time`,
    )
    .catch((error) => {
      throw queryError(error, 'query');
    });
  const { version, encoding, time } = rows[0]!;
  return { version, encoding, snapshotTime: time };
}
