import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AttemptError, isPassing } from './attempt-error.ts';
import { isSocketDirectory } from './hosts.ts';
import { type Keepalives, SYSTEM_KEEPALIVES } from './keepalives.ts';
import { tlsOptions } from './tls.ts';
import type { TlsSettings } from './tls-settings.ts';

/** SSLRequest of the frontend/backend protocol: its length and its code. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** One place to connect to: an IP address, or the directory of a Unix socket. */
export interface Endpoint {
  /** The host as the user wrote it, for the name in the server's certificate. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** The path of the socket in a Unix socket directory; "@" stands for the abstract namespace. */
export function socketPath(directory: string, port: number): string {
  return `${directory}/.s.PGSQL.${port}`;
}

export function isLocal(endpoint: Endpoint): boolean {
  return isSocketDirectory(endpoint.address);
}

/** Connects the socket. Throws an `AttemptError` that allows another address. */
export async function connectSocket(
  socket: Socket,
  endpoint: Endpoint,
  keepalives: Keepalives,
): Promise<void> {
  const { address, port } = endpoint;
  if (isLocal(endpoint)) socket.connect(socketPath(address, port).replace(/^@/, '\0'));
  else socket.connect(port, address);
  try {
    await once(socket, 'connect');
  } catch (error) {
    throw error instanceof AttemptError ? error : unreachable(error as NodeJS.ErrnoException, endpoint);
  }
  if (isLocal(endpoint)) return;
  socket.setNoDelay(true);
  if (!keepalives.enabled) return;
  socket.setKeepAlive(
    true,
    (keepalives.idleSeconds || SYSTEM_KEEPALIVES.idleSeconds) * 1000,
    (keepalives.intervalSeconds || SYSTEM_KEEPALIVES.intervalSeconds) * 1000,
    keepalives.count || SYSTEM_KEEPALIVES.count,
  );
}

function unreachable(error: NodeJS.ErrnoException, endpoint: Endpoint): AttemptError {
  const local = isLocal(endpoint);
  const reasons: Record<string, readonly [reason: string, hint: string]> = {
    ECONNREFUSED: [
      'connection refused',
      'check host and port, and that a server runs there and accepts connections',
    ],
    ENOENT: [
      'there is no such socket',
      'check the socket directory (host) and the port, and that the server runs',
    ],
    EACCES: ['permission denied', 'run as a user who may use the socket, or connect by TCP'],
    ETIMEDOUT: ['no answer', 'check host and port, and whether a firewall is in between'],
    EHOSTUNREACH: ['the host cannot be reached', 'check the host and the network'],
    ENETUNREACH: ['the network cannot be reached', 'check the host and the network'],
  };
  const [reason, hint] = reasons[error.code ?? ''] ?? [
    error.message,
    `check host and ${local ? 'socket' : 'port'}`,
  ];
  return new AttemptError(reason, { next: 'address', hint, passing: isPassing(error), cause: error });
}

/**
 * Asks the server for TLS and does the handshake; null where the server declines. Throws an `AttemptError`.
 * Nothing but the server's one byte may come before the handshake, lest somebody in between add to it.
 */
export async function negotiateTls(
  socket: Socket,
  settings: TlsSettings,
  endpoint: Endpoint,
): Promise<TLSSocket | null> {
  const options = tlsOptions(settings, endpoint.host);
  if (settings.negotiation === 'postgres') {
    const answer = once(socket, 'data');
    socket.write(SSL_REQUEST);
    const [bytes] = (await endedBy(socket, answer)) as [Buffer];
    if (bytes.length === 1 && bytes[0] === 0x4e) return null;
    if (bytes.length !== 1 || bytes[0] !== 0x53) {
      throw new AttemptError('the server answered the request for TLS with something else', {
        next: 'encryption',
        hint: 'check that a Postgres server listens on this port',
      });
    }
  }
  const secure = connectTls({ ...options, socket });
  secure.on('error', () => {});
  try {
    await endedBy(secure, once(secure, 'secureConnect'));
  } catch (error) {
    throw error instanceof AttemptError ? error : handshakeFailure(error as NodeJS.ErrnoException);
  }
  if (settings.negotiation === 'direct' && secure.alpnProtocol !== 'postgresql') {
    throw new AttemptError('the server did not agree to speak the PostgreSQL protocol (ALPN)', {
      next: 'nothing',
      hint: 'set sslnegotiation=postgres for servers before PostgreSQL 17',
    });
  }
  return secure;
}

/** Waits, but no longer than until the peer closes the stream. */
async function endedBy<T>(stream: Socket, awaited: Promise<T>): Promise<T> {
  let onClose = () => {};
  const closed = new Promise<never>((_, reject) => {
    onClose = () => {
      reject(
        new AttemptError('the server closed the connection', {
          next: 'encryption',
          hint: "look into the server's log for the reason",
          passing: true,
        }),
      );
    };
    stream.once('close', onClose);
  });
  try {
    return await Promise.race([awaited, closed]);
  } finally {
    stream.off('close', onClose);
  }
}

function handshakeFailure(error: NodeJS.ErrnoException): AttemptError {
  const verification = new Set(['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT']);
  const unverified = verification.has(error.code ?? '') || /UNABLE_TO|CERT_/.test(error.code ?? '');
  return new AttemptError(`TLS failed: ${error.message}`, {
    next: 'encryption',
    hint: unverified
      ? "set sslrootcert to the file of the authority that signed the server's certificate"
      : "check sslmode and the other ssl parameters against the server's settings",
    passing: isPassing(error),
    cause: error,
  });
}
