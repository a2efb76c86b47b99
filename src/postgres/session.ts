import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { ExportError } from '../errors.ts';
import { backOff } from './back-off.ts';
import { conditionOf } from './conditions.ts';
import { ConnectError, type OpenedConnection, openConnection } from './connect/connect.ts';
import type { Conninfo } from './connect/conninfo.ts';
import { isLoopback } from './connect/hosts.ts';
import { type CopyConsumer, CopyTap } from './copy-tap.ts';
import { connectionFailure, isServerError, type ServerError } from './server-error.ts';
import { CopyOut, DescribeStatement, type StatementDescription } from './submittables.ts';

/** What a CancelRequest names (protocol 3.0, "Canceling Requests in Progress"). */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** An idle connection may have been dropped by something in between, without a word. */
const CLOSE_LIMIT_MS = 1_000;

/** How to open a session, besides where. */
export interface SessionOptions {
  /** Ends an attempt that is under way, and the wait for the next one. */
  readonly signal?: AbortSignal | undefined;
  /** How often to try again where no server can be reached or serves yet; default 0. */
  readonly retries?: number;
  /** Called with a line of text for each failed attempt that is to be followed by another one. */
  readonly onLog?: ((line: string) => void) | undefined;
}

/**
 * One logged-in connection. Its methods throw what pg throws, or a `ConnectionLost` where that is what happened;
 * `queryError` puts either into words.
 */
export class Session {
  /** How to reach the same server again. */
  readonly pinned: Conninfo;
  /** Resolves when the connection has ended without having been closed, with what its methods throw from then on. */
  readonly lost: Promise<unknown>;
  readonly #client: pg.Client;
  readonly #stream: Duplex;
  readonly #tap: CopyTap;
  /** The server's last words before it ended the session. */
  #farewell: ServerError | null = null;
  /** How the connection broke. */
  #broken: Error | null = null;
  #closing = false;
  /** Statements that wait for their answer. */
  #running = 0;

  /** Whether the server runs on this machine, or says so by its address. */
  get onThisMachine(): boolean {
    return isLoopback(this.pinned.hosts[0]!);
  }

  private constructor({ client, stream, pinned }: OpenedConnection, tap: CopyTap) {
    this.#client = client;
    this.#stream = stream;
    this.pinned = pinned;
    this.#tap = tap;
    stream.once('error', (error) => {
      this.#broken = error;
    });
    // An error of the server while no statement runs ends the session; as it dies itself, it sends a warning.
    client.on('error', (error) => {
      if (isServerError(error)) this.#farewell ??= error;
    });
    client.on('notice', (notice) => this.#hear(Object.assign(new Error(notice.message), notice)));
    this.lost = new Promise((resolve) => {
      stream.once('close', () => {
        if (!this.#closing) resolve(this.#failure(this.#broken ?? closed()));
      });
    });
  }

  /**
   * Connects. `blockSize` bounds the bytes that are received and not yet consumed: the read buffer, and a message
   * that is larger than it. Throws `ExportError` (`connection`).
   */
  static async open(
    conninfo: Conninfo,
    blockSize: number,
    { signal, retries = 0, onLog = () => {} }: SessionOptions = {},
  ): Promise<Session> {
    for (let failures = 0; ; ) {
      try {
        return await Session.#open(conninfo, blockSize, signal);
      } catch (error) {
        const again = error instanceof ConnectError && error.passing && failures < retries;
        if (!again || signal?.aborted) throw error;
        failures++;
        onLog(`${error.message}; trying again (${failures} of ${retries})`);
      }
      await backOff(failures, signal);
    }
  }

  static async #open(conninfo: Conninfo, blockSize: number, signal?: AbortSignal): Promise<Session> {
    let socket = new Socket();
    let forward = (bytes: Buffer): void => {
      socket.emit('data', bytes);
    };
    const tap = new CopyTap((bytes) => forward(asBuffer(bytes)), blockSize);
    // Reading into a buffer of our own saves an allocation and an event for each read.
    const makeSocket = () => {
      socket = new Socket({
        onread: {
          buffer: () => tap.room(),
          callback: (length) => {
            tap.received(length);
            return true;
          },
        },
      });
      if (signal?.aborted) socket.destroy(new Error('aborted'));
      return socket;
    };
    const onAbort = () => socket.destroy(new Error('aborted'));
    signal?.addEventListener('abort', onAbort);
    const opened = await openConnection(conninfo, makeSocket).finally(() =>
      signal?.removeEventListener('abort', onAbort),
    );
    if (opened.stream !== socket) forward = tapStream(opened.stream, tap);
    // What waits may be the server's reason, and must have been heard before pg hears of the end.
    for (const event of ['error', 'close']) opened.stream.prependListener(event, () => tap.flush());
    return new Session(opened, tap);
  }

  /** Whether a statement waits for its answer. */
  get busy(): boolean {
    return this.#running > 0;
  }

  get backend(): BackendKey {
    const { processID, secretKey } = this.#client as unknown as { processID: number; secretKey: number };
    return { processId: processID, secretKey };
  }

  /** Runs SQL of our own by the simple protocol: several statements are allowed, user text is not. */
  async execute(sql: string): Promise<void> {
    await this.#explained(this.#client.query(sql));
  }

  /** Runs one statement by the extended protocol and returns its rows, each value as text. */
  async query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.#explained(
      this.#client.query({
        text: sql,
        values: [...values],
        types: TEXT_VALUES,
        queryMode: 'extended',
      } as pg.QueryConfig),
    );
    return result.rows as Row[];
  }

  /** What the server says of a statement, which is parsed but not run. */
  describe(sql: string): Promise<StatementDescription> {
    return this.#explained(
      new Promise((resolve, reject) => {
        this.#client.query(new DescribeStatement(sql, resolve, reject) as unknown as pg.Submittable);
      }),
    );
  }

  /**
   * Runs `COPY … TO STDOUT` and returns the number of rows that the server says it sent. An error that the consumer
   * throws is passed on as it is.
   */
  async copyOut(sql: string, consumer: CopyConsumer): Promise<number> {
    this.#running++;
    try {
      return await new Promise((resolve, reject) => {
        const copy = new CopyOut(
          sql,
          () => this.#tap.start(consumer, reject),
          resolve,
          (error) => reject(this.#failure(error)),
        );
        this.#client.query(copy as unknown as pg.Submittable);
      });
    } finally {
      this.#running--;
    }
  }

  /** Stops reading from the server, which then waits; may be called from within the consumer. */
  pause(): void {
    this.#tap.pause();
    this.#stream.pause();
  }

  resume(): void {
    this.#tap.resume();
    this.#stream.resume();
  }

  /** Says goodbye to the server and closes, without waiting long for its answer. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#stream.destroyed) return;
    const ended = this.#client.end().catch(() => {});
    await Promise.race([ended, sleep(CLOSE_LIMIT_MS, undefined, { ref: false })]);
    this.#stream.destroy();
  }

  /**
   * Closes at once, whatever runs; what still waits for an answer fails, for `reason` if there is one, and nothing more is
   * consumed.
   */
  destroy(reason?: Error): void {
    this.#closing = true;
    this.#tap.drop();
    this.#stream.destroy(reason);
  }

  /** Keeps what the server says of the end of the session. */
  #hear(error: unknown): void {
    if (isServerError(error) && (error.severity === 'FATAL' || conditionOf(error).lost)) {
      this.#farewell ??= error;
    }
  }

  /** What is to be thrown for an error of pg's, whose own words for a connection that broke before do not say how. */
  #failure(error: unknown): unknown {
    this.#hear(error);
    if (error instanceof TypeError || error instanceof RangeError) return malformed(error);
    const vague =
      error instanceof Error && /^(Connection terminated|Client has encountered)/.test(error.message);
    return connectionFailure(vague ? (this.#broken ?? closed()) : error, this.#farewell);
  }

  async #explained<T>(answer: Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await answer;
    } catch (error) {
      throw this.#failure(error);
    } finally {
      this.#running--;
    }
  }
}

/** What there is to say where neither the server nor the socket said more. */
const closed = () => new Error('the server closed the connection');

/** What pg's parser throws where a message is not as the protocol has it. */
function malformed(cause: TypeError | RangeError): ExportError {
  return new ExportError('protocol', `the server sent a message that makes no sense: ${cause.message}`, {
    stage: 'query',
    hint: 'the data was damaged on its way, or the server is not PostgreSQL; run the export again',
    cause,
  });
}

/** pg would turn some types into JavaScript values; here every value stays the text that the server sent. */
const TEXT_VALUES = { getTypeParser: () => (value: string) => value };

/** The same bytes as the Buffer that pg's parser wants. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Puts the tap before pg's own listeners of a stream that emits its data (TLS); returns what gives them theirs. */
function tapStream(stream: Duplex, tap: CopyTap): (bytes: Buffer) => void {
  const listeners = stream.listeners('data') as ((bytes: Buffer) => void)[];
  stream.removeAllListeners('data');
  stream.on('data', (bytes: Buffer) => tap.feed(bytes));
  return (bytes) => {
    for (const listener of listeners) listener(bytes);
  };
}
