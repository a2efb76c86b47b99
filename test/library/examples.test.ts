import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { describeExamples } from './example-suite.ts';

/** A folder outside the checkout, from which packages are found as if they were installed there. */
const folder = mkdtempSync(join(tmpdir(), 'ddpp-library-'));
symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true }));

describeExamples('the documented examples, from source', {
  node: () => [process.execPath, '--import', new URL('./from-source.ts', import.meta.url).href],
  folder: () => folder,
});
