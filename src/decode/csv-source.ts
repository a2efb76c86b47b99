import type { ColumnPlan } from '../types/pg-type.ts';
import {
  bad,
  bindStore,
  COPY_DATA,
  endLeadingNulls,
  endSlot,
  type Format,
  MESSAGE_HEADER,
  nodesSource,
  refuse,
  setColumnNull,
} from './generate.ts';
import { columnNodes, type Node } from './nodes.ts';

/**
 * Columns per generated function: V8 leaves functions beyond 60 KB of bytecode unoptimized, and a hundred columns in
 * one function exceed that.
 */
const COLUMNS_PER_FUNCTION = 24;

const COMMA = 0x2c;
const QUOTE = 0x22;
const NEWLINE = 0x0a;

/** What the source below returns when it is run. */
export interface CsvRows {
  /**
   * Decodes consecutive CopyData messages ('d', int32 length, a line of CSV with its newline) as long as they are whole
   * before `stop`, begin before `enough`, and slots below `capacity` are left. Returns where it stopped; `state[0]` is the
   * next free slot. It stops before anything that is not such a row.
   */
  rows(b: Uint8Array, v: DataView, p: number, stop: number, enough: number, capacity: number): number;
}

/**
 * Source of the decoder of one query's rows in CSV format; its free names are `builders`, `state`, `unquoter`,
 * `nestedTexts`, `badField`, `unrepresentable` and the types' functions. Only indices and register names enter the
 * source.
 */
export function csvSource(columns: readonly ColumnPlan[]): string {
  const nodes = columnNodes(columns);
  const { functions, groups } = groupFunctions(nodes);
  return `${nodesSource(nodes, FORMAT)}${functions}
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

const FORMAT: Format = { putParameters: 'b, p, n, r', value };

/** The functions `group0`, `group1`, … with the fields of some columns each, and the statements that run them in turn. */
function groupFunctions(nodes: readonly Node[]): { functions: string; groups: string } {
  let functions = '';
  let groups = '';
  for (let first = 0, g = 0; first < nodes.length; first += COLUMNS_PER_FUNCTION, g++) {
    const some = nodes.slice(first, first + COLUMNS_PER_FUNCTION);
    const fields = some.map((node) => field(node, node.column === nodes.length - 1));
    functions += `function group${g}(b, p, end, r) {\n  let f = b, q = 0, n = 0;\n${fields.join('')}  return p;\n}\n`;
    groups += `  p = group${g}(b, p, end, r);\n`;
  }
  return { functions, groups };
}

/**
 * One field: nothing for NULL, otherwise text up to the next comma, in double quotes if it is empty or holds a comma, a
 * quote or a line break (COPY, "CSV Format"). In a value's source `b`, `p` and `n` stand for the unquoted text.
 */
function field(node: Node, isLast: boolean): string {
  const atEnd = isLast ? 'p !== end' : `p >= end || b[p] !== ${COMMA}`;
  return `  if (b[p] === ${QUOTE}) {
    n = unquoter.unquote(b, p, end);
    if (n < 0) badField(${node.column});
    f = unquoter.text; q = 0; p = unquoter.end;
  } else {
    f = b; q = p;
    while (p < end && b[p] !== ${COMMA}) p++;
    n = p === q ? -1 : p - q;
  }
  if (n === -1) { ${setColumnNull(node)} }
  else { const b = f, p = q; ${endLeadingNulls(node)} ${value(node)} ${endSlot(node)} }
  if (${atEnd}) badField(${node.column});
  ${isLast ? '' : 'p++;'}
`;
}

function value(node: Node): string {
  switch (node.plan.kind) {
    case 'scalar':
      return bindStore(node.plan.text.store, node);
    case 'list':
      return arrayValue(node, node.plan);
    case 'struct':
      return compositeValue(node);
  }
}

function arrayValue(node: Node, { dimensions, isVector }: { dimensions: number; isVector: boolean }): string {
  const [element] = node.children as [Node];
  return `const text = nestedTexts.array(${node.id});
    if (!text.${isVector ? 'readVector' : 'read'}(b, p, n)) { ${bad(node, 'malformed')} }
    else {
      const misfit = text.shape.misfit(${dimensions}, ${isVector ? 0 : 1});
      if (misfit !== null) { ${refuse(node, 'misfit')} }
      else if (text.count > 0) {
        text.shape.open(c${node.id});
        const first = c${element.id}.length, count = text.count;
        for (let k = 0; k < count; k++) { ${nestedField(element, 'k', 'first + k')} }
        c${element.id}.length = first + count;
      }
    }`;
}

function compositeValue(node: Node): string {
  const members = node.children.map((child, k) => `{ ${nestedField(child, String(k), 'r')} }`);
  return `const text = nestedTexts.composite(${node.id});
    if (!text.read(b, p, n) || text.count !== ${node.children.length}) badField(${node.column});
    ${members.join('\n    ')}`;
}

/** Member `k` of a nested value, stored into a slot of its node by the node's function. */
function nestedField(child: Node, k: string, slot: string): string {
  return `const m = text.lengths[${k}];
      if (m === -1) null${child.id}(${slot});
      else put${child.id}(text.text, text.starts[${k}], m, ${slot});`;
}
