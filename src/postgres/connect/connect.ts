import { lookup } from 'node:dns/promises';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { ExportError, type ExportErrorDetails } from '../../errors.ts';
import { singleLine } from '../server-error.ts';
import { AttemptError, isPassing } from './attempt-error.ts';
import type { ConnectionHost, Conninfo, TargetSessionAttrs } from './conninfo.ts';
import { openAnonymous, openSession } from './endpoint.ts';
import { isSocketDirectory } from './hosts.ts';
import { type Endpoint, isLocal, socketPath } from './transport.ts';

/** A logged-in connection. */
export interface OpenedConnection {
  readonly client: pg.Client;
  /** The duplex on which the server's bytes arrive: the `net.Socket`, or the `tls.TLSSocket` over it. */
  readonly stream: Duplex;
  /** The same conninfo narrowed to the one address that answered, for further connections to the same server. */
  readonly pinned: Conninfo;
}

/** No connection could be had. */
export class ConnectError extends ExportError {
  /** Whether it may work a moment later: a server did not answer, is starting, or has too many connections. */
  readonly passing: boolean;

  constructor(message: string, passing: boolean, details: Omit<ExportErrorDetails, 'stage'>) {
    super('connection', message, { stage: 'connect', ...details });
    this.passing = passing;
  }
}

/** One way to connect that has failed. */
interface Failure {
  readonly host: ConnectionHost;
  readonly endpoint: Endpoint | null;
  readonly error: AttemptError;
}

/**
 * Connects to the first of the conninfo's hosts that accepts the login and fits `target_session_attrs`. As in libpq,
 * the next address or host is tried when one does not answer, but not when one refuses the login.
 *
 * `makeSocket` is called once per attempt for an unconnected socket. A socket made with `onread` has no `data` events
 * of its own: until this function has resolved, its callback must re-emit what it reads (`socket.emit('data', bytes)`).
 * Over TLS the bytes arrive on the `TLSSocket` instead, by ordinary `data` events.
 *
 * Throws a `ConnectError`.
 */
export async function openConnection(
  conninfo: Conninfo,
  makeSocket: () => Socket = () => new Socket(),
): Promise<OpenedConnection> {
  let failures: Failure[] = [];
  for (const attrs of passes(conninfo.targetSessionAttrs)) {
    failures = [];
    for (const host of inOrder(conninfo.hosts, conninfo.loadBalance)) {
      const opened = await openHost({ conninfo, host, attrs, makeSocket }, failures);
      if (opened !== undefined) return opened;
      const next = failures.at(-1)!.error.next;
      if (next === 'encryption' || next === 'nothing') {
        throw connectError(conninfo, failures, failures.at(-1)!.error.passing);
      }
    }
  }
  throw connectError(
    conninfo,
    failures,
    failures.some(({ error }) => error.passing),
  );
}

/**
 * A further connection to a pinned server, encrypted as sslmode says, on which nobody has logged in: for a
 * CancelRequest. Throws a `ConnectError`.
 */
export async function openUnauthenticated(pinned: Conninfo): Promise<Duplex> {
  const host = pinned.hosts[0]!;
  const endpoint = { host: host.host, address: host.hostaddr ?? host.host, port: host.port };
  try {
    return await openAnonymous({ conninfo: pinned, endpoint, makeSocket: () => new Socket() });
  } catch (error) {
    throw error instanceof AttemptError
      ? connectError(pinned, [{ host, endpoint, error }], error.passing)
      : error;
  }
}

/** prefer-standby goes over the hosts twice: first for a standby, then for any server. */
function passes(attrs: TargetSessionAttrs): TargetSessionAttrs[] {
  return attrs === 'prefer-standby' ? ['standby', 'any'] : [attrs];
}

function inOrder<T>(items: readonly T[], random: boolean): readonly T[] {
  if (!random) return items;
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

interface HostAttempt {
  readonly conninfo: Conninfo;
  readonly host: ConnectionHost;
  readonly attrs: TargetSessionAttrs;
  readonly makeSocket: () => Socket;
}

/** Tries the host's addresses in turn; undefined where none worked, with the reasons added to `failures`. */
async function openHost(attempt: HostAttempt, failures: Failure[]): Promise<OpenedConnection | undefined> {
  const { host, conninfo, attrs, makeSocket } = attempt;
  let endpoint: Endpoint | null = null;
  try {
    const addresses = await findAddresses(host);
    for (const address of inOrder(addresses, conninfo.loadBalance)) {
      endpoint = { host: host.host, address, port: host.port };
      try {
        const { client, stream } = await openSession({
          conninfo,
          endpoint,
          password: host.password,
          attrs,
          makeSocket,
        });
        const hostaddr = isLocal(endpoint) ? null : address;
        return { client, stream, pinned: { ...conninfo, hosts: [{ ...host, hostaddr }] } };
      } catch (error) {
        if (!(error instanceof AttemptError) || error.next !== 'address') throw error;
        failures.push({ host, endpoint, error });
      }
    }
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error;
    failures.push({ host, endpoint, error });
  }
  return undefined;
}

async function findAddresses({ host, hostaddr }: ConnectionHost): Promise<string[]> {
  const given = hostaddr ?? host;
  if (isSocketDirectory(given) || isIP(given) !== 0) return [given];
  try {
    return (await lookup(given, { all: true, verbatim: true })).map(({ address }) => address);
  } catch (error) {
    throw new AttemptError('the host name cannot be resolved', {
      next: 'host',
      hint: 'check the spelling of the host name',
      passing: isPassing(error),
      cause: error,
    });
  }
}

function connectError(
  { dbname, user }: Conninfo,
  failures: readonly Failure[],
  passing: boolean,
): ConnectError {
  const last = failures.at(-1)!.error;
  const goal = `cannot connect to database "${dbname}" as user "${user}"`;
  const message =
    failures.length === 1
      ? `${goal} at ${place(failures[0]!)}: ${last.message}`
      : `${goal}: ${failures.map((failure) => `${place(failure)}: ${failure.error.message}`).join('; ')}`;
  return new ConnectError(singleLine(message), passing, {
    hint: last.hint === undefined ? undefined : singleLine(last.hint),
    sqlState: last.sqlState,
    cause: last.cause,
  });
}

function place({ host, endpoint }: Failure): string {
  if (endpoint !== null && isLocal(endpoint))
    return `socket "${socketPath(endpoint.address, endpoint.port)}"`;
  const name = host.host || (host.hostaddr ?? '');
  const address = endpoint === null || endpoint.address === name ? '' : ` (${endpoint.address})`;
  return `host "${name}"${address}, port ${host.port}`;
}
