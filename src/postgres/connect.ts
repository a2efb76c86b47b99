import { lookup } from 'node:dns/promises';
import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { ExportError } from '../errors.ts';
import { AttemptError } from './attempt-error.ts';
import type { ConnectionHost, Conninfo, TargetSessionAttrs } from './conninfo.ts';
import { isSocketDirectory } from './hosts.ts';
import { logIn, type Session } from './login.ts';
import { checkSession } from './session-attrs.ts';
import { connectSocket, type Endpoint, isLocal, negotiateTls, socketPath } from './transport.ts';

/** A logged-in connection. */
export interface OpenedConnection {
  readonly client: pg.Client;
  /** The duplex on which the server's bytes arrive: the `net.Socket`, or the `tls.TLSSocket` over it. */
  readonly stream: Duplex;
  /** The same conninfo narrowed to the one address that answered, for further connections to the same server. */
  readonly pinned: Conninfo;
}

/** Whether an attempt is to be encrypted; `prefer` goes on without where the server declines. */
type Encryption = 'plain' | 'tls' | 'tls or plain';

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
 * Throws an `ExportError` with code `connection`.
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
      const next = failures.at(-1)?.error.next;
      if (next === 'encryption' || next === 'nothing') throw connectionError(conninfo, failures);
    }
  }
  throw connectionError(conninfo, failures);
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
  const { host, conninfo } = attempt;
  let endpoint: Endpoint | null = null;
  try {
    const addresses = await findAddresses(host);
    for (const address of inOrder(addresses, conninfo.loadBalance)) {
      endpoint = { host: host.host, address, port: host.port };
      try {
        return await openEndpoint(attempt, endpoint);
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
      hint: 'Check the spelling of the host name',
      cause: error,
    });
  }
}

/** Connects to one address, with and without TLS as sslmode says, within one time limit. */
async function openEndpoint(attempt: HostAttempt, endpoint: Endpoint): Promise<OpenedConnection> {
  const { conninfo, host } = attempt;
  const deadline = conninfo.connectTimeoutMs === 0 ? Infinity : performance.now() + conninfo.connectTimeoutMs;
  const [first, second] = encryptions(conninfo, endpoint);
  const pinned = { ...conninfo, hosts: [{ ...host, hostaddr: isLocal(endpoint) ? null : endpoint.address }] };
  try {
    return { ...(await openOnce(attempt, endpoint, first, deadline)), pinned };
  } catch (error) {
    if (second === undefined || !(error instanceof AttemptError) || error.next !== 'encryption') throw error;
    try {
      return { ...(await openOnce(attempt, endpoint, second, deadline)), pinned };
    } catch (again) {
      throw again instanceof AttemptError ? bothFailed(error, again, second) : again;
    }
  }
}

function encryptions({ tls }: Conninfo, endpoint: Endpoint): [Encryption, Encryption?] {
  if (isLocal(endpoint) || tls.mode === 'disable') return ['plain'];
  if (tls.mode === 'allow') return ['plain', 'tls'];
  return tls.mode === 'prefer' ? ['tls or plain', 'plain'] : ['tls'];
}

function bothFailed(first: AttemptError, second: AttemptError, encryption: Encryption): AttemptError {
  if (first.message === second.message || second.next === 'address') return first;
  const how = encryption === 'plain' ? 'without TLS' : 'with TLS';
  return new AttemptError(`${first.message}; ${how}: ${second.message}`, {
    next: second.next,
    hint: first.hint ?? second.hint,
    sqlState: first.sqlState ?? second.sqlState,
    cause: first.cause,
  });
}

async function openOnce(
  { conninfo, host, attrs, makeSocket }: HostAttempt,
  endpoint: Endpoint,
  encryption: Encryption,
  deadline: number,
): Promise<{ client: pg.Client; stream: Duplex }> {
  const socket = makeSocket();
  // Errors also reach whoever waits for the socket; this one only keeps a late error from ending the process.
  socket.on('error', () => {});
  let stream: Duplex = socket;
  let session: Session | undefined;
  const timer = startTimer(deadline, conninfo.connectTimeoutMs, (error) => stream.destroy(error));
  try {
    await connectSocket(socket, endpoint, conninfo.keepalives);
    if (encryption !== 'plain') stream = (await negotiate(socket, conninfo, endpoint, encryption)) ?? socket;
    session = await logIn(stream, {
      user: conninfo.user,
      dbname: conninfo.dbname,
      password: host.password,
      settings: startupSettings(conninfo),
      auth: conninfo.auth,
      encrypted: stream !== socket,
    });
    await checkSession(session, attrs);
    return { client: session.client, stream };
  } catch (error) {
    if (session === undefined) stream.destroy();
    else void session.client.end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function startTimer(deadline: number, limitMs: number, expire: (error: AttemptError) => void) {
  if (deadline === Infinity) return undefined;
  const expired = new AttemptError(`no answer within ${limitMs / 1000} s (connect_timeout)`, {
    next: 'address',
    hint: 'Check host and port, or raise connect_timeout',
  });
  return setTimeout(() => expire(expired), Math.max(0, deadline - performance.now()));
}

async function negotiate(socket: Socket, conninfo: Conninfo, endpoint: Endpoint, encryption: Encryption) {
  const secure = await negotiateTls(socket, conninfo.tls, endpoint);
  if (secure !== null || encryption === 'tls or plain') return secure;
  throw new AttemptError(`the server does not speak TLS, which sslmode=${conninfo.tls.mode} demands`, {
    next: 'nothing',
    hint: 'Set sslmode=prefer to connect without encryption, or turn on ssl in the server',
  });
}

function startupSettings(conninfo: Conninfo): Record<string, string> {
  const { applicationName, options, sessionSettings } = conninfo;
  return { application_name: applicationName, ...(options === '' ? {} : { options }), ...sessionSettings };
}

function connectionError({ dbname, user, hosts }: Conninfo, failures: readonly Failure[]): ExportError {
  const last = failures.at(-1)!.error;
  const goal = `database "${dbname}" as user "${user}"`;
  const message =
    hosts.length === 1 && failures.length === 1
      ? `Cannot connect to ${goal} at ${place(failures[0]!)}: ${last.message}`
      : `Cannot connect to ${goal}: ${failures.map((failure) => `${place(failure)}: ${failure.error.message}`).join('; ')}`;
  return new ExportError('connection', message.replaceAll(/\s*\n\s*/g, ' '), {
    stage: 'connect',
    hint: last.hint,
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
