/** The part of Postgres's parse tree (libpg-query, as JSON) that is looked at here: a node is `{ Kind: fields }`. */
export type ParseNode = Readonly<Record<string, NodeFields>>;
export type NodeFields = Readonly<Record<string, unknown>>;

/** The kind and the fields of a node. */
export function open(node: ParseNode): readonly [string, NodeFields] {
  return Object.entries(node)[0] ?? ['', {}];
}

/** The nodes of a field that is a list. */
export function nodes(list: unknown): ParseNode[] {
  return Array.isArray(list) ? (list as ParseNode[]) : [];
}

/** The parts of a name that is a list of String nodes, such as `pg_catalog.lower`; null if one is something else. */
export function nameParts(list: unknown): string[] | null {
  const parts = nodes(list).map((node) => (node.String?.sval as string | undefined) ?? null);
  return parts.includes(null) ? null : (parts as string[]);
}
