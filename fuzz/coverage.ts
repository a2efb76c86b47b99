import { readFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';

/** What decodes: files by a part of their path, and the generated source, which has no path. */
const MEASURED =
  /\/src\/(?:decode\/|types\/(?:binary|text|convert)\/|types\/decimal\.ts|postgres\/copy-tap\.ts)/;

export interface Coverage {
  readonly functions: Share;
  readonly branches: Share;
  /** The same of the generated decoders: all of them together. */
  readonly generated: { readonly decoders: number; readonly functions: Share; readonly branches: Share };
  /** Where nothing has been run: `src/decode/x.ts:12`. */
  readonly missed: readonly string[];
}

export interface Share {
  readonly hit: number;
  readonly all: number;
}

/** Runs `work` and says how much of the decoders it has run (V8's block coverage). */
export async function measureCoverage(work: () => void): Promise<Coverage> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  await session.post('Profiler.stopPreciseCoverage');
  session.disconnect();
  const files = result.filter(({ url }) => MEASURED.test(url));
  const generated = result.filter(({ url }) => url === '');
  return {
    functions: functionsOf(files),
    branches: branchesOf(files),
    generated: {
      decoders: generated.length,
      functions: functionsOf(generated),
      branches: branchesOf(generated),
    },
    missed: files.flatMap(missedIn),
  };
}

function functionsOf(scripts: readonly Profiler.ScriptCoverage[]): Share {
  const counts = scripts.flatMap(({ functions }) => functions.map(({ ranges }) => ranges[0]!.count));
  return { hit: counts.filter((count) => count > 0).length, all: counts.length };
}

function branchesOf(scripts: readonly Profiler.ScriptCoverage[]): Share {
  const counts = scripts.flatMap(({ functions }) =>
    functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)),
  );
  return { hit: counts.filter((count) => count > 0).length, all: counts.length };
}

function missedIn({ url, functions }: Profiler.ScriptCoverage): string[] {
  const path = fileURLToPath(url);
  const source = readFileSync(path, 'utf8');
  const name = path.slice(path.lastIndexOf('/src/') + 1);
  const missed = functions.flatMap(({ ranges }) => ranges.filter(({ count }) => count === 0));
  const lines = missed.map(({ startOffset }) => source.slice(0, startOffset).split('\n').length);
  return [...new Set(lines)].sort((a, b) => a - b).map((line) => `${name}:${line}`);
}
