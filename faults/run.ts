/**
 * Runs the real command against a real server under faults at random moments, and holds what comes of each against what
 * is promised. `npm run test:faults -- --help` says more.
 */
import { parseArgs } from 'node:util';
import { OUTCOMES, type Outcome } from './fault.ts';
import { FAULTS } from './kinds/all.ts';
import { Source } from './source.ts';
import { measure, runTrial, type Trial, VARIANTS } from './trial.ts';

const HELP = `Usage: npm run test:faults -- [options]

Exports a table again and again, each time under another fault, and prints a table of what came of them. Exit status 1 if
anything did that must not.

  --times <count>   how often each fault, default 10
  --seed <number>   repeats the random choices of an earlier run; the machine's own timing differs
  --only <words>    only the faults whose names hold one of these words, separated by commas
  --number <count>  only this one of the times, from 1
  --rows <count>    of the table, default 150000
  --verbose         a line for each export
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: '' },
    number: { type: 'string' },
    rows: { type: 'string', default: '150000' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

// The export that is under way ends first: what it has mounted and started is to go.
let stopped = false;
process.once('SIGINT', () => {
  stopped = true;
});

if (values.help) process.stdout.write(HELP);
else process.exitCode = (await runAll()) ? 0 : 1;

/** Whether nothing went wrong. */
async function runAll(): Promise<boolean> {
  const seed = Number(values.seed);
  const words = values.only.split(',');
  const chosen = FAULTS.filter(({ name }) => words.some((word) => name.includes(word)));
  const numbers = values.number
    ? [Number(values.number)]
    : Array.from({ length: Number(values.times) }, (_, i) => i + 1);
  console.log(`seed ${seed}`);
  const source = await Source.start(Number(values.rows));
  const results = new Map<string, Trial[]>();
  try {
    const usual = new Map();
    for (const variant of VARIANTS) usual.set(variant, await measure(source, variant));
    for (const fault of chosen) {
      const reason = fault.unavailable?.() ?? null;
      if (reason !== null) {
        console.log(`left out: ${fault.name}: ${reason}`);
        continue;
      }
      const trials: Trial[] = [];
      results.set(fault.name, trials);
      for (const number of numbers) {
        const trial = await runTrial(source, fault, { seed, number, usual });
        if (stopped) return false;
        trials.push(trial);
        if (values.verbose) console.log(`${fault.name} ${number}: ${trial.outcome}: ${trial.description}`);
        if (trial.outcome === 'wrong') complain(fault.name, number, trial);
      }
    }
  } finally {
    await source.stop();
  }
  console.log(`\n${table(results)}`);
  const trials = [...results.values()].flat();
  const wrong = trials.filter(({ outcome }) => outcome === 'wrong').length;
  console.log(`\n${trials.length} exports of ${values.rows} rows, ${wrong} wrong outcomes, seed ${seed}`);
  return wrong === 0 && trials.length > 0;
}

function complain(name: string, number: number, { description, reason, result }: Trial): void {
  console.log(`WRONG: ${name} ${number}: ${reason}\n  ${description}`);
  console.log(
    `  status ${result.status ?? result.signal}\n  ${result.stderr.trimEnd().replaceAll('\n', '\n  ')}`,
  );
}

/** Fault, times, and how often each outcome, as a Markdown table. */
function table(results: ReadonlyMap<string, readonly Trial[]>): string {
  const trials = [...results.values()].flat();
  const columns = OUTCOMES.filter(
    (each) => each === 'wrong' || trials.some(({ outcome }) => outcome === each),
  );
  const count = (of: readonly Trial[], wanted: Outcome) =>
    of.filter(({ outcome }) => outcome === wanted).length;
  const row = (name: string, of: readonly Trial[]) =>
    `| ${[name, of.length, ...columns.map((each) => count(of, each) || '')].join(' | ')} |`;
  return [
    `| ${['fault', 'times', ...columns].join(' | ')} |`,
    `|---|${'--:|'.repeat(columns.length + 1)}`,
    ...[...results].map(([name, of]) => row(name, of)),
    row('all', trials),
  ].join('\n');
}
