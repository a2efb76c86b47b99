import type { ColumnPlan } from '../types/pg-type.ts';
import {
  bad,
  bindStore,
  endLeadingNulls,
  endSlot,
  type Format,
  nodesSource,
  refuse,
  setColumnNull,
} from './generate.ts';
import { columnNodes, type Node } from './nodes.ts';

/**
 * Decodes fields of one column in binary format: `count` values whose spans lie at word `at` of `spans`, into the slots
 * from `slot` on. A span is two words: where the value begins, and its length, -1 for NULL.
 */
export type DecodeColumn = (
  b: Uint8Array,
  v: DataView,
  spans: Int32Array,
  at: number,
  count: number,
  slot: number,
) => void;

/**
 * Source that returns a `DecodeColumn` for each column of a query; its free names are `builders`, `state`, `shape`,
 * `badLength`, `unrepresentable`, `overrun` and the types' functions. Only indices and register names enter the source:
 * column names and values never do.
 */
export function binarySource(columns: readonly ColumnPlan[]): string {
  const nodes = columnNodes(columns);
  return `${nodesSource(nodes, FORMAT)}
return [${nodes.map(columnFunction).join('')}];
`;
}

const FORMAT: Format = { putParameters: 'b, v, p, n, r', value };

/** The fields of one column. `state[0]` says to errors which row is at work. */
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
