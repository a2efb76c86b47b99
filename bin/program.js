// Finds the program: in bundle/, or in a checkout in src/, if that has changed since the bundle was made of it. Plain
// JavaScript that Node 14 parses, see fast-export.js.
import { existsSync, readFileSync, statSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src', 'cli', 'main.ts');
const bundle = join(root, 'bundle', 'main.cjs');

export const inCheckout = existsSync(source);

const fromBundle = existsSync(bundle) && (!inCheckout || bundleIsCurrent());

/** Whether this Node.js can run the program. */
export function runsHere() {
  if (inCheckout && !fromBundle) return Boolean(process.features.typescript);
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 15);
}

/** Runs the command with these arguments. */
export function runProgram(args) {
  keepCompiledCode();
  return load().then(({ main }) => main(args));
}

async function load() {
  if (!fromBundle) return import(pathToFileURL(source).href);
  // Not by import(), which would start a WebAssembly module to find out what a CommonJS one exports.
  const require = module.createRequire(import.meta.url);
  return require(bundle);
}

/** Whether the sources are those that the bundle was made of, by their sizes and times: a few milliseconds for all of them. */
function bundleIsCurrent() {
  const list = join(root, 'bundle', 'sources.json');
  // It is written last: without it the bundle was not finished.
  if (!existsSync(list)) return false;
  const { sources } = JSON.parse(readFileSync(list, 'utf8'));
  return sources.every(({ path, bytes, changedMs }) => {
    const file = join(root, path);
    if (!existsSync(file)) return false;
    const { size, mtimeMs } = statSync(file);
    return size === bytes && mtimeMs === changedMs;
  });
}

/**
 * Keeps what V8, and the type stripper, make of the program in the user's cache folder: a third of a second of each start
 * from the sources (measured). Not in the folder for temporary files, where somebody else could have put code.
 */
function keepCompiledCode() {
  const home = homedir();
  if (!existsSync(home)) return;
  const folder = join(process.env.XDG_CACHE_HOME || join(home, '.cache'), 'fast-export');
  module.enableCompileCache?.(folder);
  // Worker threads look here.
  process.env.NODE_COMPILE_CACHE ??= folder;
}
