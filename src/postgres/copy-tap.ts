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
const FIRST_HOLD = 1 << 16;

/**
 * Stands between a connection's bytes and pg's own protocol parser. Ordinarily every byte is forwarded. While a COPY
 * runs, CopyData messages go to its consumer straight from the chunk they arrived in, and all other messages to pg
 * whole; a message cut by the end of a chunk is put together first. ReadyForQuery ends the COPY.
 */
export class CopyTap {
  readonly #forward: (bytes: Uint8Array) => void;
  readonly #maxMessage: number;
  #consumer: CopyConsumer | null = null;
  #onFailure: (error: unknown) => void = () => {};
  /** The start of a message whose rest has not come yet. */
  #held: Uint8Array = new Uint8Array(FIRST_HOLD);
  #heldView = new DataView(this.#held.buffer);
  #heldLength = 0;

  /** `maxMessage`: bytes of the largest message that is put together, a larger one is an error. */
  constructor(forward: (bytes: Uint8Array) => void, maxMessage: number) {
    this.#forward = forward;
    this.#maxMessage = maxMessage;
  }

  /** From here on, until ReadyForQuery, CopyData goes to `consumer`. `onFailure` gets its error; the rest is dropped. */
  start(consumer: CopyConsumer, onFailure: (error: unknown) => void): void {
    this.#consumer = consumer;
    this.#onFailure = onFailure;
    this.#heldLength = 0;
  }

  /** Takes the next bytes, `b[0 … stop]`, of which none are kept. */
  feed(b: Uint8Array, v: DataView, stop: number): void {
    try {
      let p = this.#completeHeld(b, stop);
      p = this.#consume(b, v, p, stop);
      if (p < stop) this.#hold(b, p, stop);
    } catch (error) {
      this.drop();
      this.#onFailure(error);
    }
  }

  /** From here on all bytes are dropped. */
  drop(): void {
    this.#consumer = { decode: (_b, _v, _p, end) => end };
    this.#heldLength = 0;
  }

  /** Completes the held message with the first bytes of the chunk; returns how many were needed. */
  #completeHeld(b: Uint8Array, stop: number): number {
    if (this.#heldLength === 0) return 0;
    let p = 0;
    if (this.#heldLength < HEADER) {
      p = Math.min(HEADER - this.#heldLength, stop);
      this.#append(b, 0, p);
      if (this.#heldLength < HEADER) return p;
    }
    const length = this.#messageLength(this.#heldView, 0);
    const end = Math.min(p + length - this.#heldLength, stop);
    this.#reserve(this.#heldLength + end - p, length);
    this.#append(b, p, end);
    if (this.#heldLength === length) {
      this.#heldLength = 0;
      this.#consume(this.#held, this.#heldView, 0, length);
    }
    return end;
  }

  /** Hands on the whole messages of `b[p … stop]`; returns where the first one that is not whole begins. */
  #consume(b: Uint8Array, v: DataView, p: number, stop: number): number {
    while (this.#consumer !== null) {
      p = this.#consumer.decode(b, v, p, stop);
      if (p + HEADER > stop) return p;
      const next = p + this.#messageLength(v, p);
      if (next > stop) return p;
      if (b[p] === READY_FOR_QUERY) this.#consumer = null;
      this.#forward(b.slice(p, next));
      p = next;
    }
    if (p < stop) this.#forward(b.slice(p, stop));
    return stop;
  }

  #messageLength(v: DataView, p: number): number {
    const length = v.getInt32(p + 1);
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

  #hold(b: Uint8Array, p: number, stop: number): void {
    this.#reserve(stop - p, Number.POSITIVE_INFINITY);
    this.#append(b, p, stop);
  }

  #append(b: Uint8Array, p: number, stop: number): void {
    this.#held.set(b.subarray(p, stop), this.#heldLength);
    this.#heldLength += stop - p;
  }

  /**
   * Makes `#held` at least `size` bytes large, and at most `most`: as large as what has come, not as what a message says
   * that it will be.
   */
  #reserve(size: number, most: number): void {
    if (size <= this.#held.length) return;
    const larger = new Uint8Array(Math.min(most, Math.max(size, 2 * this.#held.length)));
    larger.set(this.#held.subarray(0, this.#heldLength));
    this.#held = larger;
    this.#heldView = new DataView(larger.buffer);
  }
}
