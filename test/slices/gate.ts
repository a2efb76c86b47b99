/** A TCP proxy that shows a test each statement before the server gets it: the place to stop an export at. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A server, or what may be between it and the client. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
}

export interface GateOptions {
  /** Where connection `index`, counted from 1, goes. */
  readonly upstream: Upstream | ((index: number) => Promise<Upstream>);
  /** Called before the server gets a statement, which waits for the promise. */
  readonly onStatement?: (sql: string, connection: number) => Promise<void>;
}

export interface Gate {
  /** The DSN with the gate's address in place of the server's, without TLS: the gate reads what is sent. */
  dsn(dsn: string): string;
  close(): Promise<void>;
}

export async function startGate({ upstream, onStatement = async () => {} }: GateOptions): Promise<Gate> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const listener = createServer({ noDelay: true }, async (client) => {
    const index = ++connections;
    sockets.add(client.on('error', () => {}));
    const place = typeof upstream === 'function' ? await upstream(index) : upstream;
    const server = connect({ ...place, noDelay: true });
    sockets.add(server.on('error', () => client.destroy()));
    server.pipe(client);
    client.on('close', () => server.destroy());
    try {
      for await (const message of frontendMessages(client)) {
        const sql = statementOf(message);
        if (sql !== null) await onStatement(sql, index);
        server.write(message);
      }
      server.end();
    } catch {
      server.destroy();
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  return {
    dsn(text) {
      const dsn = new URL(text);
      dsn.host = `127.0.0.1:${port}`;
      dsn.searchParams.set('sslmode', 'disable');
      return dsn.href;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** The client's messages (protocol 3.0): the first one has no type, all others begin with one. */
async function* frontendMessages(client: Socket): AsyncGenerator<Buffer> {
  let held = Buffer.alloc(0);
  let header = 4;
  for await (const chunk of client) {
    held = Buffer.concat([held, chunk as Buffer]);
    while (held.length >= header) {
      const length = header - 4 + held.readUInt32BE(header - 4);
      if (held.length < length) break;
      yield held.subarray(0, length);
      held = held.subarray(length);
      header = 5;
    }
  }
}

/** The SQL of a Query or a Parse message without a name. */
function statementOf(message: Buffer): string | null {
  if (message[0] === 0x51) return message.toString('utf8', 5, message.length - 1);
  if (message[0] === 0x50) return message.toString('utf8', 6, message.indexOf(0, 6));
  return null;
}
