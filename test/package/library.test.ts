import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeExamples, documentedPrograms } from '../library/example-suite.ts';
import { type InstalledPackage, installPackage, npm } from './installed-package.ts';

/** The oldest Node.js that the package promises to run on. */
const OLDEST_NODE = '22.15.0';

let ddpp: InstalledPackage;
let oldestNodeError: string | null = null;
beforeAll(() => {
  ddpp = installPackage();
  oldestNodeError = installOldestNode();
}, 300_000);
afterAll(() => ddpp.remove());

function oldestNode(): string {
  return join(ddpp.folder, 'oldest', 'node_modules', 'node', 'bin', 'node');
}

/** Returns why that is impossible here, or null. */
function installOldestNode(): string | null {
  const folder = join(ddpp.folder, 'oldest');
  mkdirSync(folder);
  try {
    // Its install script puts the binary in place.
    writeFileSync(join(folder, 'package.json'), '{ "allowScripts": { "node": true } }');
    npm(['install', '--silent', '--prefer-offline', `node@${OLDEST_NODE}`], folder);
    return null;
  } catch (error) {
    if (process.env.CI) throw error;
    return `Node.js ${OLDEST_NODE} cannot be installed from npm: ${error}`;
  }
}

describeExamples('the documented examples, from the installed package', {
  node: () => [process.execPath],
  folder: () => ddpp.folder,
});

describeExamples(`the documented examples, from the installed package, on Node.js ${OLDEST_NODE}`, {
  missing: () => oldestNodeError,
  node: () => [oldestNode(), '--experimental-strip-types', '--disable-warning=ExperimentalWarning'],
  folder: () => ddpp.folder,
});

test('the oldest Node.js is the one that is meant', ({ skip }) => {
  if (oldestNodeError !== null) skip(oldestNodeError);
  expect(execFileSync(oldestNode(), ['--version'], { encoding: 'utf8' })).toBe(`v${OLDEST_NODE}\n`);
});

test('all documented code has types without errors, those of the package included', () => {
  const folder = join(ddpp.folder, 'types');
  mkdirSync(folder);
  for (const [name, program] of documentedPrograms()) {
    writeFileSync(join(folder, `${name.replace(/\W+/g, '-')}.ts`), program);
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2024', types: ['node'], strict: true, noEmit: true },
    }),
  );
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [tsc, '--project', folder], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

test('batches are instances of the classes that a program imports from apache-arrow', () => {
  const program = `
    import * as arrow from 'apache-arrow';
    import { PGOID_TO_ARROW } from 'ddpp';
    console.log(PGOID_TO_ARROW.get(16).constructor === arrow.Bool);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: ddpp.folder,
    encoding: 'utf8',
  });
  expect(output).toBe('true\n');
});
