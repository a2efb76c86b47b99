/**
 * Fuzzes the decoders of COPY and the framing beneath them: damaged streams of a real server, and random ones, must be
 * refused by a plain error or come out as slow reference decoders have them.
 *
 *     npm run fuzz -- [--streams 1000000] [--seed N] [--only NUMBER] [--findings COUNT] [--corpus FILE]
 *     npm run fuzz -- --planted [--seed N]
 *
 * `--planted` shows that it finds bugs: each of some, planted into a copy of the sources.
 */
import { readFileSync } from 'node:fs';
import { startPostgres } from '../tools/postgres-server.ts';
import { type Recording, recordCorpus } from './corpus.ts';
import { type Coverage, measureCoverage, type Share } from './coverage.ts';
import { type Finding, fuzzOne } from './fuzz.ts';
import { fuzzOptions } from './options.ts';
import { findPlanted } from './planted.ts';
import { startWatchdog } from './watchdog.ts';

/** Streams whose coverage is measured: measuring is slow, and later streams add little. */
const MEASURED_STREAMS = 50_000;
const PROGRESS_STREAMS = 100_000;

const { streams, seed, only, corpus: file, findings: most, planted } = fuzzOptions();
const corpus = file === null ? await recorded() : (JSON.parse(readFileSync(file, 'utf8')) as Recording[]);
process.exitCode = planted ? await findPlanted(corpus, seed) : await fuzz();

async function recorded(): Promise<Recording[]> {
  const server = await startPostgres();
  try {
    return await recordCorpus(server.dsn);
  } finally {
    await server.stop('immediate');
  }
}

async function fuzz(): Promise<number> {
  console.log(`${corpus.length} recorded streams; seed ${seed}`);
  const watchdog = startWatchdog(seed);
  const findings: Finding[] = [];
  const from = only ?? 0;
  const to = only === null ? streams : only + 1;
  const started = performance.now();
  const decode = (first: number, last: number) => {
    for (let number = first; number < last && findings.length < most; number++) {
      watchdog.beat(number);
      const finding = fuzzOne(corpus, seed, number);
      if (finding !== null) findings.push(finding);
      if ((number + 1) % PROGRESS_STREAMS === 0) console.log(progress(number + 1 - from, started, findings));
    }
  };
  const measured = Math.min(to, from + MEASURED_STREAMS);
  const coverage = await measureCoverage(() => decode(from, measured));
  decode(measured, to);
  await watchdog.stop();
  console.log(progress(to - from, started, findings));
  console.log(report(coverage, measured - from));
  for (const { number, recording, what, stream } of findings) {
    console.log(`\nstream ${number}: ${recording}\n  ${what}\n  ${stream}`);
  }
  return findings.length === 0 ? 0 : 1;
}

function progress(count: number, started: number, findings: readonly Finding[]): string {
  const perSecond = Math.round((1000 * count) / (performance.now() - started));
  return `${count} streams, ${perSecond}/s, ${findings.length} findings, ${process.memoryUsage.rss() >> 20} MiB`;
}

function report({ functions, branches, generated, missed }: Coverage, count: number): string {
  return [
    `coverage of src/decode, the types' decoders and the tap, by the first ${count} streams: ${share('functions', functions)}, ${share('branches', branches)}`,
    `coverage of ${generated.decoders} generated decoders: ${share('functions', generated.functions)}, ${share('branches', generated.branches)}`,
    `not run: ${missed.join(' ')}`,
  ].join('\n');
}

function share(what: string, { hit, all }: Share): string {
  return `${hit} of ${all} ${what} (${((100 * hit) / all).toFixed(1)} %)`;
}
