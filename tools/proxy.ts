/** A TCP proxy that spoils what a server sends, to test how a client takes it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a connection is broken: with a reset, with an orderly close, or with an end of the server's data alone. */
export type Cut = 'reset' | 'close' | 'half-close';

/** What happens to the bytes of one connection from the server to the client; offsets count from its first byte. */
export interface Faults {
  /** Breaks the connection when this many bytes have been forwarded. */
  readonly cutAfter?: number;
  /** How `cutAfter` breaks it; default `reset`. */
  readonly cutBy?: Cut;
  /** Stops forwarding, as `stall()` does, when this many bytes have been forwarded. */
  readonly stallAfter?: number;
  /** Holds every piece back for this many milliseconds. */
  readonly delayMs?: number;
  /** Forwards at this rate at most. */
  readonly bytesPerSecond?: number;
  /** Forwards pieces of these sizes, in turn and over again. */
  readonly pieceSizes?: readonly number[];
  /** Ends a piece at these offsets, in ascending order. */
  readonly splitAt?: readonly number[];
  /** Changes one byte: the one at `offset`, by exclusive or with `xor` (default 0xff). */
  readonly corrupt?: { readonly offset: number; readonly xor?: number };
}

export interface ProxyOptions {
  readonly upstream: { readonly host: string; readonly port: number } | { readonly path: string };
  /** What happens to each connection, or to the one with a certain number (counted from 1); nothing by default. */
  readonly faults?: Faults | ((connection: number) => Faults);
}

export interface FaultyProxy {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** What has passed so far, all connections taken together. */
  readonly counters: Readonly<ProxyCounters>;
  /** Stops forwarding the server's bytes on all connections; they stay open until the client closes its side. */
  stall(): void;
  /** Goes on after `stall()` or `stallAfter`. */
  resume(): void;
  /** Breaks all connections that are open now; default `reset`. */
  cut(by?: Cut): void;
  /** Breaks all connections and stops listening. */
  close(): Promise<void>;
}

export interface ProxyCounters {
  /** Connections accepted. */
  connections: number;
  /** Connections that are open now. */
  open: number;
  /** Times that `cutAfter`, `stallAfter` or `corrupt` came to pass. */
  faults: number;
  bytesFromServer: number;
  bytesFromClient: number;
  /** `bytesFromServer` of each connection, the first one's first. */
  readonly bytesByConnection: number[];
}

/** Starts a proxy on a free port of 127.0.0.1. */
export async function startProxy({ upstream, faults = {} }: ProxyOptions): Promise<FaultyProxy> {
  const counters: ProxyCounters = {
    connections: 0,
    open: 0,
    faults: 0,
    bytesFromServer: 0,
    bytesFromClient: 0,
    bytesByConnection: [],
  };
  const connections = new Set<ProxiedConnection>();
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    counters.connections++;
    counters.open++;
    const server = connect({ ...upstream, allowHalfOpen: true, noDelay: true });
    const its = typeof faults === 'function' ? faults(counters.connections) : faults;
    const connection = new ProxiedConnection(client, server, its, counters, counters.connections - 1);
    connections.add(connection);
    client.once('close', () => {
      counters.open--;
      connections.delete(connection);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    host: '127.0.0.1',
    port: (listener.address() as { port: number }).port,
    counters,
    stall: () => connections.forEach((connection) => void connection.stall()),
    resume: () => connections.forEach((connection) => void connection.resume()),
    cut: (by = 'reset') => connections.forEach((connection) => void connection.cut(by)),
    close: async () => {
      for (const connection of connections) connection.cut('reset');
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #faults: Faults;
  readonly #counters: ProxyCounters;
  readonly #index: number;
  #stalled: PromiseWithResolvers<void> | undefined;

  constructor(client: Socket, server: Socket, faults: Faults, counters: ProxyCounters, index: number) {
    this.#client = client;
    this.#server = server;
    this.#faults = faults;
    this.#counters = counters;
    this.#index = index;
    counters.bytesByConnection[index] = 0;
    // Errors show as the end of a stream, and that is what the other side gets to see.
    client.on('error', () => {}).once('close', () => server.destroy());
    server.on('error', () => this.cut('reset'));
    client.on('data', (bytes) => {
      counters.bytesFromClient += bytes.length;
    });
    // A client that closes its side ends a stall: only by sending on does the server learn that nobody is there.
    client.once('end', () => this.resume());
    client.pipe(server);
    void this.#forward();
  }

  stall(): void {
    this.#stalled ??= Promise.withResolvers();
  }

  resume(): void {
    this.#stalled?.resolve();
    this.#stalled = undefined;
  }

  cut(by: Cut): void {
    if (by === 'half-close') {
      this.#client.end();
      return;
    }
    this.#server.destroy();
    if (by === 'reset') this.#client.resetAndDestroy();
    else this.#client.end(() => this.#client.destroy());
    this.resume();
  }

  /** Forwards the server's bytes, piece by piece, until either side ends. */
  async #forward(): Promise<void> {
    let offset = 0;
    try {
      for await (const chunk of this.#server.iterator({ destroyOnReturn: false })) {
        for (const piece of pieces(chunk as Buffer, offset, this.#faults)) {
          await this.#send(piece, offset);
          offset += piece.length;
          if (offset === this.#faults.cutAfter) {
            this.#counters.faults++;
            return this.cut(this.#faults.cutBy ?? 'reset');
          }
          if (offset === this.#faults.stallAfter) {
            this.#counters.faults++;
            this.stall();
          }
        }
      }
      this.#client.end();
    } catch {
      // Iterating over a socket that was destroyed throws; both sides are closed by then.
    }
  }

  async #send(piece: Buffer, offset: number): Promise<void> {
    const { delayMs = 0, bytesPerSecond, corrupt } = this.#faults;
    const pause = delayMs + (bytesPerSecond === undefined ? 0 : (piece.length / bytesPerSecond) * 1000);
    if (pause > 0) await sleep(pause);
    await this.#stalled?.promise;
    if (corrupt && corrupt.offset >= offset && corrupt.offset < offset + piece.length) {
      this.#counters.faults++;
      piece[corrupt.offset - offset]! ^= corrupt.xor ?? 0xff;
    }
    this.#counters.bytesFromServer += piece.length;
    this.#counters.bytesByConnection[this.#index]! += piece.length;
    // The callback comes when the kernel has the bytes: a slow client slows the server down.
    await new Promise<void>((resolve) => this.#client.write(piece, () => resolve()));
  }
}

/** Splits a chunk that begins at `offset` of the stream where the faults want something to happen. */
export function* pieces(chunk: Buffer, offset: number, faults: Faults): Generator<Buffer> {
  const { cutAfter, stallAfter, splitAt = [], pieceSizes = [], bytesPerSecond } = faults;
  const marks = [cutAfter, stallAfter, ...splitAt].filter((mark) => mark !== undefined);
  // A rate is kept in steps of about 20 ms.
  const step = bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.ceil(bytesPerSecond / 50);
  const end = offset + chunk.length;
  for (let from = offset; from < end; ) {
    const stops = marks.filter((mark) => mark > from);
    const to = Math.min(end, from + step, pieceEnd(from, pieceSizes), ...stops);
    yield chunk.subarray(from - offset, to - offset);
    from = to;
  }
}

/** Where the piece ends that holds the byte at `offset`, when pieces of these sizes follow each other over again. */
function pieceEnd(offset: number, sizes: readonly number[]): number {
  const period = sizes.reduce((sum, size) => sum + size, 0);
  if (period === 0) return Number.POSITIVE_INFINITY;
  let end = Math.floor(offset / period) * period;
  for (const size of sizes) {
    end += size;
    if (end > offset) break;
  }
  return end;
}
