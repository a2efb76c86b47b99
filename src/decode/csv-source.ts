import type { ColumnPlan } from '../types/pg-type.ts';
import { bindStore, COPY_DATA, endSlot, groupFunctions, MESSAGE_HEADER, setNull } from './generate.ts';

const COMMA = 0x2c;
const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** What the source below returns when it is run. */
export interface CsvRows {
  /** As `BinaryRows.rows`, with one line of CSV, its newline included, in each message. */
  rows(b: Uint8Array, v: DataView, p: number, stop: number, enough: number, capacity: number): number;
}

/**
 * Source of the decoder of one query's rows in CSV format; its free names are `builders`, `state`, `unquoter`,
 * `badField`, `unrepresentable` and the types' functions. Only indices and register names enter the source.
 */
export function csvSource(columns: readonly ColumnPlan[]): string {
  const { functions, groups } = groupFunctions(
    columns,
    'b, p, end, r',
    'let f = b, q = 0, n = 0;',
    (column, c) => field(column, c, c === columns.length - 1),
  );
  return `${functions}
function rows(b, v, p, stop, enough, capacity) {
  const last = stop - ${MESSAGE_HEADER};
  let r = state[0];
  while (r < capacity && p < enough && p <= last && b[p] === ${COPY_DATA}) {
    const next = p + 1 + v.getInt32(p + 1);
    if (next > stop || next <= p + ${MESSAGE_HEADER} || b[next - 1] !== ${NEWLINE}) break;
    const end = next - 1;
    p += ${MESSAGE_HEADER};
${groups}    p = next;
    state[0] = ++r;
  }
  return p;
}
return { rows };
`;
}

/**
 * One field: nothing for NULL, otherwise text up to the next comma, in double quotes if it is empty or holds a comma, a
 * quote or a line break (COPY, "CSV Format"). In the type's source `b`, `p` and `n` stand for the unquoted text.
 */
function field(column: ColumnPlan, c: number, isLast: boolean): string {
  const atEnd = isLast ? 'p !== end' : `p >= end || b[p] !== ${COMMA}`;
  return `  if (b[p] === ${QUOTE}) {
    n = unquoter.unquote(b, p, end);
    if (n < 0) badField(${c});
    f = unquoter.text; q = 0; p = unquoter.end;
  } else {
    f = b; q = p;
    while (p < end && b[p] !== ${COMMA}) p++;
    n = p === q ? -1 : p - q;
  }
  if (n === -1) { ${setNull(c)} }
  else { const b = f, p = q; ${bindStore(column.textStore, c)} }
  ${endSlot(column.type, c)}
  if (${atEnd}) badField(${c});
  ${isLast ? '' : 'p++;'}
`;
}
