/**
 * Exports for an hour, or as long as it is told: the command under random faults, and the library in one process, while rows
 * move about in the table. `npm run soak -- --help` says more.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Comparison } from './comparer.ts';
import { FAULTS } from './kinds/all.ts';
import { LibraryProcess } from './library-process.ts';
import { Random } from './random.ts';
import { Source } from './source.ts';
import { measure, runTrial, VARIANTS } from './trial.ts';

const HELP = `Usage: npm run soak -- [options]

Exports a table over and over, by the command under random faults and by the library in one long process, while rows move
within the table. Prints what came of it; exit status 1 if rows were lost or doubled, anything else went wrong, or the
long process grew.

  --minutes <number>  how long, default 60
  --seed <number>     of the random choices
  --rows <count>      of the table, default 150000
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    rows: { type: 'string', default: '150000' },
    help: { type: 'boolean', default: false },
  },
});

/** Turns of the library's process before its size counts as the one at the start: code is compiled, pools are filled. */
const WARM_UP = 5;
/** What it may have grown by at the end. */
const GROWTH_LIMIT = 128 << 20;

interface Tally {
  exports: number;
  files: number;
  rows: number;
  faults: number;
  lost: number;
  doubled: number;
  /** Values that came changed over a connection without TLS, where a byte was changed. */
  changed: number;
  wrong: number;
}

/** The library's process after each of its turns. */
interface Sizes {
  readonly rss: number[];
  readonly openFiles: number[];
}

// Ends with what is under way, and reports what there was.
let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = (await soak()) ? 0 : 1;

/** Whether nothing went wrong. */
async function soak(): Promise<boolean> {
  const seed = Number(values.seed);
  console.log(`seed ${seed}`);
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-soak-'));
  const source = await Source.start(Number(values.rows));
  mkdirSync(join(folder, 'library'));
  const library = new LibraryProcess(source, join(folder, 'library'));
  const moving = new AbortController();
  try {
    const bytesAtStart = sizeOf(source.server.dataDir);
    const usual = new Map();
    for (const variant of VARIANTS) usual.set(variant, await measure(source, variant));
    const moved = moveRows(source, moving.signal);
    const tally: Tally = {
      exports: 0,
      files: 0,
      rows: 0,
      faults: 0,
      lost: 0,
      doubled: 0,
      changed: 0,
      wrong: 0,
    };
    const sizes: Sizes = { rss: [], openFiles: [] };
    const faults = FAULTS.filter(({ unavailable }) => (unavailable?.() ?? null) === null);
    const started = performance.now();
    const minutes = () => (performance.now() - started) / 60_000;
    let told = 0;
    const isOver = (number: number) =>
      stopped || (minutes() >= Number(values.minutes) && number > WARM_UP + 1);
    for (let number = 1; !isOver(number); number++) {
      const random = new Random(seed, 'soak', number);
      await commandTurn(source, random.pick(faults), { seed, number, usual }, tally);
      await libraryTurn(library, random, tally, sizes);
      if (minutes() >= told + 5) {
        told = Math.floor(minutes());
        console.log(
          `${told} minutes: ${line(tally)}; the library's process: ${megabytes(sizes.rss.at(-1)!)}`,
        );
      }
    }
    moving.abort();
    const moves = await moved;
    return report(tally, sizes, [
      `${minutes().toFixed(1)} minutes, ${values.rows} rows in the table, ${moves} times a hundredth of them moved`,
      `the server's files: ${megabytes(bytesAtStart)} at the start, ${megabytes(sizeOf(source.server.dataDir))} at the end`,
    ]);
  } finally {
    moving.abort();
    await library.close().catch(() => {});
    await source.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function commandTurn(
  source: Source,
  fault: (typeof FAULTS)[number],
  setting: Parameters<typeof runTrial>[2],
  tally: Tally,
): Promise<void> {
  const trial = await runTrial(source, fault, setting);
  tally.exports++;
  if (trial.outcome !== 'unhurt') tally.faults++;
  countFile(trial.output, source.comparer.rows, tally);
  if (trial.outcome !== 'wrong') return;
  tally.wrong++;
  console.log(
    `WRONG: ${fault.name} ${setting.number}: ${trial.reason}\n  ${trial.description}\n  ${trial.result.stderr}`,
  );
}

async function libraryTurn(
  library: LibraryProcess,
  random: Random,
  tally: Tally,
  sizes: Sizes,
): Promise<void> {
  const { answer, fault, output, complaint } = await library.turn(random);
  tally.exports++;
  if (answer.outcome === 'ended') tally.faults++;
  if (output === null) {
    tally.rows += answer.rows;
    tally.lost += answer.lost;
    tally.doubled += answer.doubled;
  }
  countFile(output, answer.rows, tally);
  sizes.rss.push(answer.rss);
  sizes.openFiles.push(answer.openFiles);
  if (complaint === null) return;
  tally.wrong++;
  console.log(`WRONG: the library, ${fault}: ${complaint}`);
}

function countFile(output: Comparison | null, rows: number, tally: Tally): void {
  if (output === null) return;
  if ('error' in output) {
    tally.lost += rows;
    return;
  }
  tally.files++;
  tally.rows += output.rows;
  if (output.changedCells === 1) {
    tally.changed++;
  } else {
    tally.lost += output.lost;
    tally.doubled += output.extra;
  }
}

/** Updates a column that is not exported, which moves rows to other places of the table: without a snapshot they would be read twice or not at all. Gives how often. */
async function moveRows(source: Source, signal: AbortSignal): Promise<number> {
  let times = 0;
  while (!signal.aborted) {
    await source.query('UPDATE stars SET moved = moved + 1 WHERE id % 100 = $1', [times % 100]);
    if (++times % 20 === 0) await source.query('VACUUM stars');
    await sleep(250, undefined, { signal }).catch(() => {});
  }
  return times;
}

function line({ exports, files, rows, faults, lost, doubled, changed, wrong }: Tally): string {
  const value = changed === 0 ? '' : `, ${changed} value(s) changed on connections without TLS`;
  return `${exports} exports, ${files} files, ${rows} rows written, ${faults} faults injected, ${lost} rows lost, ${doubled} doubled${value}, ${wrong} wrong outcomes`;
}

/** Prints what came of it all and gives whether it is good. */
function report(tally: Tally, { rss, openFiles }: Sizes, lines: readonly string[]): boolean {
  if (rss.length <= WARM_UP) return false;
  const atStart = { rss: median(rss.slice(WARM_UP, WARM_UP + 5)), openFiles: median(openFiles.slice(0, 5)) };
  const atEnd = { rss: median(rss.slice(-5)), openFiles: median(openFiles.slice(-5)) };
  for (const each of lines) console.log(each);
  console.log(line(tally));
  console.log(
    `the library's process after ${rss.length} exports: ${megabytes(atStart.rss)} resident at the start, ${megabytes(atEnd.rss)} at the end, ` +
      `${megabytes(Math.max(...rss))} at most; ${atStart.openFiles} open files at the start, ${atEnd.openFiles} at the end`,
  );
  const grown = atEnd.rss > atStart.rss + GROWTH_LIMIT || atEnd.openFiles > atStart.openFiles + 2;
  if (grown) console.log('WRONG: it grew');
  return tally.wrong + tally.lost + tally.doubled === 0 && !grown;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + size(join(entry.parentPath, entry.name)), 0);
}
