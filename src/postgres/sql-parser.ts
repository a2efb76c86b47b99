import { setFlagsFromString } from 'node:v8';
import { parsePlainTable, scanPlainTable } from './plain-table.ts';
import type { NodeFields } from './slices/parse-tree.ts';

/** A parse tree (libpg-query, as JSON). */
export interface ParsedSql {
  readonly stmts?: readonly {
    readonly stmt?: object;
    /** In bytes; 0 if missing. */
    readonly stmt_location?: number;
    /** In bytes; up to the end if missing. */
    readonly stmt_len?: number;
  }[];
}

export interface ScannedSql {
  readonly tokens: readonly Token[];
}

export interface Token {
  /** In bytes. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly tokenName: string;
}

/**
 * The parse tree of some SQL; null where Postgres's own parser does not know its syntax. In `SELECT * FROM schema.table`
 * a reserved word is taken for a name: that is for the server to refuse.
 */
export async function parseSql(sql: string): Promise<ParsedSql | null> {
  // To load the parser takes 25 ms, a tenth of the start.
  return parsePlainTable(sql) ?? (await (await parser()).parse(sql).catch(() => null));
}

/** The fields of the SelectStmt that some SQL consists of; null for other statements, and as `parseSql`. */
export async function parseSelect(sql: string): Promise<NodeFields | null> {
  const parsed = await parseSql(sql);
  const statement = parsed?.stmts?.[0]?.stmt as { SelectStmt?: NodeFields } | undefined;
  return statement?.SelectStmt ?? null;
}

/** The tokens of some SQL; null where the scanner does not know its syntax. */
export async function scanSql(sql: string): Promise<ScannedSql | null> {
  // It does not escape control characters in what it then reads as JSON.
  return scanPlainTable(sql) ?? (await (await parser()).scan(sql).catch(() => null));
}

/**
 * Postgres's own parser, compiled to WebAssembly (libpg-query), loaded when it is first needed.
 *
 * V8 must not optimize it: for the parser's one huge function its optimizing compiler takes more than 500 MB of memory
 * for a second (measured: 600 MB resident instead of 65), and a statement is parsed in milliseconds without. Either flag
 * alone leaves a way to it, which a query of 800 columns takes.
 */
async function parser(): Promise<typeof import('libpg-query')> {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  return import('libpg-query');
}
