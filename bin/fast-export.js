#!/bin/sh
// 2>/dev/null; exec node -- "$0" "$@"
// The line above is a comment here and a command to the shell. Without its "--", Node takes --env-file for its own, though
// it follows the script: it ends with status 9 where the file is missing, and obeys the NODE_OPTIONS that are in it.

// Starts the command from dist/, or in a checkout from its sources. Plain JavaScript that Node 14 parses: an old Node
// shall say what is missing instead of stopping at syntax that it does not know.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Also takes the arguments, and a password among them, out of the process list.
process.title = 'fast-export';

const source = new URL('../src/cli/main.ts', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);

if (!existsSync(source)) {
  if (major > 22 || (major === 22 && minor >= 15)) {
    run(new URL('../dist/cli/main.js', import.meta.url));
  } else {
    console.error(
      `fast-export: needs Node.js 22.15 or newer; this is ${process.version} (${process.execPath})`,
    );
    process.exitCode = 1;
  }
} else if (process.features.typescript) {
  run(source);
} else {
  import('../tools/own-node.js').then((module) => module.runUnderOwnNode(process.argv.slice(2)));
}

function run(url) {
  keepCompiledCode();
  import(url.href).then((module) => module.main(process.argv.slice(2)));
}

/**
 * Keeps what V8 and the type stripper make of the sources in the user's cache folder: a third of a second of each start
 * (measured). Not in the folder for temporary files, where somebody else could have put code.
 */
function keepCompiledCode() {
  const home = homedir();
  if (!existsSync(home)) return;
  const folder = join(process.env.XDG_CACHE_HOME || join(home, '.cache'), 'fast-export');
  module.enableCompileCache?.(folder);
  // Worker threads look here.
  process.env.NODE_COMPILE_CACHE ??= folder;
}
