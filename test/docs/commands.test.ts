import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { fastExport } from '../support/command.ts';
import { python } from '../support/python.ts';
import { type DemoServer, startDemoServer } from './demo-server.ts';
import { type Block, blocksOf, documents } from './markdown.ts';

/** Commands that are not run here: they install, need the network, or are what CI runs in any case. */
const NOT_RUN = /^(npm|npx|python3 -m venv|\.venv\/bin\/|node --cpu-prof)/m;

/** Commands that write no summary of one export. */
const NO_EXPORT = /--(quiet|version|help|config)\b|fast-export (verify|diff|compact)\b/;

/** What commands report that do as they should; on a busy machine there is a line of progress now and then. */
const REPORTS: readonly RegExp[] = [
  /^fast-export: (wrote|the rows as they came are in|waiting for the first row,|[\d,]+ rows,) /,
  /^table +kind +rows +size +time +status$/,
  /^\S+ +(full|increment) .* ok$/,
  /^fast-export: (published|planning,|checking,) /,
  /^fast-export: [\w./-]+: ([\d,]+ rows?|waiting for)\b/,
  /^fast-export: \S+ is (fine:|exported in full,) /,
  /^fast-export: the product is in /,
];

const run = promisify(execFile);
const work = mkdtempSync(join(tmpdir(), 'ddpp-docs-'));
const home = join(work, 'home');
const folder = join(work, 'folder');
let server: DemoServer;
/** What the user's shell has; a password only until it is in `~/.pgpass`. */
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  const bin = join(work, 'bin');
  for (const each of [home, folder, bin]) mkdirSync(each);
  symlinkSync(fastExport, join(bin, 'fast-export'));
  server = await startDemoServer();
  env = { PATH: [bin, process.env.PATH].join(delimiter), HOME: home, LC_ALL: 'C.UTF-8', ...server.env };
});
afterAll(async () => {
  await server?.stop();
  rmSync(work, { recursive: true });
});

const blocks = documents.flatMap(blocksOf);
const inLanguage = (language: string) =>
  blocks
    .filter((block) => block.language === language)
    .map((block) => [`${block.document}:${block.line}`, block] as const);

// One after the other in one folder, as a reader would: later blocks use the files of earlier ones.
describe('shell commands do what the documents say', () => {
  const shell = inLanguage('sh').filter(([, { code }], i, all) => {
    const repeated = all.slice(i + 1).some(([, later]) => later.code.includes(code));
    return !repeated && !NOT_RUN.test(code);
  });

  test.each(shell)('%s', async (_, block) => {
    const before = new Set(readdirSync(folder));
    const { status, stderr } = await runShell(withServer(block));
    onTestFailed(() => console.log(`${block.code}\n${stderr}`));
    expect(status).toBe(0);
    expectReports(block, stderr);
    for (const file of outputsOf(block)) expect(await rowsOf(file)).toBeGreaterThan(0);
    if (block.code.includes('--keep-temp')) expectCsv(before);
    if (existsSync(join(home, '.pgpass'))) delete env.PGPASSWORD;
  });

  test('the README leaves the password in ~/.pgpass only, and the whole table in its file', async () => {
    expect(env.PGPASSWORD).toBeUndefined();
    expect(await rowsOf('obs_sbn.parquet')).toBe(50_000);
    expect(await rowsOf('received.parquet')).toBe(8_000);
  });
});

describe('programs read the exported files', () => {
  test.for(inLanguage('python'))('%s', async ([place, { code }], { skip }) => {
    const missing = await missingModule(code);
    if (missing !== null) {
      console.log(`${place} is not run: there is no Python with ${missing}`);
      skip(`no Python with ${missing}`);
    }
    const { stdout } = await run(python()!, ['-c', code], { cwd: folder, env });
    expect(stdout).not.toBe('');
  });

  test.each(inLanguage('sql'))('%s', async (_, { code }) => {
    const instance = await DuckDBInstance.create(':memory:', { file_search_path: folder });
    const connection = await instance.connect();
    const result = await connection.runAndReadAll(code);
    expect(result.currentRowCount).toBeGreaterThan(0);
    connection.closeSync();
    instance.closeSync();
  });

  const [program] = inLanguage('ts').filter(([, { document }]) => document === 'README.md');
  test(`${program![0]}`, async () => {
    writeFileSync(join(folder, 'program.ts'), program![1].code);
    const importDdpp = new URL('../library/from-source.ts', import.meta.url).href;
    const { stdout } = await run(process.execPath, ['--import', importDdpp, 'program.ts'], {
      cwd: folder,
      env,
    });
    expect(stdout).toBe('8000 rows\n');
  });
});

/** The module that a Python program imports, where there is none. */
async function missingModule(code: string): Promise<string | null> {
  const module = /^import ([\w.]+)/m.exec(code)![1]!;
  const interpreter = python();
  if (interpreter === null) return 'PyArrow';
  return run(interpreter, ['-c', `import ${module}`]).then(
    () => null,
    () => module,
  );
}

/** The block with the host and port of the server that is there. Database, user and password are those of the README. */
function withServer({ code }: Block): string {
  return code.replaceAll('db.example.org', env.PGHOST!).replace(/\b5432\b/g, env.PGPORT!);
}

async function runShell(script: string): Promise<{ status: number; stderr: string }> {
  const child = spawn('sh', ['-eu', '-c', script], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { status, stderr };
}

/** stderr holds a summary for each export that is not `--quiet`, and nothing else but what products and commands report. */
function expectReports({ code }: Block, stderr: string): void {
  const commands = code.replaceAll('\\\n', ' ').match(/^.*\bfast-export .*$/gm) ?? [];
  const exports = commands.filter((command) => !NO_EXPORT.test(command));
  const lines = stderr.split('\n').filter((line) => line !== '');
  const wrote = lines.filter((line) => /^fast-export: wrote [\d,]+ rows in /.test(line));
  const others = lines.filter((line) => !REPORTS.some((report) => report.test(line)));
  expect({ exports: wrote.length, others }).toEqual({ exports: exports.length, others: [] });
}

/** The files that a block's exports write; what it says with a variable, such as "$table.parquet", aside. */
function outputsOf({ code }: Block): string[] {
  const outputs = [...code.matchAll(/--out ([\w.]+)/g)].map(([, path]) => path!);
  return outputs.filter((path) => statSync(join(folder, path)).isFile());
}

async function rowsOf(file: string): Promise<number> {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(join(folder, file)));
  return Number(metadata.num_rows);
}

function expectCsv(before: ReadonlySet<string>): void {
  const kept = readdirSync(folder).filter((name) => !before.has(name));
  expect(kept).toEqual([expect.stringMatching(/^mpc_orbits\.parquet\.\w{8}\.csv$/)]);
  expect(readFileSync(join(folder, kept[0]!), 'utf8').split('\n', 1)[0]).toMatch(/^id,designation,/);
  expect(statSync(join(folder, kept[0]!)).mode & 0o777).toBe(0o600);
}
