import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnection } from '../../src/postgres/connect/connect.ts';
import {
  type Conninfo,
  resolveConninfo,
  type TargetSessionAttrs,
} from '../../src/postgres/connect/conninfo.ts';
import type { Session } from '../../src/postgres/connect/login.ts';
import { checkSession } from '../../src/postgres/connect/session-attrs.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { type Standby, startStandby } from './standby.ts';

let primary: PostgresServer;
let standby: Standby;

beforeAll(async () => {
  primary = await startPostgres({ settings: { wal_level: 'replica' } });
  const client = new pg.Client({ connectionString: primary.dsn });
  await client.connect();
  await client.query(
    `CREATE ROLE careful LOGIN PASSWORD 'pw'; ALTER ROLE careful SET default_transaction_read_only = on`,
  );
  await client.end();
  standby = await startStandby(primary);
});
afterAll(() => Promise.all([primary.stop('immediate'), standby?.stop()]));

type Role = 'primary' | 'standby';

function conninfo(roles: readonly Role[], attrs: TargetSessionAttrs, user = 'postgres'): Conninfo {
  const ports = roles.map((role) => (role === 'primary' ? primary : standby).port);
  const password = user === 'postgres' ? primary.password : 'pw';
  const hosts = roles.map(() => '127.0.0.1');
  const dsn = `host=${hosts} port=${ports} target_session_attrs=${attrs} dbname=postgres`;
  return resolveConninfo({ dsn, user, password }, { HOME: '/nonexistent' });
}

/** Which server was chosen, by what it says of itself. */
async function chosen(roles: readonly Role[], attrs: TargetSessionAttrs, user?: string): Promise<Role> {
  const { client, pinned } = await openConnection(conninfo(roles, attrs, user));
  const { rows } = await client.query('SELECT pg_is_in_recovery() AS standby');
  await client.end();
  const role = rows[0].standby ? 'standby' : 'primary';
  expect(pinned.hosts).toHaveLength(1);
  expect(pinned.hosts[0]!.port).toBe((role === 'primary' ? primary : standby).port);
  return role;
}

const BOTH_ORDERS: readonly (readonly Role[])[] = [
  ['primary', 'standby'],
  ['standby', 'primary'],
];

describe.each(BOTH_ORDERS)('target_session_attrs over %s, %s', (...roles) => {
  it.each<[TargetSessionAttrs, Role]>([
    ['any', roles[0]!],
    ['read-write', 'primary'],
    ['primary', 'primary'],
    ['read-only', 'standby'],
    ['standby', 'standby'],
    ['prefer-standby', 'standby'],
  ])('%s', async (attrs, role) => {
    expect(await chosen(roles, attrs)).toBe(role);
  });
});

describe('target_session_attrs', () => {
  it('counts a primary as read-only where the role’s default is', async () => {
    expect(await chosen(['primary'], 'read-only', 'careful')).toBe('primary');
    await expect(chosen(['primary'], 'read-write', 'careful')).rejects.toThrow(/the session is read-only/);
    expect(await chosen(['primary'], 'primary', 'careful')).toBe('primary');
  });

  it('prefer-standby takes a primary when there is nothing else', async () => {
    expect(await chosen(['primary'], 'prefer-standby')).toBe('primary');
  });

  it.each<[TargetSessionAttrs, Role, string]>([
    ['read-write', 'standby', 'the session is read-only, but target_session_attrs is read-write'],
    ['primary', 'standby', 'the server is a standby, but target_session_attrs is primary'],
    ['read-only', 'primary', 'the session is not read-only, but target_session_attrs is read-only'],
    ['standby', 'primary', 'the server is not a standby, but target_session_attrs is standby'],
  ])('%s is not to be had from a %s alone', async (attrs, role, message) => {
    await expect(openConnection(conninfo([role], attrs))).rejects.toMatchObject({
      code: 'connection',
      message: expect.stringContaining(message),
    });
  });

  it('is found out by queries where the server does not report it, as before version 14', async () => {
    for (const role of ['primary', 'standby'] as const) {
      const { client } = await openConnection(conninfo([role], 'any'));
      const session = { client, parameterStatus: new Map() } satisfies Session;
      const fits = async (attrs: TargetSessionAttrs) =>
        checkSession(session, attrs).then(
          () => true,
          () => false,
        );
      const attrs = ['read-write', 'primary', 'read-only', 'standby'] as const;
      const isPrimary = role === 'primary';
      for (const [i, expected] of [isPrimary, isPrimary, !isPrimary, !isPrimary].entries()) {
        expect(await fits(attrs[i]!)).toBe(expected);
      }
      await client.end();
    }
  });
});
