import { sqlParser } from '../sql-parser.ts';
import { type NodeFields, nameParts, nodes, open, type ParseNode } from './parse-tree.ts';

/** A query of the one form that can be read in slices: `SELECT … FROM table [WHERE …]`, all of it harmless. */
export interface SliceableQuery {
  readonly sql: string;
  /** The table as it is written: `[schema, name]` or `[name]`. */
  readonly table: readonly string[];
  /** What the query calls it. */
  readonly alias: string;
  /** Where the condition begins in `sql`, in characters; null if there is no WHERE. */
  readonly conditionAt: number | null;
  /** What the catalog must know as harmless. */
  readonly uses: NamesInUse;
}

/** Functions, operators, types and columns of a query, by the names that are written. */
export interface NamesInUse {
  readonly functions: Set<string>;
  readonly operators: Set<string>;
  readonly types: Set<string>;
  /** Column references may also be calls: `t.f` is `f(t)` where the table has no column f. */
  readonly columns: Set<string>;
}

/** Fields of SelectStmt that a sliceable query may have; every other one is a clause that is not. */
const SELECT_FIELDS = new Set(['targetList', 'fromClause', 'whereClause', 'limitOption', 'op']);
const TABLE_FIELDS = new Set([
  'catalogname',
  'schemaname',
  'relname',
  'inh',
  'relpersistence',
  'alias',
  'location',
]);
const CALL_FIELDS = new Set(['funcname', 'args', 'funcformat', 'location']);
/** Words that mean another time in each transaction, when they are read as a date (datetime.c). */
const MOVING_DATE = /now|today|tomorrow|yesterday/i;

/**
 * Looks whether a query can be read in slices as far as its text tells; a string says why not. Decided by a whitelist:
 * what is not known to give the same rows in parts as in whole, and the same values over every connection, is refused.
 */
export async function sliceableQuery(sql: string): Promise<SliceableQuery | string> {
  const { parse, scan } = await sqlParser();
  const parsed = await parse(sql).catch(() => null);
  const select = parsed?.stmts?.[0]?.stmt as { SelectStmt?: NodeFields } | undefined;
  if (select?.SelectStmt === undefined) return 'its syntax is not known here';
  const fields = select.SelectStmt;
  const clause = Object.keys(fields).find((name) => !SELECT_FIELDS.has(name));
  if (clause !== undefined) return `it has a clause (${clause}) that may need all rows at once`;
  if (fields.op !== 'SETOP_NONE') return 'it combines several queries';
  const [from, ...others] = nodes(fields.fromClause);
  const [kind, table] = from === undefined ? ['', {}] : open(from);
  if (others.length > 0 || kind !== 'RangeVar') return 'it does not read one table';
  if (Object.keys(table).some((name) => !TABLE_FIELDS.has(name)) || table.catalogname)
    return 'its FROM is not a plain table';
  const alias = table.alias as NodeFields | undefined;
  if (alias?.colnames !== undefined) return 'its FROM renames columns';
  const uses: NamesInUse = {
    functions: new Set(),
    operators: new Set(),
    types: new Set(),
    columns: new Set(),
  };
  const condition = fields.whereClause as ParseNode | undefined;
  for (const node of [...nodes(fields.targetList), ...(condition ? [condition] : [])]) {
    const problem = findProblem(node, uses);
    if (problem !== null) return problem;
  }
  const name = table.relname as string;
  const { tokens } = await scan(sql);
  return {
    // TABLE x is short for SELECT * FROM x, and takes no condition.
    sql: tokens[0]!.text.toUpperCase() === 'TABLE' ? `SELECT * FROM${sql.slice(tokens[0]!.end)}` : sql,
    table: table.schemaname === undefined ? [name] : [table.schemaname as string, name],
    alias: (alias?.aliasname as string | undefined) ?? name,
    conditionAt: condition === undefined ? null : afterWhere(sql, tokens),
    uses,
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

/** Why an expression cannot be trusted to be the same over every connection; null if it can, `uses` permitting. */
function findProblem(node: ParseNode, uses: NamesInUse): string | null {
  const [kind, fields] = open(node);
  const parts = HARMLESS[kind];
  if (parts === undefined)
    return `it has an expression (${kind}) that is not known to be the same over every connection`;
  if (kind === 'A_Const') {
    const text = (fields.sval as NodeFields | undefined)?.sval;
    if (typeof text === 'string' && MOVING_DATE.test(text))
      return `the text '${text}' may mean another time over every connection`;
  }
  if (kind === 'A_Expr' && !noteOperator(fields, uses.operators))
    return 'it has an operator of a schema of its own';
  if (kind === 'FuncCall' && !noteFunction(fields, uses.functions)) {
    return 'it calls a function in a way that is not known here';
  }
  if (kind === 'TypeCast' && !note((fields.typeName as NodeFields).names, uses.types)) {
    return 'it casts to a type of a schema of its own';
  }
  if (kind === 'ColumnRef') {
    const name = nodes(fields.fields).at(-1)!.String?.sval;
    if (typeof name === 'string') uses.columns.add(name);
  }
  for (const part of parts) {
    const value = fields[part];
    for (const child of Array.isArray(value)
      ? nodes(value)
      : value === undefined
        ? []
        : [value as ParseNode]) {
      const problem = findProblem(child, uses);
      if (problem !== null) return problem;
    }
  }
  return null;
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

/** Notes a name that is unqualified or of pg_catalog; false for any other one. */
function note(list: unknown, into: Set<string>): boolean {
  const parts = nameParts(list);
  if (parts === null || parts.length === 0 || parts.length > 2) return false;
  if (parts.length === 2 && parts[0] !== 'pg_catalog') return false;
  into.add(parts.at(-1)!);
  return true;
}

interface Token {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Where the condition begins: behind the one WHERE that is not within parentheses. */
function afterWhere(sql: string, tokens: readonly Token[]): number {
  let depth = 0;
  for (const { text, end } of tokens) {
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (depth === 0 && text.toUpperCase() === 'WHERE')
      return Buffer.from(sql).subarray(0, end).toString().length;
  }
  throw new Error('a WHERE clause without the word WHERE');
}
