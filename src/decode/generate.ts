import { layoutOf } from '../types/kinds.ts';
import type { Unrepresentable } from '../types/pg-type.ts';
import type { Node } from './nodes.ts';

/** A CopyData message begins with 'd' and an int32 length (protocol 3.0, "Message Formats"). */
export const COPY_DATA = 0x64;
export const MESSAGE_HEADER = 5;

/** Functions that types' decoder source may call, by name. */
export type DecodeFunctions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What a generated decoder is given besides the types' functions. */
export type Surroundings = Readonly<Record<string, unknown>>;

/** How the generated functions of one format look. */
export interface Format {
  /** Parameters of the functions that store one value below a column; `r` among them. */
  readonly putParameters: string;
  /** The source that stores a value of `n` bytes at `p` into slot `r`. */
  value(node: Node): string;
}

/** What every generated decoder begins with: the builder `cK` of each node, and functions `nullK` and `putK` for each nested one. */
export function nodesSource(nodes: readonly Node[], format: Format): string {
  return nodes.map((node) => nodeFunctions(node, format)).join('');
}

/** A node's builder, and the functions of the nodes below it. Columns' own values are stored in place. */
function nodeFunctions(node: Node, format: Format): string {
  const below = node.children
    .map(
      (
        child,
      ) => `${nodeFunctions(child, format)}function null${child.id}(r) { ${setNull(child)} ${endSlot(child)} }
function put${child.id}(${format.putParameters}) { ${format.value(child)} ${endSlot(child)} }
`,
    )
    .join('');
  return `const c${node.id} = builders[${node.id}];\n${below}`;
}

/** Replaces the `$names` of a type's decoder source with the registers of a node. */
export function bindStore(store: string, node: Node): string {
  return store
    .replace(/\$bad\((\w+)\)/g, (_, reason) => bad(node, reason))
    .replaceAll('$refuse(reason)', refuse(node, 'reason'))
    .replaceAll('$values', `c${node.id}.values`)
    .replaceAll('$node', `c${node.id}`)
    .replaceAll('$i', 'r');
}

/** A value that cannot be represented: an error, or null where the user wants that. */
export function bad(node: Node, reason: Unrepresentable): string {
  return refuse(node, `'${reason}'`);
}

/** The same with the reason that the expression gives. */
export function refuse(node: Node, reason: string): string {
  return `unrepresentable(${node.column}, ${reason}); ${setNull(node)}`;
}

/** Makes slot `r` null, and with a struct the slots of its members. */
export function setNull(node: Node): string {
  const below =
    node.plan.kind === 'struct' ? node.children.map((child) => `null${child.id}(r);`).join(' ') : '';
  return `c${node.id}.validity[r >> 3] &= ~(1 << (r & 7)); c${node.id}.nullCount++; ${below}`;
}

/**
 * Makes slot `r` of a column null. In a column of bytes, nulls from the first slot on are only counted: columns that are
 * null in all rows of a batch are common (half of obs_sbn), and a count is a third of the cost of a bit and an offset.
 */
export function setColumnNull(node: Node): string {
  const now = `${setNull(node)} ${endSlot(node)}`;
  if (!countsLeadingNulls(node)) return now;
  return `if (c${node.id}.nullCount === r) c${node.id}.nullCount = r + 1; else { ${now} }`;
}

/** Before a column's value: makes up for nulls that were only counted. */
export function endLeadingNulls(node: Node): string {
  return countsLeadingNulls(node) ? `if (c${node.id}.nullCount === r) c${node.id}.endLeadingNulls(r);` : '';
}

function countsLeadingNulls({ plan }: Node): boolean {
  return layoutOf(plan.type) === 'bytes';
}

/** After a value or a null: where the next slot begins, for layouts with offsets. */
export function endSlot(node: Node): string {
  switch (layoutOf(node.plan.type)) {
    case 'bytes':
      return `c${node.id}.offsets[r + 1] = c${node.id}.end;`;
    case 'list':
      return `c${node.id}.offsets[r + 1] = c${node.id}.child.length;`;
    default:
      return '';
  }
}

/** Compiles a generated body; its free names are the keys of `surroundings` and `functions`. */
export function compile<Generated>(
  body: string,
  surroundings: Surroundings,
  functions: DecodeFunctions,
): Generated {
  const scope: Surroundings = { ...surroundings, ...functions };
  const create = new Function(...Object.keys(scope), `'use strict';\n${body}`);
  return create(...Object.values(scope)) as Generated;
}
