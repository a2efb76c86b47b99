import type { ColumnBuilder, ListBuilder, StructBuilder } from '../columns/builders.ts';
import type { ColumnPlan, ValuePlan } from '../types/pg-type.ts';

/** One place of the tree that a query's columns and their nested members form. */
export interface Node {
  /** Number of the node in the generated code: columns first, then what lies below them. */
  readonly id: number;
  /** Index of the column that it belongs to. */
  readonly column: number;
  readonly plan: ValuePlan;
  readonly children: readonly Node[];
}

/** The nodes of the columns, in order; the ids of column nodes are the columns' indices. */
export function columnNodes(columns: readonly ColumnPlan[]): Node[] {
  let next = columns.length;
  const node = (plan: ValuePlan, column: number, id: number): Node => ({
    id,
    column,
    plan,
    children: childPlans(plan).map((child) => node(child, column, next++)),
  });
  return columns.map(({ value }, column) => node(value, column, column));
}

/** The builders of all nodes, by id. `builders` are those of the columns. */
export function builderOfNodes(nodes: readonly Node[], builders: readonly ColumnBuilder[]): ColumnBuilder[] {
  const byId: ColumnBuilder[] = [];
  const place = (node: Node, builder: ColumnBuilder): void => {
    byId[node.id] = builder;
    const below =
      node.plan.kind === 'list' ? [innermost(node.plan.dimensions, builder)] : structChildren(node, builder);
    node.children.forEach((child, i) => {
      place(child, below[i]!);
    });
  };
  nodes.forEach((node, i) => {
    place(node, builders[i]!);
  });
  return byId;
}

/** The elements of an array of several dimensions lie below as many lists. */
function innermost(dimensions: number, builder: ColumnBuilder): ColumnBuilder {
  return dimensions === 0 ? builder : innermost(dimensions - 1, (builder as ListBuilder).child);
}

function structChildren(node: Node, builder: ColumnBuilder): readonly ColumnBuilder[] {
  return node.plan.kind === 'struct' ? (builder as StructBuilder).children : [];
}

function childPlans(plan: ValuePlan): readonly ValuePlan[] {
  switch (plan.kind) {
    case 'scalar':
      return [];
    case 'list':
      return [plan.element];
    case 'struct':
      return plan.members;
  }
}
