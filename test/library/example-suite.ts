import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { beforeEach, describe, expect, test } from 'vitest';
import { testServer } from '../support/server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const EXAMPLES = ['abort', 'batches', 'custom-types', 'export', 'parquet-writer'];

/** How a program that imports 'ddpp' is run: asked for when the tests run, not when they are defined. */
export interface Runner {
  /** Why it cannot be run here, if it cannot. */
  missing?(): string | null;
  /** The Node.js to use, and its options. */
  node(): readonly [node: string, ...options: string[]];
  /** A folder within which 'ddpp' and 'apache-arrow' can be imported. */
  folder(): string;
}

/** Defines the tests of all documented examples: the files of `examples/`, and each snippet of code in the documents. */
export function describeExamples(name: string, runner: Runner): void {
  describe(name, () => {
    beforeEach(({ skip }) => {
      const missing = runner.missing?.();
      if (missing) skip(missing);
    });

    test('examples/export.ts', async () => {
      await run(runner, example('export'), async ({ stdout, stderr, folder }) => {
        expect(stdout).toBe('squares.parquet: 1000000 rows in 1 row group(s)\n');
        expect(stderr).toMatch(/^(\d+ of about 1000000 rows after \d+ ms\n)+$/);
        const file = await asyncBufferFromFile(join(folder, 'squares.parquet'));
        const rows = await parquetReadObjects({ file, compressors, rowStart: 999_999 });
        expect(rows).toEqual([{ n: 1_000_000, square: 1_000_000_000_000n }]);
      });
    });

    test('examples/batches.ts', async () => {
      await run(runner, example('batches'), ({ stdout, stderr }) => {
        expect({ stdout, stderr }).toEqual({
          stdout: 'sum of the roots: 666667166.459\n3000 rows; 42 is XLII\n',
          stderr: '',
        });
      });
    });

    test('examples/custom-types.ts', async () => {
      await run(runner, example('custom-types'), ({ stdout, stderr }) => {
        expect(stderr).toBe('');
        expect(stdout.split('\n')).toEqual([
          'price: Utf8, id: Int32, sold: Bool',
          'price: Float64, id: Int32, sold: Utf8',
          expect.stringMatching(/^a column of type boolean cannot become float64: ask for bool, string/),
          '',
        ]);
      });
    });

    test('examples/abort.ts', async () => {
      await run(runner, example('abort'), ({ stdout, stderr, folder }) => {
        expect({ stdout, stderr }).toEqual({ stdout: 'the export was aborted: TimeoutError\n', stderr: '' });
        expect(readdirSync(folder)).toEqual(['program.ts']);
      });
    });

    test('examples/parquet-writer.ts', async () => {
      await run(runner, example('parquet-writer'), async ({ stdout, stderr, folder }) => {
        expect({ stdout, stderr }).toEqual({
          stdout: 'waves.parquet: 120000 rows in 3 row groups\n',
          stderr: '',
        });
        const file = await asyncBufferFromFile(join(folder, 'waves.parquet'));
        const rows = await parquetReadObjects({ file, compressors, rowStart: 119_999 });
        expect(rows).toEqual([{ degree: 119_999, height: Math.sin((119_999 / 180) * Math.PI) }]);
      });
    });

    test('there are no other programs among the examples', () => {
      const programs = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));
      expect(programs.toSorted()).toEqual(EXAMPLES.map((name) => `${name}.ts`));
    });

    test.each(snippets())('%s', async (_, { program, output }) => {
      await run(runner, program, ({ stdout, stderr }) => {
        expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' });
      });
    });
  });
}

function example(name: string): string {
  return readFileSync(join(root, 'examples', `${name}.ts`), 'utf8');
}

interface Snippet {
  readonly program: string;
  readonly output: string;
}

/** The code in the documents. What it prints stands behind each `console.log`. */
function snippets(): [place: string, Snippet][] {
  return ['docs/library.md', 'docs/parquet.md', 'src/index.ts', 'src/parquet-writer.ts'].flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8').replace(/^ \* ?/gm, '');
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program], i): [string, Snippet] => {
      const printed = program!.matchAll(/console\.log\(.*; \/\/ (.*\n)/g);
      const output = Array.from(printed, ([, line]) => line).join('');
      return [`${path}, snippet ${i + 1}`, { program: program!, output }];
    });
  });
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Where it ran. */
  readonly folder: string;
}

/** All of them, by a name for each. */
export function documentedPrograms(): ReadonlyMap<string, string> {
  return new Map([
    ...EXAMPLES.map((name) => [name, example(name)] as const),
    ...snippets().map(([place, { program }]) => [place, program] as const),
  ]);
}

/** Runs a program in a folder of its own and looks at what it did. It must end without an error. */
async function run(runner: Runner, program: string, look: (ran: Ran) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(runner.folder(), 'example-'));
  try {
    writeFileSync(join(folder, 'program.ts'), program);
    const { host, port, user, password, database } = testServer();
    const [node, ...options] = runner.node();
    const { stdout, stderr } = await promisify(execFile)(node, [...options, 'program.ts'], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: '/nonexistent',
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
      },
    });
    await look({ stdout, stderr, folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
