import { setFlagsFromString } from 'node:v8';

/**
 * Postgres's own parser, compiled to WebAssembly (libpg-query), loaded when it is first needed.
 *
 * V8 must not optimize it: for the parser's one huge function its optimizing compiler takes more than 500 MB of memory
 * for a second (measured: 600 MB resident instead of 65), and a statement is parsed in milliseconds without.
 */
export async function sqlParser(): Promise<typeof import('libpg-query')> {
  setFlagsFromString('--wasm-tiering-budget=2000000000');
  return import('libpg-query');
}
