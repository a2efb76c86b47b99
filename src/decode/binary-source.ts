import type { ColumnPlan } from '../types/pg-type.ts';
import {
  bad,
  bindStore,
  COPY_DATA,
  decoderFunctions,
  endLeadingNulls,
  endSlot,
  type Format,
  MESSAGE_HEADER,
  refuse,
  setColumnNull,
} from './generate.ts';
import { columnNodes, type Node } from './nodes.ts';
import type { DecodeColumn } from './rows-by-column.ts';

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
  /** For each column a function that decodes fields whose spans are known. */
  readonly columns: readonly DecodeColumn[];
}

/**
 * Source of the decoder of one query's rows in binary format; its free names are `builders`, `state`, `shape`,
 * `badLength`, `unrepresentable`, `overrun` and the types' functions. Only indices and register names enter the source:
 * column names and values never do.
 */
export function binarySource(columns: readonly ColumnPlan[]): string {
  const { functions, groups } = decoderFunctions(columns, FORMAT);
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
const columns = [${columnNodes(columns).map(columnFunction).join('')}];
return { rows, row, columns };
`;
}

const FORMAT: Format = {
  groupParameters: 'b, v, p, stop, r',
  groupLocals: 'let n = 0;',
  putParameters: 'b, v, p, n, r',
  field,
  value,
};

/** One field: int32 length, -1 for NULL, then that many bytes (COPY, "Binary Format", "Tuples"). */
function field(node: Node): string {
  return `  n = v.getInt32(p); p += 4;
  if (${hasValue(node)}) { ${endLeadingNulls(node)} ${value(node)} p += n; ${endSlot(node)} }
  else if (n === -1) { ${setColumnNull(node)} }
  else badLength(${node.column}, n);
`;
}

/** The fields of one column, as `DecodeColumn` says. They lie within their rows. */
function columnFunction(node: Node): string {
  return `
function (b, v, spans, at, count, r) {
  for (const end = r + count; r < end; r++, at += 2) {
    state[0] = r;
    const p = spans[at], n = spans[at + 1];
    if (n === -1) { ${setColumnNull(node)} }
    else { ${endLeadingNulls(node)} ${value(node)} ${endSlot(node)} }
  }
},`;
}

/** A fixed width needs no check against `stop`: a field that lies beyond it makes the row end at the wrong place. */
function hasValue({ plan }: Node): string {
  const width = plan.kind === 'scalar' ? plan.binary.width : null;
  return width === null ? 'n >= 0 && n <= stop - p' : `n === ${width}`;
}

function value(node: Node): string {
  switch (node.plan.kind) {
    case 'scalar':
      return bindStore(node.plan.binary.store, node);
    case 'list':
      return arrayValue(node, node.plan);
    case 'struct':
      return compositeValue(node);
  }
}

/** array_send: dimensions, then each element as int32 length and bytes. */
function arrayValue(node: Node, { dimensions, isVector }: { dimensions: number; isVector: boolean }): string {
  const [element] = node.children as [Node];
  return `if (!shape.read(v, p, n)) { ${bad(node, 'malformed')} }
    else {
      const misfit = shape.misfit(${dimensions}, ${isVector ? 0 : 1});
      if (misfit !== null) { ${refuse(node, 'misfit')} }
      else if (shape.count > 0) {
        shape.open(c${node.id});
        const first = c${element.id}.length, last = first + shape.count;
        let q = shape.start;
        for (let s = first; s < last; s++) { ${nestedField(element, 's', 'p + n')} }
        c${element.id}.length = last;
        if (q !== p + n) overrun();
      }
    }`;
}

/** record_send: int32 number of members, then each as OID of its type, int32 length and bytes. */
function compositeValue(node: Node): string {
  const members = node.children.map((child) => `q += 4; ${nestedField(child, 'r', 'p + n')}`);
  return `if (n < 4 || v.getInt32(p) !== ${node.children.length}) overrun();
    let q = p + 4;
    ${members.join('\n    ')}
    if (q !== p + n) overrun();`;
}

/** One length and its bytes at `q`, stored into a slot of a nested node by its function. */
function nestedField(child: Node, slot: string, stop: string): string {
  const width = child.plan.kind === 'scalar' ? child.plan.binary.width : null;
  const fits = width === null ? `m >= 0 && m <= ${stop} - q` : `m === ${width}`;
  return `{ const m = v.getInt32(q); q += 4;
      if (${fits}) { put${child.id}(b, v, q, m, ${slot}); q += m; }
      else if (m === -1) null${child.id}(${slot});
      else badLength(${child.column}, m); }`;
}
