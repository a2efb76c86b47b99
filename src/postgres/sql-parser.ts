import { setFlagsFromString } from 'node:v8';

/**
 * Postgres's own parser, compiled to WebAssembly (libpg-query), loaded when it is first needed.
 *
 * V8 must not optimize it: for the parser's one huge function its optimizing compiler takes more than 500 MB of memory
 * for a second (measured: 600 MB resident instead of 65), and a statement is parsed in milliseconds without. Either flag
 * alone leaves a way to it, which a query of 800 columns takes.
 */
export async function sqlParser(): Promise<typeof import('libpg-query')> {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
  return import('libpg-query');
}
