// Puts the program of the command, with the packages that it needs at each start, into few files: to find and to load
// some 400 modules takes longer than to export a small table. `npm ci` and `npm pack` run this.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputChunk, rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'bundle');

/** Packages with native code or WebAssembly of their own; they are loaded where they lie. */
const UNBUNDLED = ['@duckdb/node-api', 'libpg-query', 'lz4-napi', 'pg-native', 'snappy'];

const bundle = await rolldown({
  cwd: root,
  input: ['src/cli/main.ts', 'src/export/jobs/job-worker.ts'],
  platform: 'node',
  external: UNBUNDLED,
});
rmSync(folder, { recursive: true, force: true });
// CommonJS: it loads faster, and an import of node:crypto would initialize all that it has to export.
const { output } = await bundle.write({
  dir: folder,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  // A worker's URL is one beside the file that starts it: all files are in one folder.
  chunkFileNames: '[name]-[hash].cjs',
});
await bundle.close();

const modules = output
  .filter((file): file is OutputChunk => file.type === 'chunk')
  .flatMap(({ moduleIds }) => moduleIds)
  .filter((id) => existsSync(id))
  .map((id) => relative(root, id).split(sep).join('/'));
writeFileSync(join(folder, 'LICENSES.txt'), licences(modules.filter((path) => !isOwn(path))));
// Last of all: without it `bin/program.js` takes the bundle for unfinished.
writeFileSync(join(folder, 'sources.json'), JSON.stringify({ sources: modules.filter(isOwn).map(stamp) }));

function isOwn(path: string): boolean {
  return path.startsWith('src/');
}

/** What `bin/program.js` compares. */
function stamp(path: string): { path: string; bytes: number; changedMs: number } {
  const { size, mtimeMs } = statSync(join(root, path));
  return { path, bytes: size, changedMs: mtimeMs };
}

/** The licences of the packages that these modules are from: each asks to be passed on with copies of its code. */
function licences(paths: readonly string[]): string {
  const packages = paths.map((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)![0]);
  return [...new Set(packages)]
    .toSorted()
    .map((path) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8'));
      const texts = readdirSync(join(root, path))
        .filter((file) => /^(licen[cs]e|notice)/i.test(file))
        .map((file) => readFileSync(join(root, path, file), 'utf8').trim());
      return [`${name} ${version} (${license})`, ...texts].join('\n\n');
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}
