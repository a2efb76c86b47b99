/** Smaller pages are looked at as a whole. */
export const MIN_SAMPLED_VALUES = 1 << 13;

/** With more different values than this in the sample, a dictionary of them all would not fit its page. */
export const DISTINCT = 0.995;

/** A page is divided into as many runs as this squared. */
const GRID = 8;

/**
 * A quarter of a page, to judge by before a hash table for all of it is made: for columns of random numbers that
 * would be most of the work at the start (measured: a tenth of the CPU time of 300,000 rows of 50 of them).
 *
 * It consists of the first eight runs and of every eighth one, so every distance between two runs occurs: values that
 * come back at a fixed distance, as in a list that is repeated, are seen to come back.
 */
export function* sampleRuns(count: number): Generator<readonly [from: number, to: number]> {
  const length = Math.floor(count / GRID ** 2);
  yield [0, GRID * length];
  for (let run = 2 * GRID - 1; run < GRID ** 2; run += GRID) yield [run * length, (run + 1) * length];
}
