/** Smaller pages are looked at as a whole. */
const MIN_SAMPLED_VALUES = 1 << 12;

/** A page is divided into as many runs as this squared. */
const GRID = 8;

/**
 * A quarter of a page, to judge by before a hash table for all of it is made: for columns of random numbers such
 * tables would be most of the work at the start (measured: 100 MB for 50 columns).
 *
 * It consists of the first eight runs and of every eighth one, so every distance between two runs occurs: values that
 * come back at a fixed distance, as in a list that is repeated, are seen to come back.
 */
export function* sampleRuns(count: number): Generator<readonly [from: number, to: number]> {
  if (count < MIN_SAMPLED_VALUES) {
    yield [0, count];
    return;
  }
  const length = Math.floor(count / GRID ** 2);
  yield [0, GRID * length];
  for (let run = 2 * GRID - 1; run < GRID ** 2; run += GRID) yield [run * length, (run + 1) * length];
}

/**
 * Whether a sample with so many different values is from more than `most` of them. Among n draws from d equally frequent
 * values some n²/2d repeat an earlier one (the birthday problem); where some are more frequent, more do.
 */
export function areMoreThan(most: number, sampled: number, different: number): boolean {
  const repeats = sampled - different;
  return sampled ** 2 > 2 * most * (repeats + 1);
}
