import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What a server that is no Postgres does with a connection. */
export interface RogueServer {
  readonly port: number;
  /** Everything that clients have sent. */
  received(): Buffer;
  close(): Promise<void>;
}

/** Starts a server that answers each message of a client with the next of `replies`, and after the last no more. */
export async function startRogue(
  replies: readonly (Buffer | 'close')[],
  path?: string,
): Promise<RogueServer> {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let next = 0;
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      received.push(bytes);
      const reply = replies[next++];
      if (reply === 'close') socket.destroy();
      else if (reply !== undefined) socket.write(reply);
    });
  });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    received: () => Buffer.concat(received),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An Authentication message: its code and what follows. */
export function authentication(code: number, data: string | Buffer = ''): Buffer {
  const body = Buffer.from(data);
  const message = Buffer.alloc(9 + body.length);
  message.write('R');
  message.writeInt32BE(8 + body.length, 1);
  message.writeInt32BE(code, 5);
  body.copy(message, 9);
  return message;
}

/** An ErrorResponse. */
export function errorResponse(sqlState: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${sqlState}\0M${message}\0\0`);
  const header = Buffer.from('E\0\0\0\0', 'latin1');
  header.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([header, fields]);
}

/** ReadyForQuery, outside a transaction. */
export const READY = Buffer.from('Z\0\0\0\x05I', 'latin1');
