import { AttemptError } from './attempt-error.ts';
import type { TargetSessionAttrs } from './conninfo.ts';
import type { Session } from './login.ts';

/**
 * Checks a session against `target_session_attrs` (PostgreSQL documentation). Servers from version 14 on say at login
 * what they are; older ones, and poolers, are asked. Throws an `AttemptError` that allows the next host.
 */
export async function checkSession(session: Session, attrs: TargetSessionAttrs): Promise<void> {
  const unfit = await mismatch(session, attrs).catch((error: Error) => {
    throw new AttemptError(`asking for target_session_attrs failed: ${error.message}`, {
      next: 'nothing',
      cause: error,
    });
  });
  if (unfit === undefined) return;
  throw new AttemptError(`${unfit}, but target_session_attrs is ${attrs}`, {
    next: 'host',
    hint: 'add the server that fits to the hosts, or change target_session_attrs',
  });
}

async function mismatch(session: Session, attrs: TargetSessionAttrs): Promise<string | undefined> {
  switch (attrs) {
    case 'any':
      return undefined;
    case 'read-write':
      return (await isReadOnly(session)) ? 'the session is read-only' : undefined;
    case 'read-only':
      return (await isReadOnly(session)) ? undefined : 'the session is not read-only';
    case 'primary':
      return (await isStandby(session)) ? 'the server is a standby' : undefined;
    default:
      return (await isStandby(session)) ? undefined : 'the server is not a standby';
  }
}

async function isStandby({ client, parameterStatus }: Session): Promise<boolean> {
  const reported = parameterStatus.get('in_hot_standby');
  if (reported !== undefined) return reported === 'on';
  const { rows } = await client.query<{ standby: boolean }>(
    'SELECT pg_catalog.pg_is_in_recovery() AS standby',
  );
  return rows[0]!.standby;
}

async function isReadOnly(session: Session): Promise<boolean> {
  const reported = session.parameterStatus.get('default_transaction_read_only');
  if (reported !== undefined && session.parameterStatus.has('in_hot_standby')) {
    return reported === 'on' || (await isStandby(session));
  }
  const { rows } = await session.client.query<{ transaction_read_only: string }>(
    'SHOW transaction_read_only',
  );
  return rows[0]!.transaction_read_only === 'on';
}
