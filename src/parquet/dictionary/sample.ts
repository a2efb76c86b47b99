/** Smaller pages are looked at as a whole. */
const MIN_SAMPLED_VALUES = 1 << 12;

type Run = readonly [from: number, to: number];

/** A page is divided into as many runs as this squared. */
const GRID = 8;

/**
 * A quarter of a page, to judge by before a hash table for all of it is made: for columns of random numbers such
 * tables would be most of the work at the start (measured: 100 MB for 50 columns).
 *
 * It consists of the first eight runs and of every eighth one, so every distance between two runs occurs: values that
 * come back at a fixed distance, as in a list that is repeated, are seen to come back.
 */
export function sampleRuns(count: number): [beginning: Run, ...others: Run[]] {
  if (count < MIN_SAMPLED_VALUES) return [[0, count]];
  const length = Math.floor(count / GRID ** 2);
  const runs: [Run, ...Run[]] = [[0, GRID * length]];
  for (let run = 2 * GRID - 1; run < GRID ** 2; run += GRID) runs.push([run * length, (run + 1) * length]);
  return runs;
}

/**
 * Whether a sample with so many different values is from more than `most` of them. Among n draws from d equally frequent
 * values some n²/2d repeat an earlier one (the birthday problem); where some are more frequent, more do.
 */
export function areMoreThan(most: number, sampled: number, different: number): boolean {
  const repeats = sampled - different;
  return sampled ** 2 > 2 * most * (repeats + 1);
}
