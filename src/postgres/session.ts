import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openConnection } from './connect/connect.ts';
import type { Conninfo } from './connect/conninfo.ts';
import { type CopyConsumer, CopyTap } from './copy-tap.ts';
import { CopyOut, DescribeStatement, type StatementDescription } from './submittables.ts';

/** What a CancelRequest names (protocol 3.0, "Canceling Requests in Progress"). */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** Largest read: more saves few system calls and leaves the processor's caches. */
const MAX_READ_BYTES = 512 << 10;

/** An idle connection may have been dropped by something in between, without a word. */
const CLOSE_LIMIT_MS = 1_000;

/** One logged-in connection. Its methods throw what pg throws; `queryError` puts that into words. */
export class Session {
  /** How to reach the same server again. */
  readonly pinned: Conninfo;
  readonly #client: pg.Client;
  readonly #stream: Duplex;
  readonly #tap: CopyTap;

  private constructor(client: pg.Client, stream: Duplex, pinned: Conninfo, tap: CopyTap) {
    this.#client = client;
    this.#stream = stream;
    this.pinned = pinned;
    this.#tap = tap;
  }

  /**
   * Connects. `blockSize` bounds the bytes that are received and not yet consumed: the read buffer, and a message
   * that is larger than it. `signal` ends an attempt that is under way. Throws `ExportError` (`connection`).
   */
  static async open(conninfo: Conninfo, blockSize: number, signal?: AbortSignal): Promise<Session> {
    // A plain Uint8Array: a Buffer's subarray, which the decoder calls for long values, costs several times as much.
    const buffer = new Uint8Array(Math.min(MAX_READ_BYTES, blockSize));
    const view = new DataView(buffer.buffer);
    let socket = new Socket();
    let tap = new CopyTap((bytes) => socket.emit('data', asBuffer(bytes)), blockSize);
    // Reading into one buffer of our own saves an allocation and an event for each read.
    const makeSocket = () => {
      socket = new Socket({
        onread: {
          buffer,
          callback: (length) => {
            tap.feed(buffer, view, length);
            return true;
          },
        },
      });
      if (signal?.aborted) socket.destroy(new Error('aborted'));
      return socket;
    };
    const onAbort = () => socket.destroy(new Error('aborted'));
    signal?.addEventListener('abort', onAbort);
    const opened = openConnection(conninfo, makeSocket);
    const { client, stream, pinned } = await opened.finally(() =>
      signal?.removeEventListener('abort', onAbort),
    );
    if (stream !== socket) tap = tapStream(stream, blockSize);
    return new Session(client, stream, pinned, tap);
  }

  get backend(): BackendKey {
    const { processID, secretKey } = this.#client as unknown as { processID: number; secretKey: number };
    return { processId: processID, secretKey };
  }

  /** Runs SQL of our own by the simple protocol: several statements are allowed, user text is not. */
  async execute(sql: string): Promise<void> {
    await this.#client.query(sql);
  }

  /** Runs one statement by the extended protocol and returns its rows, each value as text. */
  async query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.#client.query({
      text: sql,
      values: [...values],
      types: TEXT_VALUES,
      queryMode: 'extended',
    } as pg.QueryConfig);
    return result.rows as Row[];
  }

  /** What the server says of a statement, which is parsed but not run. */
  async describe(sql: string): Promise<StatementDescription> {
    return new Promise((resolve, reject) => {
      this.#client.query(new DescribeStatement(sql, resolve, reject) as unknown as pg.Submittable);
    });
  }

  /** Runs `COPY … TO STDOUT` and returns the number of rows that the server says it sent. */
  async copyOut(sql: string, consumer: CopyConsumer): Promise<number> {
    return new Promise((resolve, reject) => {
      const copy = new CopyOut(sql, () => this.#tap.start(consumer, reject), resolve, reject);
      this.#client.query(copy as unknown as pg.Submittable);
    });
  }

  /** Stops reading from the server, which then waits; may be called from within the consumer. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Says goodbye to the server and closes, without waiting long for its answer. */
  async close(): Promise<void> {
    if (this.#stream.destroyed) return;
    const ended = this.#client.end().catch(() => {});
    await Promise.race([ended, sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    this.#stream.destroy();
  }

  /** Closes at once, whatever runs; what still waits for an answer fails. */
  destroy(): void {
    this.#stream.destroy();
  }
}

/** pg would turn some types into JavaScript values; here every value stays the text that the server sent. */
const TEXT_VALUES = { getTypeParser: () => (value: string) => value };

/** The same bytes as the Buffer that pg's parser wants. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Puts a tap before pg's own listener of a stream that emits its data (TLS). */
function tapStream(stream: Duplex, blockSize: number): CopyTap {
  const listeners = stream.listeners('data') as ((bytes: Buffer) => void)[];
  stream.removeAllListeners('data');
  const tap = new CopyTap((bytes) => {
    for (const listener of listeners) listener(asBuffer(bytes));
  }, blockSize);
  stream.on('data', ({ buffer, byteOffset, length }: Buffer) => {
    tap.feed(new Uint8Array(buffer, byteOffset, length), new DataView(buffer, byteOffset, length), length);
  });
  return tap;
}
