import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandResult, type RunningCommand, spawnFastExport } from '../test/support/command.ts';
import { startProxy } from '../tools/proxy.ts';
import { type Comparison, isRight } from './comparer.ts';
import type { Fault, Preparation, TrialSetting, Usual } from './fault.ts';
import { judge, type Observation, type Verdict } from './judge.ts';
import { Random } from './random.ts';
import { COLUMNS, type Source } from './source.ts';

/** An export that takes so much longer than usual waits for something that does not come: as many times as long, and this. */
const WAITING_FACTOR = 5;
const WAITING_MS = 20_000;
/** How long it may then take to end. */
const STOP_LIMIT_MS = 20_000;
/** How long the server may take to see that its client is gone. */
const SESSIONS_LIMIT_MS = 20_000;

/** How an export is run. */
export interface Variant {
  readonly jobs: number;
  readonly transport: 'binary' | 'csv';
}

export const VARIANTS: readonly Variant[] = [
  { jobs: 2, transport: 'binary' },
  { jobs: 1, transport: 'binary' },
  { jobs: 1, transport: 'csv' },
];

/** What one export under a fault showed. */
export interface Trial extends Verdict {
  readonly description: string;
  readonly result: CommandResult;
  /** The file that it made, against the table; null without one. */
  readonly output: Comparison | null;
}

/** Runs one export under a fault and judges what comes of it. `number` and `seed` decide everything but the machine's own timing. */
export async function runTrial(
  source: Source,
  fault: Fault,
  { seed, number, usual }: { seed: number; number: number; usual: ReadonlyMap<Variant, Usual> },
): Promise<Trial> {
  const random = new Random(seed, fault.name, number);
  const variant = random.pick(VARIANTS);
  const root = mkdtempSync(join(tmpdir(), 'ddpp-trial-'));
  const folder = join(root, 'out');
  const out = join(folder, 'stars.parquet');
  for (const each of ['out', 'tmp']) mkdirSync(join(root, each));
  try {
    const earlier = random.chance(0.7);
    if (earlier) writeFileSync(out, `the file of run ${number - 1}`);
    const application = `${basename(root)} ${number}`;
    const setting: TrialSetting = { source, random, application, folder, out, usual: usual.get(variant)! };
    const preparation = await fault.prepare(setting);
    // A pipe cannot be read back.
    const verified = random.chance(0.25) && preparation.pipe === undefined;
    const rowGroupSize = String(random.pick([3_000, 20_000, 100_000]));
    const args = [...exportArguments(variant), '--row-group-size', rowGroupSize];
    if (verified) args.push('--verify');
    const seen = await observe(setting, preparation, args).finally(() => preparation.cleanUp?.());
    let verdict = judge(seen);
    if (verdict.outcome === 'killed') verdict = await judgeNext(setting, args);
    if (verdict.outcome !== 'wrong' && !fault.allowed.includes(verdict.outcome))
      verdict = { outcome: 'wrong', reason: `"${verdict.outcome}" must not come of it` };
    const { result, output } = seen;
    const description = `${preparation.description}; ${args.slice(4).join(' ')}`;
    return { ...verdict, description, result, output };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Measures an undisturbed export. */
export async function measure(source: Source, variant: Variant): Promise<Usual> {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-trial-'));
  const { host, port } = source.server;
  const proxy = await startProxy({ upstream: { host, port } });
  try {
    const out = join(folder, 'stars.parquet');
    const args = [...exportArguments(variant), '--out', out];
    // The first run warms caches up and shows what is sent; the second one, without the proxy, is timed.
    await succeed(startExport(source, args, { port: proxy.port }));
    const started = performance.now();
    await succeed(startExport(source, args));
    const milliseconds = performance.now() - started;
    const comparison = await source.comparer.compare(out);
    if (!isRight(comparison))
      throw new Error(`an undisturbed export is wrong: ${JSON.stringify(comparison)}`);
    return { milliseconds, fileBytes: statSync(out).size, streamBytes: proxy.counters.bytesByConnection };
  } finally {
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function succeed(running: RunningCommand): Promise<void> {
  const { status, stderr } = await running.result;
  if (status !== 0) throw new Error(`an undisturbed export failed: ${stderr}`);
}

/** The arguments of an export in this way, without the output. */
export function exportArguments({ jobs, transport }: Variant): string[] {
  const table = ['--table', 'public.stars', '--columns', COLUMNS];
  return [...table, '--jobs', String(jobs), '--transport', transport, '--quiet'];
}

/** Starts an export of the source. */
export function startExport(
  { server }: Source,
  args: readonly string[],
  { port = server.port, sslmode = 'disable', command = {} }: Partial<Preparation> = {},
  env: Readonly<Record<string, string>> = {},
): RunningCommand {
  const connection = {
    PGHOST: server.host,
    PGPORT: String(port),
    PGUSER: server.user,
    PGPASSWORD: server.password,
    PGDATABASE: server.database,
    PGSSLMODE: sslmode,
  };
  return spawnFastExport(args, { ...command, env: { ...connection, ...env, ...command.env } });
}

async function observe(
  { source, application, folder, out, usual }: TrialSetting,
  preparation: Preparation,
  args: readonly string[],
): Promise<Observation> {
  const { pipe, movedTo, signal = null } = preparation;
  const temporary = join(folder, '..', 'tmp');
  const before = identity(out);
  const env = { PGAPPNAME: application, TMPDIR: temporary };
  const running = startExport(source, [...args, '--out', pipe?.path ?? out], preparation, env);
  const ended = endOf(running, WAITING_FACTOR * usual.milliseconds + WAITING_MS);
  const injected = await preparation.inject(running);
  const { result, waited } = await ended;
  const met = (await preparation.settle?.(result)) ?? injected;
  const written = movedTo === undefined ? out : join(movedTo, basename(out));
  let output: Comparison | null = null;
  if (identity(written) !== before) output = await source.comparer.compare(written);
  // What the reader of a pipe has received cannot be taken back.
  else if (pipe !== undefined && result.status === 0) output = await source.comparer.compare(pipe.received);
  const left = [...list(folder), ...list(temporary)].filter((name) => name !== basename(out));
  return { result, met, signal, waited, output, left, sessions: await sessionsLeft(source, application) };
}

/** What comes of the next export to the same file, which is to clean up after the one that was killed. */
async function judgeNext(setting: TrialSetting, args: readonly string[]): Promise<Verdict> {
  const next = await observe(setting, { description: 'the next export', inject: () => false }, args);
  const { outcome, reason } = judge(next);
  if (outcome === 'unhurt') return { outcome: 'killed', reason: null };
  return { outcome: 'wrong', reason: `the next export: ${reason ?? outcome}: ${next.result.stderr}` };
}

/** Waits for the command's end; one that waits for something that does not come is told to end. */
async function endOf(
  running: RunningCommand,
  limit: number,
): Promise<{ result: CommandResult; waited: boolean }> {
  const patience = new AbortController();
  let waited = false;
  const stop = async () => {
    await sleep(limit, undefined, { signal: patience.signal });
    waited = true;
    running.child.kill('SIGTERM');
    await sleep(STOP_LIMIT_MS, undefined, { signal: patience.signal });
    running.child.kill('SIGKILL');
  };
  const stopping = stop().catch(() => {});
  const result = await running.result;
  patience.abort();
  await stopping;
  return { result, waited };
}

/** What tells a file from every other; null where there is none. */
function identity(path: string): string | null {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return null;
  return `${stats.ino} ${stats.mtimeMs} ${stats.size} ${stats.size < 100 ? readFileSync(path, 'latin1') : ''}`;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function sessionsLeft(source: Source, application: string): Promise<number> {
  const deadline = performance.now() + SESSIONS_LIMIT_MS;
  for (;;) {
    const sessions = await source.sessions(application);
    if (sessions === 0 || performance.now() > deadline) return sessions;
    await sleep(20);
  }
}
