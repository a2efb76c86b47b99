import { type NodeFields, nameParts, nodes, open, type ParseNode } from './parse-tree.ts';

/** What a query's expressions use, by the names that are written; the catalog must know all of it as harmless. */
export interface NamesInUse {
  readonly functions: Set<string>;
  readonly operators: Set<string>;
  /** Types of casts. */
  readonly types: Set<string>;
  /** Column references that may also be calls: `t.f` is `f(t)` where the table has no column f. */
  readonly columns: Set<string>;
  /** Casts of something else than a constant. */
  readonly conversions: Conversion[];
}

/** A cast of an expression to a type, an array of it included. */
export interface Conversion {
  readonly type: string;
  /** The column or the function that is cast; null for anything else. */
  readonly column: string | null;
  readonly call: string | null;
}

export function noNames(): NamesInUse {
  return {
    functions: new Set(),
    operators: new Set(),
    types: new Set(),
    columns: new Set(),
    conversions: [],
  };
}

/** Nodes whose value depends on nothing but their parts, and the fields that hold these. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  ResTarget: ['val'],
  ColumnRef: [],
  A_Star: [],
  BoolExpr: ['args'],
  NullTest: ['arg'],
  BooleanTest: ['arg'],
  CaseExpr: ['arg', 'args', 'defresult'],
  CaseWhen: ['expr', 'result'],
  CoalesceExpr: ['args'],
  MinMaxExpr: ['args'],
  A_ArrayExpr: ['elements'],
  List: ['items'],
  A_Const: [],
  A_Expr: ['lexpr', 'rexpr'],
  TypeCast: ['arg'],
  FuncCall: ['args'],
};
const CALL_FIELDS = new Set(['funcname', 'args', 'funcformat', 'location']);
/** Words that mean another time in each transaction, when they are read as a date (datetime.c). */
const MOVING_DATE = /now|today|tomorrow|yesterday/i;

/**
 * Why an expression cannot be trusted to be the same over every connection; null if it can, provided that the names
 * that are added to `uses` are harmless. `alias` is what the query calls its table.
 */
export function findProblem(node: ParseNode, alias: string, uses: NamesInUse): string | null {
  const [kind, fields] = open(node);
  const parts = HARMLESS[kind];
  if (parts === undefined)
    return `it has an expression (${kind}) that is not known to be the same over every connection`;
  const problem = ownProblem(kind, fields, alias, uses);
  if (problem !== null) return problem;
  for (const child of parts.flatMap((part) => children(fields[part]))) {
    const inner = findProblem(child, alias, uses);
    if (inner !== null) return inner;
  }
  return null;
}

function children(value: unknown): ParseNode[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? nodes(value) : [value as ParseNode];
}

function ownProblem(kind: string, fields: NodeFields, alias: string, uses: NamesInUse): string | null {
  switch (kind) {
    case 'A_Const': {
      const text = (fields.sval as NodeFields | undefined)?.sval;
      return typeof text === 'string' && MOVING_DATE.test(text)
        ? `the text '${text}' may mean another time over every connection`
        : null;
    }
    case 'A_Expr':
      return noteOperator(fields, uses.operators) ? null : 'it has an operator of a schema of its own';
    case 'FuncCall':
      return noteFunction(fields, uses.functions)
        ? null
        : 'it calls a function in a way that is not known here';
    case 'TypeCast':
      return noteCast(fields, uses) ? null : 'it casts to a type of a schema of its own';
    case 'ColumnRef':
      noteColumn(fields, alias, uses.columns);
      return null;
    default:
      return null;
  }
}

/** BETWEEN and its kin stand for comparisons. */
function noteOperator({ kind, name }: NodeFields, into: Set<string>): boolean {
  if (!/BETWEEN/.test(String(kind))) return note(name, into);
  into.add('<=').add('>=');
  return true;
}

/** A plain call, without DISTINCT, ORDER BY, FILTER, OVER and the like. */
function noteFunction(fields: NodeFields, into: Set<string>): boolean {
  const isPlain = Object.keys(fields).every((field) => CALL_FIELDS.has(field));
  return isPlain && note(fields.funcname, into);
}

function noteCast({ arg, typeName }: NodeFields, uses: NamesInUse): boolean {
  const { names } = typeName as NodeFields;
  if (!note(names, uses.types)) return false;
  const [kind, source] = open(arg as ParseNode);
  if (kind === 'A_Const') return true;
  const lastName = (list: unknown) => nodes(list).at(-1)?.String?.sval;
  uses.conversions.push({
    type: nameParts(names)!.at(-1)!,
    column: kind === 'ColumnRef' ? ((lastName(source.fields) as string | undefined) ?? null) : null,
    call: kind === 'FuncCall' ? (lastName(source.funcname) as string) : null,
  });
  return true;
}

/** The table's name alone means a row of it, and `t.*` all columns: neither can be a call. */
function noteColumn({ fields }: NodeFields, alias: string, into: Set<string>): void {
  const path = nodes(fields);
  const name = path.at(-1)!.String?.sval;
  if (typeof name === 'string' && !(path.length === 1 && name === alias)) into.add(name);
}

/** Notes a name that is unqualified or of pg_catalog; false for any other one. */
function note(list: unknown, into: Set<string>): boolean {
  const parts = nameParts(list);
  if (parts === null || parts.length === 0 || parts.length > 2) return false;
  if (parts.length === 2 && parts[0] !== 'pg_catalog') return false;
  into.add(parts.at(-1)!);
  return true;
}
