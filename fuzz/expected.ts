/** What must come of a stream: messages taken apart one by one, rows by the reference decoders. */
import type { Transport } from '../src/postgres/copy-sql.ts';
import type { Cell } from './cells.ts';
import { csvRow } from './csv-reference.ts';
import { MAX_MESSAGE } from './decode.ts';
import { binaryValue, lengthPrefixed, Malformed, type Shape, Unrepresentable } from './reference.ts';

export type Expected =
  | {
      readonly kind: 'rows';
      readonly rows: readonly (readonly Cell[])[];
      /** How many values of each column have become null because Arrow has none of them. */
      readonly nulls: readonly number[];
    }
  | { readonly kind: 'open'; readonly rows: readonly (readonly Cell[])[] }
  | {
      readonly kind: 'error';
      /** Counted from 1. */
      readonly row: number;
      /** Index of the column with a value that cannot be stored; null for damage of other kinds. */
      readonly column: number | null;
    };

export interface ExpectedStream {
  readonly expected: Expected;
  /** Whether it may be refused, too. */
  readonly odd: boolean;
  readonly forwarded: string;
}

const HEADER = 5;
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

/** A stream that is none. `column`: whose value is to blame. */
class Refused {
  readonly column: number | null;
  constructor(column: number | null = null) {
    this.column = column;
  }
}

export function expectedOf(
  transport: Transport,
  shapes: readonly Shape[],
  stream: Buffer,
  onUnrepresentable: 'error' | 'null',
): ExpectedStream {
  const reader = new (transport === 'binary' ? BinaryRows : CsvRows)(shapes, onUnrepresentable);
  const forwarded: Buffer[] = [];
  const result = (expected: Expected) => ({
    expected,
    odd: reader.odd,
    forwarded: Buffer.concat(forwarded).toString('hex'),
  });
  try {
    let sent = -1;
    for (let p = 0; ; ) {
      if (p + HEADER > stream.length) return result({ kind: 'open', rows: reader.rows });
      const type = String.fromCharCode(stream[p]!);
      const length = stream.readInt32BE(p + 1);
      if (length < 4 || length >= MAX_MESSAGE) throw new Refused();
      const next = p + 1 + length;
      if (next > stream.length) return result({ kind: 'open', rows: reader.rows });
      const payload = stream.subarray(p + HEADER, next);
      if (type !== 'd') forwarded.push(stream.subarray(p, next));
      if (type === 'd') reader.take(payload);
      if (type === 'E') throw new Refused();
      if (type === 'C') sent = Number(/^COPY (\d+)(?:\0|$)/.exec(payload.toString('latin1'))?.[1] ?? -1);
      p = next;
      if (type !== 'Z') continue;
      forwarded.push(stream.subarray(p));
      reader.end();
      if (sent !== reader.rows.length) throw new Refused();
      return result({ kind: 'rows', rows: reader.rows, nulls: reader.nulls });
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return result({ kind: 'error', row: reader.rows.length + 1, column: error.column });
  }
}

/** The rows of one COPY. */
abstract class Rows {
  readonly rows: Cell[][] = [];
  readonly nulls: number[];
  /** Whether something has come that Postgres never sends and that means one thing only all the same. */
  odd = false;
  protected readonly shapes: readonly Shape[];
  readonly #toNull: boolean;

  constructor(shapes: readonly Shape[], onUnrepresentable: 'error' | 'null') {
    this.shapes = shapes;
    this.nulls = shapes.map(() => 0);
    this.#toNull = onUnrepresentable === 'null';
  }

  /** One message of data. */
  abstract take(payload: Buffer): void;
  abstract end(): void;

  /** A column's value as `read` gives it, or null where Arrow has no such value and null is wanted. */
  protected value(column: number, read: (refused: () => null) => Cell): Cell {
    const refused = () => {
      if (!this.#toNull) throw new Refused(column);
      this.nulls[column]!++;
      return null;
    };
    try {
      return read(refused);
    } catch (error) {
      if (error instanceof Unrepresentable) return refused();
      // A value that a message ends within is damage of the message.
      if (error instanceof Malformed) throw new Refused();
      throw error;
    }
  }
}

class BinaryRows extends Rows {
  #phase: 'header' | 'rows' | 'ended' = 'header';

  take(payload: Buffer): void {
    if (this.#phase === 'ended') throw new Refused();
    if (this.#phase === 'header') {
      payload = afterHeader(payload);
      this.#phase = 'rows';
      if (payload.length === 0) return;
    }
    if (payload.length < 2) throw new Refused();
    const fields = payload.readInt16BE(0);
    if (fields === -1 && payload.length === 2) {
      this.#phase = 'ended';
      return;
    }
    if (fields !== this.shapes.length) throw new Refused();
    let at = 2;
    const row = this.shapes.map((shape, column) => {
      const field = fieldAt(payload, at);
      at = field.next;
      const { bytes } = field;
      return bytes === null ? null : this.value(column, (refused) => binaryValue(shape, bytes, refused));
    });
    if (at !== payload.length) throw new Refused();
    this.rows.push(row);
  }

  end(): void {
    if (this.#phase !== 'ended') throw new Refused();
  }
}

class CsvRows extends Rows {
  #header = false;

  take(payload: Buffer): void {
    if (!this.#header) {
      this.#header = true;
      return;
    }
    const value = (column: number, read: (refused: () => null) => Cell) => this.value(column, read);
    const row = csvRow(payload.toString('latin1'), this.shapes, value, () => {
      this.odd = true;
    });
    if (row === null) throw new Refused();
    this.rows.push(row);
  }

  end(): void {
    if (!this.#header) throw new Refused();
  }
}

function fieldAt(payload: Buffer, at: number): { bytes: Buffer | null; next: number } {
  try {
    return lengthPrefixed(payload, at);
  } catch {
    throw new Refused();
  }
}

/** COPY, "Binary Format": signature, flags of which none is known, an extension of some length. */
function afterHeader(payload: Buffer): Buffer {
  if (payload.length < 19 || !payload.subarray(0, 11).equals(SIGNATURE)) throw new Refused();
  const extension = payload.readInt32BE(15);
  if (payload.readInt32BE(11) !== 0 || extension < 0 || extension > payload.length - 19) throw new Refused();
  return payload.subarray(19 + extension);
}
