import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelModule } from '../../tools/kernels.ts';

test('the kernels in the sources are what their AssemblyScript compiles to', async () => {
  const kept = readFileSync(new URL('../../src/kernels/module.ts', import.meta.url), 'utf8');
  expect(await kernelModule(), 'run `npm run kernels`').toBe(kept);
});
