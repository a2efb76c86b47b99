import type { ColumnPlan } from '../types/pg-type.ts';
import { bindStore, COPY_DATA, endSlot, groupFunctions, MESSAGE_HEADER, setNull } from './generate.ts';

/** What the source below returns when it is run. */
export interface BinaryRows {
  /** Decodes the row from its field count at `p` to `stop` into slot `r`; returns where its last field ended. */
  row(b: Uint8Array, v: DataView, p: number, stop: number, r: number): number;
  /**
   * Decodes consecutive CopyData messages ('d', int32 length, row) as long as they are whole before `stop`, begin
   * before `enough`, and slots below `capacity` are left. Returns where it stopped; `state[0]` is the next free slot.
   * It stops before anything that is not such a row.
   */
  rows(b: Uint8Array, v: DataView, p: number, stop: number, enough: number, capacity: number): number;
}

/**
 * Source of the decoder of one query's rows in binary format; its free names are `builders`, `state`, `badLength`,
 * `unrepresentable`, `overrun` and the types' functions. Only indices and register names enter the source: column
 * names and values never do.
 */
export function binarySource(columns: readonly ColumnPlan[]): string {
  const { functions, groups } = groupFunctions(columns, 'b, v, p, stop, r', 'let n = 0;', field);
  const leastMessage = MESSAGE_HEADER + 2;
  return `${functions}
function row(b, v, p, stop, r) {
  p += 2;
${groups}  return p;
}
function rows(b, v, p, stop, enough, capacity) {
  const last = stop - ${leastMessage};
  let r = state[0];
  while (r < capacity && p < enough && p <= last && b[p] === ${COPY_DATA}) {
    const next = p + 1 + v.getInt32(p + 1);
    if (next > stop || next < p + ${leastMessage} || v.getInt16(p + ${MESSAGE_HEADER}) !== ${columns.length}) break;
    if (row(b, v, p + ${MESSAGE_HEADER}, next, r) !== next) overrun();
    p = next;
    state[0] = ++r;
  }
  return p;
}
return { rows, row };
`;
}

/** One field: int32 length, -1 for NULL, then that many bytes (COPY, "Binary Format", "Tuples"). */
function field(column: ColumnPlan, c: number): string {
  const { width, store } = column.wire;
  // A fixed width needs no check against `stop` here: a field that lies beyond it makes the row end at the wrong place.
  const hasValue = width === null ? 'n >= 0 && n <= stop - p' : `n === ${width}`;
  return `  n = v.getInt32(p); p += 4;
  if (${hasValue}) { ${bindStore(store, c)} p += n; }
  else if (n === -1) { ${setNull(c)} }
  else badLength(${c}, n);
  ${endSlot(column.type, c)}
`;
}
