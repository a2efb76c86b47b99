/**
 * Times exporters side by side on the same tables, in interleaved rounds, each in a process of its own, and writes the
 * results into docs/benchmarks.md and docs/benchmarks.svg. `npm run bench -- --help` says more.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { chart } from './chart.ts';
import { missing, type Program, programs } from './programs.ts';
import { markdown, type Run } from './results.ts';
import { buildTables, rowsOf, TABLES } from './tables.ts';

const HELP = `Usage: npm run bench -- --dsn <string> [options]

Builds the benchmark's tables in the schema ddpp_bench (1.8 GB at scale 1) and times the programs that are installed.

  --dsn <string>     where to build and read the tables: a URI such as postgresql://user@host/dbname
  --scale <number>   size of the tables, default 1
  --rounds <count>   how often each program exports each table, default 5
  --tables <names>   default ${Object.keys(TABLES).join(',')}
  --programs <names> default all: ${programs('python3')
    .map(({ name }) => name)
    .join(', ')}
  --python <path>    a Python with bench/peers/requirements.txt, default .venv/bin/python, else python3
  --docs <directory> where benchmarks.md and benchmarks.svg are written, default docs
`;

const { values } = parseArgs({
  options: {
    dsn: { type: 'string' },
    scale: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    tables: { type: 'string', default: Object.keys(TABLES).join(',') },
    programs: { type: 'string' },
    python: { type: 'string' },
    docs: { type: 'string', default: fileURLToPath(new URL('../docs', import.meta.url)) },
    help: { type: 'boolean', default: false },
  },
});
const VENV = fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
const python = values.python ?? process.env.DDPP_PYTHON ?? (existsSync(VENV) ? VENV : 'python3');
const MEASURE = fileURLToPath(new URL('./measure.py', import.meta.url));

if (values.help || values.dsn === undefined) {
  (values.help ? process.stdout : process.stderr).write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  await bench(values.dsn, Number(values.scale), Number(values.rounds), values.tables.split(','));
}

async function bench(dsn: string, scale: number, rounds: number, tables: readonly string[]): Promise<void> {
  await buildTables(dsn, scale, console.log);
  const { able, absent } = choose();
  for (const line of absent) console.log(line);
  const results = new Map(
    tables.map((table) => [table, new Map(able.map(({ name }) => [name, [] as Run[]]))]),
  );
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-bench-'));
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const table of tables) {
        for (const program of able) {
          const run = await runOnce(program, dsn, table, rowsOf(table, scale), folder);
          console.log(`round ${round} ${table} ${program.name}: ${run.wall.toFixed(2)} s`);
          results.get(table)!.get(program.name)!.push(run);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const report = [
    `Scale ${scale}, ${rounds} rounds, ${new Date().toISOString().slice(0, 10)}, on ${machine()}.`,
    '',
    '![Wall times](benchmarks.svg)',
    '',
    ...able.map(({ name, about }) => `- **${name}**: ${about}`),
    ...absent.map((line) => `- ${line}`),
    '',
    markdown(results),
  ].join('\n');
  console.log(`\n${report}`);
  publish(report, chart(results));
}

/** The programs that are asked for and installed, and a line for each that is not. */
function choose(): { able: Program[]; absent: string[] } {
  const wanted = values.programs?.split(',');
  const asked = programs(python).filter(({ name }) => wanted?.includes(name) ?? true);
  const reasons = asked.map((program) => missing(program, python));
  return {
    able: asked.filter((_, i) => reasons[i] === null),
    absent: asked.flatMap(({ name }, i) =>
      reasons[i] === null ? [] : [`${name} is left out: ${reasons[i]}`],
    ),
  };
}

/** Runs a program on a table. Throws where it fails, or its file has another number of rows than the table. */
async function runOnce(
  program: Program,
  dsn: string,
  table: string,
  rows: number,
  folder: string,
): Promise<Run> {
  const out = join(folder, 'out.parquet');
  rmSync(out, { force: true });
  const command = program.command(dsn, table, out);
  const { stdout, stderr } = await promisify(execFile)(python, [MEASURE, ...command], { maxBuffer: 1 << 26 });
  const { status, wall, cpu, memory } = JSON.parse(stdout) as Run & { status: number };
  if (status !== 0) throw new Error(`${program.name} failed on ${table} with ${status}:\n${stderr}`);
  if (!program.writes) return { wall, cpu, memory, file: 0 };
  const count = await countRows(out);
  if (count !== rows) throw new Error(`${program.name} wrote ${count} of ${rows} rows of ${table}`);
  return { wall, cpu, memory, file: statSync(out).size };
}

async function countRows(path: string): Promise<number> {
  const connection = await (await DuckDBInstance.create()).connect();
  try {
    const reader = await connection.runAndReadAll(`SELECT count(*) FROM read_parquet('${path}')`);
    return Number(reader.getRows()[0]![0]);
  } finally {
    connection.closeSync();
  }
}

function machine(): string {
  const cores = availableParallelism();
  return `${cores} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}`;
}

/** Puts the report between the marks in benchmarks.md, and the chart beside it. */
function publish(report: string, svg: string): void {
  const path = join(values.docs, 'benchmarks.md');
  const [begin, end] = ['<!-- results: written by npm run bench -->', '<!-- end of results -->'];
  const text = existsSync(path) ? readFileSync(path, 'utf8') : `# Benchmarks\n\n${begin}\n${end}\n`;
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before)
    throw new Error(`${path} has no place for the results: ${begin} … ${end}`);
  writeFileSync(path, `${text.slice(0, before)}${begin}\n\n${report}\n\n${text.slice(after)}`);
  writeFileSync(join(values.docs, 'benchmarks.svg'), svg);
  console.log(`\nwritten into ${path}`);
}
