import { ExportError } from '../errors.ts';

/** Takes the CopyData messages of a COPY as they arrive. */
export interface CopyConsumer {
  /**
   * Consumes the whole CopyData messages at the start of `b[p … stop]`, keeping none of the bytes, and returns where it
   * stopped: at `stop`, at a message that is not whole, or at one that is not CopyData.
   */
  decode(b: Uint8Array, v: DataView, p: number, stop: number): number;
}

/** Every message of the server begins with its type and its length, which counts itself (protocol 3.0). */
const HEADER = 5;
const READY_FOR_QUERY = 0x5a;
const READY_FOR_QUERY_BYTES = 6;

/** Bytes to read into at first: more saves few system calls and leaves the processor's caches. */
const BUFFER_BYTES = 512 << 10;
/**
 * CopyData is consumed when so many bytes have come. A client that is faster than its server reads some KB at a time, TLS
 * never brings more than 16: a dozen wide rows, where the decoder is at its best with hundreds (measured with one
 * connection: a third of an export's CPU time).
 */
const GATHERED_BYTES = 128 << 10;
/** And when so much time has gone by. */
const GATHERED_MS = 5;

/**
 * Stands between a connection's bytes and pg's own protocol parser, and holds the bytes until they are consumed: who reads
 * them puts them where `room` says and then calls `received`. Ordinarily all of them are forwarded at once. While a COPY
 * runs, they are gathered first; CopyData messages go to its consumer where they lie, and all other messages to pg whole.
 * ReadyForQuery ends the COPY.
 */
export class CopyTap {
  readonly #forward: (bytes: Uint8Array) => void;
  readonly #maxMessage: number;
  #consumer: CopyConsumer | null = null;
  #onFailure: (error: unknown) => void = () => {};
  // A plain Uint8Array: a Buffer's subarray, which the decoder calls for long values, costs several times as much.
  #buffer: Uint8Array<ArrayBuffer>;
  #view: DataView;
  /** The bytes that wait are `#buffer[#start … #end]`; the next ones come behind them. */
  #start = 0;
  #end = 0;
  /** How many have to wait to be consumed; `#enough` is more where a message is longer. */
  readonly #worthwhile: number;
  #enough: number;
  #paused = false;
  #timer: NodeJS.Timeout | null = null;

  /** `maxMessage`: bytes of the largest message that is put together, a larger one is an error. */
  constructor(forward: (bytes: Uint8Array) => void, maxMessage: number) {
    this.#forward = forward;
    this.#maxMessage = maxMessage;
    this.#buffer = new Uint8Array(Math.min(BUFFER_BYTES, maxMessage));
    this.#view = new DataView(this.#buffer.buffer);
    this.#worthwhile = Math.min(GATHERED_BYTES, this.#buffer.length);
    this.#enough = this.#worthwhile;
  }

  /** From here on, until ReadyForQuery, CopyData goes to `consumer`. `onFailure` gets its error; the rest is dropped. */
  start(consumer: CopyConsumer, onFailure: (error: unknown) => void): void {
    this.#consumer = consumer;
    this.#onFailure = onFailure;
  }

  /** Where the next bytes are to be put: at least one, and good until the call of `received` that says how many came. */
  room(): Uint8Array {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#end === this.#buffer.length) this.#grow();
    return this.#buffer.subarray(this.#end);
  }

  /** Says that so many bytes have been put where there was room. */
  received(length: number): void {
    this.#end += length;
    const gathered = this.#end - this.#start >= this.#enough;
    if (this.#consumer === null || gathered || this.#endsReady()) this.flush();
    else this.#flushLater();
  }

  /** Takes bytes that lie elsewhere. */
  feed(bytes: Uint8Array): void {
    for (let p = 0; p < bytes.length; ) {
      const room = this.room();
      const length = Math.min(room.length, bytes.length - p);
      room.set(bytes.subarray(p, p + length));
      p += length;
      this.received(length);
    }
  }

  /** Consumes what waits, but for a message that is not whole. */
  flush(): void {
    this.#enough = this.#worthwhile;
    try {
      this.#start = this.#consume(this.#start, this.#end);
    } catch (error) {
      this.drop();
      this.#onFailure(error);
    }
  }

  /** From here on all bytes are dropped. */
  drop(): void {
    this.#consumer = { decode: (_b, _v, _p, end) => end };
    this.#start = this.#end;
  }

  /** While paused, nothing is consumed because time goes by. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#end > this.#start) this.#flushLater();
  }

  #flushLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (!this.#paused) this.flush();
    }, GATHERED_MS);
  }

  /** Whether the last bytes look like ReadyForQuery, after which the server says nothing by itself. */
  #endsReady(): boolean {
    const p = this.#end - READY_FOR_QUERY_BYTES;
    return p >= this.#start && this.#buffer[p] === READY_FOR_QUERY && this.#view.getInt32(p + 1) === 5;
  }

  /** Hands on the whole messages of `#buffer[p … stop]`; returns where the first one that is not whole begins. */
  #consume(p: number, stop: number): number {
    const b = this.#buffer;
    const v = this.#view;
    while (this.#consumer !== null) {
      p = this.#consumer.decode(b, v, p, stop);
      if (p + HEADER > stop) return p;
      const length = this.#messageLength(p);
      const next = p + length;
      if (next > stop) {
        this.#enough = Math.max(this.#enough, length);
        return p;
      }
      if (b[p] === READY_FOR_QUERY) this.#consumer = null;
      this.#forward(b.slice(p, next));
      p = next;
    }
    if (p < stop) this.#forward(b.slice(p, stop));
    return stop;
  }

  #messageLength(p: number): number {
    const length = this.#view.getInt32(p + 1);
    if (length < 4) {
      throw new ExportError('protocol', `the server sent a message that says it is ${length} bytes long`, {
        stage: 'copy',
        hint: 'the data was damaged on its way; run the export again',
      });
    }
    if (length >= this.#maxMessage) {
      const message = `a row takes ${length} bytes, more than a connection's share of --block-size and --max-memory (${this.#maxMessage})`;
      throw new ExportError('unsupported', message, {
        stage: 'copy',
        hint: `raise --max-memory, and --block-size above ${Math.ceil(length / (1 << 20))} MiB for each connection, or give --jobs 1`,
      });
    }
    return 1 + length;
  }

  /** Makes the buffer larger by what has come so far, for the message that fills it: not by what that says it will be. */
  #grow(): void {
    const larger = new Uint8Array(Math.min(2 * this.#buffer.length, this.#messageLength(0)));
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }
}
