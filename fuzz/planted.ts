import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Recording } from './corpus.ts';
import { fuzzOne } from './fuzz.ts';

/** A bug that is planted into a copy of the sources: a piece of a file, once in it, and what it becomes. */
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

// Some pieces of the sources are templates of decoders themselves.
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: see above
export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: 'the fields of a binary row need not add up to its length',
    file: 'src/decode/binary-decoder.ts',
    from: 'if (generated.one.decode(b, v, p + 2, end, state[0]!) !== end) {',
    to: 'if (generated.one.decode(b, v, p + 2, end, state[0]!) < 0) {',
  },
  {
    name: 'an array may have a negative size',
    file: 'src/decode/array-shape.ts',
    from: 'if (size < 0) return false;',
    to: '',
  },
  {
    name: 'only the first dimension’s lower bound is looked at',
    file: 'src/decode/array-shape.ts',
    from: 'for (let d = 0; d < dimensions; d++) if (this.lowerBounds[d]',
    to: 'for (let d = 0; d < 1; d++) if (this.lowerBounds[d]',
  },
  {
    name: 'a binary stream may end without its trailer',
    file: 'src/decode/binary-decoder.ts',
    from: "if (this.#phase !== 'ended') this.failures.malformed('the data ended without its trailer');",
    to: '',
  },
  {
    name: 'an error names the row before',
    file: 'src/decode/failures.ts',
    from: 'return this.#rowCount() - this.#rowsBefore + 1;',
    to: 'return this.#rowCount() - this.#rowsBefore;',
  },
  {
    name: 'a doubled quote in CSV stays doubled',
    file: 'src/decode/unquoter.ts',
    from: '        p++;\n',
    to: '        to[n++] = QUOTE;\n        p++;\n',
  },
  {
    name: 'a composite may have more members than it has',
    file: 'src/decode/csv-source.ts',
    from: ' || text.count !== ${node.children.length}',
    to: ' || text.count < ${node.children.length}',
  },
  {
    name: 'a numeric may be longer than its digits',
    file: 'src/types/binary/numeric.ts',
    from: 'if (digits < 0 || n !== HEADER + 2 * digits || scale > MAX_SCALE) return false;',
    to: 'if (digits < 0 || n < HEADER + 2 * digits || scale > MAX_SCALE) return false;',
  },
  {
    name: 'a negative decimal loses its carry',
    file: 'src/types/decimal.ts',
    from: 'carry = sum >= LIMB ? 1 : 0;',
    to: 'carry = 0;',
  },
  {
    name: 'an inet may have more bits than its address',
    file: 'src/types/binary/inet.ts',
    from: 'if (bits > 8 * length) return false;',
    to: '',
  },
  {
    name: 'nulls at the begin of a column are counted, but one of them not marked',
    file: 'src/columns/bytes-builder.ts',
    from: 'this.validity[whole]! &= 0xff << (slots & 7);',
    to: 'this.validity[whole]! &= 0xff << ((slots & 7) - 1);',
  },
  {
    name: 'a message may be shorter than its header',
    file: 'src/postgres/copy-tap.ts',
    from: 'if (length < 4) {',
    to: 'if (length < 0) {',
  },
  {
    name: 'the end of a COPY is not noticed',
    file: 'src/postgres/copy-tap.ts',
    from: 'if (b[p] === READY_FOR_QUERY) this.#consumer = null;',
    to: '',
  },
  {
    name: 'fewer rows may come than the server has sent',
    file: 'src/export/jobs/row-reader.ts',
    from: 'if (sent !== came) {',
    to: 'if (sent < came) {',
  },
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What the copy needs to run. */
const COPIED = ['src', 'fuzz', 'tools', 'test/support', 'package.json'];
const STREAMS = 200_000;
const LIMIT_MS = 600_000;

/** Fuzzes a copy of the sources with each bug in turn, and prints how many streams it took to find it. Returns the exit status. */
export async function findPlanted(corpus: readonly Recording[], seed: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'ddpp-planted-'));
  try {
    for (const path of COPIED) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const recordings = join(folder, 'corpus.json');
    writeFileSync(recordings, JSON.stringify(corpus));
    const missed = PLANTED_BUGS.filter((bug) => !isFound(bug, folder, recordings, seed));
    console.log(
      `${PLANTED_BUGS.length - missed.length} of ${PLANTED_BUGS.length} planted bugs found; seed ${seed}`,
    );
    return missed.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether the fuzzer finds something in the copy that it does not find without the bug. */
function isFound(bug: PlantedBug, folder: string, recordings: string, seed: number): boolean {
  const { name, file, from, to } = bug;
  const path = join(folder, file);
  const source = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  const program = join(folder, 'fuzz', 'run.ts');
  const options = [
    '--corpus',
    recordings,
    '--streams',
    String(STREAMS),
    '--seed',
    String(seed),
    '--findings',
    '1',
  ];
  const run = spawnSync(process.execPath, [program, ...options], { encoding: 'utf8', timeout: LIMIT_MS });
  writeFileSync(path, source);
  const found =
    /^stream (\d+): .*\n {2}(.*)/m.exec(run.stdout) ?? /^stream (\d+) of .* (hangs)/m.exec(run.stderr);
  if (found === null) {
    console.log(`NOT FOUND: ${name} (${file}) ${run.stderr.trim().slice(-300)}`);
    return false;
  }
  const [, number, what] = found as unknown as [string, string, string];
  const corpus = JSON.parse(readFileSync(recordings, 'utf8')) as Recording[];
  const own = fuzzOne(corpus, seed, Number(number));
  if (own !== null) console.log(`NOT FOUND: ${name}, but without it: ${own.what}`);
  else console.log(`found in stream ${number}: ${name} (${file})\n    ${what.slice(0, 150)}`);
  return own === null;
}
