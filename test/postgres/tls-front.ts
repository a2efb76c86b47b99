import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket, type TlsOptions } from 'node:tls';
import type { Certificate } from './certificates.ts';

/** A TLS terminator before a Postgres server, to show clients any certificate. */
export interface TlsFront {
  readonly port: number;
  /** The host name that the last client sent in its handshake (SNI), if any. */
  readonly servername: () => string | false | undefined;
  close(): Promise<void>;
}

/** SSLRequest of the protocol. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

interface FrontOptions extends TlsOptions {
  /** What it says to the request for TLS; default `S`. */
  readonly answer?: string;
  /** Whether it begins with TLS, without being asked. */
  readonly direct?: boolean;
  /** Whether it speaks TLS to the server as well. */
  readonly encryptUpstream?: boolean;
}

/** Starts a front for the server at port `upstream` that shows a certificate. */
export async function startTlsFront(
  upstream: number,
  { cert, key }: Certificate,
  { answer = 'S', direct = false, encryptUpstream = false, ...options }: FrontOptions = {},
): Promise<TlsFront> {
  const sockets = new Set<Socket>();
  let servername: string | false | undefined;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const encrypt = () => {
      const secure = new TLSSocket(socket, {
        isServer: true,
        cert: readFileSync(cert),
        key: readFileSync(key),
        ...options,
      });
      secure.on('error', () => socket.destroy());
      secure.once('secure', async () => {
        ({ servername } = secure as unknown as { servername: string | false });
        const behind = await connectUpstream(upstream, encryptUpstream);
        behind.on('error', () => secure.destroy());
        secure.on('close', () => behind.destroy());
        secure.pipe(behind).pipe(secure);
      });
    };
    if (direct) encrypt();
    else {
      socket.once('data', () => {
        socket.write(answer);
        encrypt();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    servername: () => servername,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function connectUpstream(port: number, encrypt: boolean): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  if (!encrypt) return socket;
  socket.write(SSL_REQUEST);
  await once(socket, 'data');
  return connectTls({ socket, rejectUnauthorized: false });
}
