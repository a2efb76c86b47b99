import { layoutOf } from '../types/kinds.ts';
import type { ColumnPlan } from '../types/pg-type.ts';

/**
 * Columns per generated function: V8 leaves functions beyond 60 KB of bytecode unoptimized, and a hundred columns in
 * one function exceed that.
 */
const COLUMNS_PER_FUNCTION = 24;

/**
 * Source of the decoder of one query's rows: the body of a function of the parameters named by `DECODER_PARAMETERS`
 * and the names in `functions`. It returns `{ rows, row }`:
 *
 * - `row(b, v, p, stop, r)` decodes the row that begins at `p` with its field count and ends at `stop` into slot `r`
 *   and returns where its last field ended;
 * - `rows(b, v, p, stop, enough, r, capacity)` decodes consecutive CopyData messages ('d', int32 length, row) as long
 *   as they are whole before `stop`, begin before `enough` and slots are left; it returns where it stopped, and the
 *   next free slot in `state[0]`. It stops before anything that is not such a row.
 *
 * Only indices and register names enter the source: column names and values never do.
 */
export function decoderSource(columns: readonly ColumnPlan[]): string {
  const groups: string[] = [];
  for (let first = 0; first < columns.length; first += COLUMNS_PER_FUNCTION) {
    groups.push(groupSource(columns, first, Math.min(first + COLUMNS_PER_FUNCTION, columns.length)));
  }
  return `'use strict';
${columns.map((_, c) => `const c${c} = builders[${c}];`).join('\n')}
${groups.map((source, g) => `function group${g}(b, v, p, stop, r) {\n  let n = 0;\n${source}  return p;\n}`).join('\n')}
function row(b, v, p, stop, r) {
  p += 2;
${groups.map((_, g) => `  p = group${g}(b, v, p, stop, r);`).join('\n')}
  return p;
}
function rows(b, v, p, stop, enough, r, capacity) {
  const last = stop - ${MESSAGE_HEADER + 2};
  while (r < capacity && p < enough && p <= last && b[p] === ${COPY_DATA}) {
    const next = p + 1 + v.getInt32(p + 1);
    if (next > stop || next < p + ${MESSAGE_HEADER + 2} || v.getInt16(p + ${MESSAGE_HEADER}) !== ${columns.length}) break;
    state[0] = r;
    const end = row(b, v, p + ${MESSAGE_HEADER}, next, r);
    if (end !== next) overrun(end - next);
    p = next;
    r++;
  }
  state[0] = r;
  return p;
}
return { rows, row };
`;
}

/** Parameters of the function whose body `decoderSource` returns; the names of wire functions follow. */
export const DECODER_PARAMETERS = ['builders', 'state', 'badLength', 'unrepresentable', 'overrun'] as const;

/** A CopyData message begins with 'd' and an int32 length (protocol 3.0, "Message Formats"). */
export const COPY_DATA = 0x64;
export const MESSAGE_HEADER = 5;

function groupSource(columns: readonly ColumnPlan[], from: number, to: number): string {
  let source = '';
  for (let c = from; c < to; c++) source += fieldSource(columns[c]!, c);
  return source;
}

/** One field: int32 length, -1 for NULL, then that many bytes (COPY, "Binary Format", "Tuples"). */
function fieldSource(column: ColumnPlan, c: number): string {
  const { width, store } = column.wire;
  const isBytes = layoutOf(column.type) === 'bytes';
  const setNull = `c${c}.validity[r >> 3] &= ~(1 << (r & 7)); c${c}.nullCount++;`;
  const setOffset = isBytes ? `c${c}.offsets[r + 1] = c${c}.end;` : '';
  // A fixed width needs no check against `stop` here: a field that lies beyond it makes the row end at the wrong place.
  const hasValue = width === null ? 'n >= 0 && n <= stop - p' : `n === ${width}`;
  return `  n = v.getInt32(p); p += 4;
  if (${hasValue}) { ${bind(store, c)} p += n; }
  else if (n === -1) { ${setNull} }
  else badLength(${c}, n);
  ${setOffset}
`;
}

/** Replaces the `$names` of a type's decoder source with the registers of column `c`. */
function bind(store: string, c: number): string {
  return store
    .replace(/\$bad\((\w+)\)/g, `unrepresentable(${c}, '$1');`)
    .replaceAll('$values', `c${c}.values`)
    .replaceAll('$bytes', `c${c}`)
    .replaceAll('$i', 'r');
}
