/**
 * What the values of COPY's CSV format mean, obviously right rather than fast. Text that Postgres never prints but that
 * can mean one thing only is `odd`: a decoder may refuse it, but must not make anything else of it.
 */
import type { Cell } from './cells.ts';
import { arrayElements, compositeMembers, hstoreEntries, type Nested } from './csv-nested.ts';
import { numericAs } from './csv-numbers.ts';
import { timeText } from './csv-times.ts';
import type { Odd } from './odd.ts';
import { check, float64, numberAs, represent, type Shape, valueOrNull } from './reference.ts';

/** Reads the fields of a line; null if it is none. `value` gets each column's. All text has one character for each byte. */
export function csvRow(
  line: string,
  shapes: readonly Shape[],
  value: (column: number, read: (refused: () => null) => Cell) => Cell,
  odd: Odd,
): Cell[] | null {
  if (!line.endsWith('\n')) return null;
  const row: Cell[] = [];
  const text = line.slice(0, -1);
  let at = 0;
  for (const [column, shape] of shapes.entries()) {
    const quoted = /^"((?:[^"]|"")*)"(?!")/.exec(text.slice(at));
    if (text[at] === '"' && quoted === null) return null;
    const field = quoted?.[0] ?? /^[^,]*/.exec(text.slice(at))![0];
    at += field.length;
    const unquoted = quoted === null ? field : quoted[1]!.replaceAll('""', '"');
    row.push(field === '' ? null : value(column, (refused) => valueOfText(shape, unquoted, refused, odd)));
    const isLast = column === shapes.length - 1;
    if (isLast ? at !== text.length : text[at] !== ',') return null;
    at++;
  }
  return row;
}

function valueOfText(shape: Shape, text: string, refused: () => null, odd: Odd): Cell {
  return valueOrNull(refused, () => {
    const part = (of: Shape) => (each: string | null) =>
      each === null ? null : valueOfText(of, each, refused, odd);
    if (shape.kind === 'struct') {
      const members = compositeMembers(text, odd);
      check(members.length === shape.members.length);
      return members.map((member, i) => part(shape.members[i]!)(member));
    }
    if (shape.kind === 'scalar') return scalarOfText(shape, text, odd);
    const { elements, depth, lowerBound } = arrayElements(text, shape.lowerBound === 0, odd);
    represent(
      depth === 0 || (depth === shape.dimensions && lowerBound.every((bound) => bound === shape.lowerBound)),
    );
    const build = (nested: Nested): Cell =>
      Array.isArray(nested) ? nested.map(build) : part(shape.element)(nested as string | null);
    return build(elements);
  });
}

function scalarOfText({ name, type }: Extract<Shape, { kind: 'scalar' }>, text: string, odd: Odd): Cell {
  switch (name) {
    case 'bool':
      check(text === 't' || text === 'f');
      return text === 't' ? '1' : '0';
    case 'int2':
    case 'int4':
    case 'int8':
    case 'oid':
    case 'xid':
    case 'cid': {
      check(/^-?\d+$/.test(text));
      const value = BigInt(text);
      const inRange = isWithin(name, value);
      if (String(value) !== text || !inRange) odd();
      if (
        INTEGERS[name]!.id === type.id &&
        INTEGERS[name]!.width * 8 === (type as { bitWidth: number }).bitWidth
      )
        check(inRange || (type as { signed: boolean }).signed !== INTEGERS[name]!.signed);
      return type.id === 'float' ? float64(Number(text)) : numberAs(type, value);
    }
    case 'float4':
    case 'float8':
    case 'numeric':
      return numericAs(name, type, text, odd);
    case 'char':
      if (/^\\[23][0-7]{2}$/.test(text)) {
        represent(type.id === 'binary');
        return Number.parseInt(text.slice(1), 8).toString(16).padStart(2, '0');
      }
      check(text.length <= 1);
      if (type.id === 'binary') return text === '' ? '00' : hex(text);
      represent(text < '\x80');
      return hex(text);
    case 'bytea': {
      check(/^\\x(?:[0-9a-fA-F]{2})*$/.test(text));
      if (/[A-F]/.test(text)) odd();
      return text.slice(2).toLowerCase();
    }
    case 'uuid': {
      const digits = text.replaceAll('-', '');
      check(text.length === 36 && /^[0-9a-f]{32}$/i.test(digits));
      if (!/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(text)) odd();
      return digits.toLowerCase();
    }
    case 'hstore':
      represent(
        Buffer.from(Buffer.from(text, 'latin1').toString('utf8')).equals(Buffer.from(text, 'latin1')),
      );
      return hstoreEntries(text, odd).map(([key, value]) => [hex(key), value === null ? null : hex(value)]);
    default:
      return timeText(name, type, text, odd) ?? hex(text);
  }
}

const INTEGERS: Readonly<Record<string, { id: 'int'; width: number; signed: boolean }>> = {
  int2: { id: 'int', width: 2, signed: true },
  int4: { id: 'int', width: 4, signed: true },
  int8: { id: 'int', width: 8, signed: true },
  oid: { id: 'int', width: 4, signed: false },
  xid: { id: 'int', width: 4, signed: false },
  cid: { id: 'int', width: 4, signed: false },
};

function isWithin(name: string, value: bigint): boolean {
  const { width, signed } = INTEGERS[name]!;
  const bits = 8 * width;
  return (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)) === value;
}

export function hex(text: string): string {
  return Buffer.from(text, 'latin1').toString('hex');
}
