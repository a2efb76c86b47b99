import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AttemptError } from './attempt-error.ts';
import type { Conninfo, TargetSessionAttrs } from './conninfo.ts';
import { logIn, type Session } from './login.ts';
import { checkSession } from './session-attrs.ts';
import { connectSocket, type Endpoint, isLocal, negotiateTls } from './transport.ts';

/** Whether an attempt is to be encrypted; `tls or plain` goes on without where the server declines. */
type Encryption = 'plain' | 'tls' | 'tls or plain';

/** What to connect to, and for what. */
export interface EndpointAttempt {
  readonly conninfo: Conninfo;
  readonly endpoint: Endpoint;
  readonly password: string | null;
  readonly attrs: TargetSessionAttrs;
  /** Makes an unconnected socket; called for each attempt. */
  readonly makeSocket: () => Socket;
}

export interface EndpointSession extends Session {
  readonly stream: Duplex;
}

/** Logs in at one endpoint, with and without TLS as sslmode says, within one time limit. Throws an `AttemptError`. */
export async function openSession(attempt: EndpointAttempt): Promise<EndpointSession> {
  return withEncryption(attempt.conninfo, attempt.endpoint, (encryption, deadline) =>
    guarded(attempt, deadline, async (socket, onStream) => {
      const stream = await openStream(socket, attempt, encryption);
      onStream(stream);
      const encrypted = stream !== socket;
      const session = await logIn(stream, loginOf(attempt, encrypted)).catch((error: unknown) => {
        // The server has declined TLS, so the second attempt would be this one once more.
        if (encryption === 'tls or plain' && !encrypted && error instanceof AttemptError) throw error.final();
        throw error;
      });
      try {
        await checkSession(session, attempt.attrs);
      } catch (error) {
        void session.client.end();
        throw error;
      }
      return { ...session, stream };
    }),
  );
}

/** A connection on which nobody has logged in yet, encrypted as sslmode says. Throws an `AttemptError`. */
export async function openAnonymous(attempt: Omit<EndpointAttempt, 'password' | 'attrs'>): Promise<Duplex> {
  return withEncryption(attempt.conninfo, attempt.endpoint, (encryption, deadline) =>
    guarded(attempt, deadline, (socket) => openStream(socket, attempt, encryption)),
  );
}

/** Runs an attempt in the ways that sslmode allows: after one that the server refused, once more in the other way. */
async function withEncryption<T>(
  conninfo: Conninfo,
  endpoint: Endpoint,
  run: (encryption: Encryption, deadline: number) => Promise<T>,
): Promise<T> {
  const limit = conninfo.connectTimeoutMs === 0 ? Infinity : conninfo.connectTimeoutMs;
  const deadline = performance.now() + limit;
  const [first, second] = encryptions(conninfo, endpoint);
  try {
    return await run(first, deadline);
  } catch (error) {
    if (second === undefined || !(error instanceof AttemptError) || error.next !== 'encryption') throw error;
    try {
      return await run(second, deadline);
    } catch (again) {
      throw again instanceof AttemptError ? bothFailed(error, again, second) : again;
    }
  }
}

/** Unix sockets are never encrypted. */
function encryptions({ tls }: Conninfo, endpoint: Endpoint): [Encryption, Encryption?] {
  if (isLocal(endpoint) || tls.mode === 'disable') return ['plain'];
  if (tls.mode === 'allow') return ['plain', 'tls or plain'];
  return tls.mode === 'prefer' ? ['tls or plain', 'plain'] : ['tls'];
}

function bothFailed(first: AttemptError, second: AttemptError, encryption: Encryption): AttemptError {
  if (first.message === second.message) return first;
  const how = encryption === 'plain' ? 'without TLS' : 'with TLS';
  return new AttemptError(`${first.message}; ${how}: ${second.message}`, {
    next: second.next,
    hint: first.hint ?? second.hint,
    sqlState: first.sqlState ?? second.sqlState,
    passing: first.passing || second.passing,
    cause: first.cause,
  });
}

/** Runs one attempt on a new socket, which is closed when the attempt fails or has taken until `deadline`. */
async function guarded<T>(
  { conninfo, makeSocket }: Pick<EndpointAttempt, 'conninfo' | 'makeSocket'>,
  deadline: number,
  run: (socket: Socket, onStream: (stream: Duplex) => void) => Promise<T>,
): Promise<T> {
  const socket = makeSocket();
  // Errors also reach whoever waits for the socket; this one only keeps a late error from ending the process.
  socket.on('error', () => {});
  let stream: Duplex = socket;
  let expired: AttemptError | undefined;
  const expire = () => {
    expired = new AttemptError(`no answer within ${conninfo.connectTimeoutMs / 1000} s (connect_timeout)`, {
      next: 'address',
      hint: 'check host and port, or raise connect_timeout',
      passing: true,
    });
    stream.destroy(expired);
  };
  const left = Math.max(0, deadline - performance.now());
  const timer = left === Infinity ? undefined : setTimeout(expire, left);
  try {
    return await run(socket, (opened) => {
      stream = opened;
    });
  } catch (error) {
    stream.destroy();
    throw expired ?? error;
  } finally {
    clearTimeout(timer);
  }
}

async function openStream(
  socket: Socket,
  { conninfo, endpoint }: Pick<EndpointAttempt, 'conninfo' | 'endpoint'>,
  encryption: Encryption,
): Promise<Socket> {
  await connectSocket(socket, endpoint, conninfo.keepalives);
  if (encryption === 'plain') return socket;
  const secure = await negotiateTls(socket, conninfo.tls, endpoint);
  if (secure !== null) return secure;
  if (encryption === 'tls or plain') return socket;
  throw new AttemptError(`the server does not speak TLS, which sslmode=${conninfo.tls.mode} demands`, {
    next: 'nothing',
    hint: 'set sslmode=prefer to connect without encryption, or turn on ssl in the server',
  });
}

function loginOf({ conninfo, password }: EndpointAttempt, encrypted: boolean) {
  const { user, dbname, auth, applicationName, options, sessionSettings } = conninfo;
  const settings = {
    application_name: applicationName,
    ...(options === '' ? {} : { options }),
    ...sessionSettings,
  };
  return { user, dbname, password, auth, encrypted, settings };
}
