/** What the runs of a benchmark come to: medians, ratios, and how they are written down. */

/** One run of one program on one table: seconds, bytes. */
export interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
  /** Size of the file; 0 for a program that writes none. */
  readonly file: number;
}

/** The runs of each program, by table; run `i` of all programs of a table is of the same round. */
export type Results = ReadonlyMap<string, ReadonlyMap<string, readonly Run[]>>;

const MEASURES = ['wall', 'cpu', 'memory', 'file'] as const;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function medians(runs: readonly Run[]): Run {
  const of = (measure: (typeof MEASURES)[number]) => median(runs.map((run) => run[measure]));
  return { wall: of('wall'), cpu: of('cpu'), memory: of('memory'), file: of('file') };
}

/**
 * The medians of the ratios, round by round, of the first runs to the others: a machine whose speed drifts from round
 * to round does not bend them.
 */
export function ratios(ours: readonly Run[], others: readonly Run[]): Run {
  const of = (measure: (typeof MEASURES)[number]) =>
    median(ours.map((run, i) => run[measure] / others[i]![measure]));
  return { wall: of('wall'), cpu: of('cpu'), memory: of('memory'), file: of('file') };
}

/** A Markdown table of the medians, and one of the ratios of the first program to the others. */
export function markdown(results: Results): string {
  const lines = [
    '| table | program | wall s | CPU s | memory MB | file MB |',
    '|---|---|---:|---:|---:|---:|',
  ];
  const compared = [
    '| table | compared with | wall | CPU | memory | file |',
    '|---|---|---:|---:|---:|---:|',
  ];
  for (const [table, byProgram] of results) {
    const [first, ...others] = [...byProgram];
    for (const [program, runs] of byProgram) {
      const { wall, cpu, memory, file } = medians(runs);
      const size = file === 0 ? '' : (file / 1e6).toFixed(1);
      lines.push(
        `| ${table} | ${program} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} | ${(memory / 1e6).toFixed(0)} | ${size} |`,
      );
    }
    for (const [program, runs] of others) {
      const { wall, cpu, memory, file } = ratios(first![1], runs);
      const size = Number.isFinite(file) ? file.toFixed(2) : '';
      compared.push(
        `| ${table} | ${program} | ${wall.toFixed(2)} | ${cpu.toFixed(2)} | ${memory.toFixed(2)} | ${size} |`,
      );
    }
  }
  const name = [...(results.values().next().value?.keys() ?? [])][0];
  return [
    ...lines,
    '',
    `${name} in ratio to the others, medians over the rounds; below 1 it takes less:`,
    '',
    ...compared,
  ].join('\n');
}
