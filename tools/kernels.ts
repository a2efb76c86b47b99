// Compiles the kernels from AssemblyScript to WebAssembly: `npm run kernels` writes them into the sources,
// where a test sees that they are what these compile to.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const OPTIONS = [
  '-O3',
  '--noAssert',
  '--runtime=minimal',
  '--use=abort=',
  '--enable=simd',
  '--enable=bulk-memory',
];

/** The text of src/kernels/module.ts. */
export async function kernelModule(): Promise<string> {
  let bytes: Uint8Array | null = null;
  const { error, stderr } = await main(
    ['src/kernels/assembly/index.ts', '--baseDir', root, '--outFile', 'kernels.wasm', ...OPTIONS],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') bytes = contents;
      },
    },
  );
  if (error !== null || bytes === null)
    throw new Error(`${error?.message ?? 'no output'}\n${stderr.toString()}`);
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,104}/g)!;
  return [
    '// Made by `npm run kernels` from the files in assembly/.',
    '',
    '/** The kernels as WebAssembly, in base64. */',
    'export const KERNELS =',
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}

if (import.meta.main) {
  writeFileSync(join(root, 'src/kernels/module.ts'), await kernelModule());
}
