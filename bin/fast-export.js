#!/bin/sh
// 2>/dev/null; f=$(readlink -f "$0" 2>/dev/null) || f=$0; n=${f%/*}/../node_modules/node/bin/node; [ -x "$n" ] || n=node; exec "$n" -- "$0" "$@"
// The line above is a comment here and a command to the shell. It takes the Node.js that a checkout has of its own: to start
// the machine's and to find it too old takes a tenth of a second. Without its "--", Node takes --env-file for its own, though it
// follows the script: it ends with status 9 where the file is missing, and obeys the NODE_OPTIONS that are in it.

// Starts the command, or in a checkout the checkout's own Node.js with it. Plain JavaScript that Node 14 parses: an old Node
// shall say what is missing instead of stopping at syntax that it does not know.
import { inCheckout, runProgram, runsHere } from './program.js';

// Also takes the arguments, and a password among them, out of the process list.
process.title = 'fast-export';

const args = process.argv.slice(2);

if (runsHere()) {
  runProgram(args);
} else if (inCheckout) {
  import('../tools/own-node.js').then((module) => module.runUnderOwnNode(args));
} else {
  console.error(
    `fast-export: needs Node.js 22.15 or newer; this is ${process.version} (${process.execPath})`,
  );
  process.exitCode = 1;
}
