import { expect, test } from 'vitest';
import { areMoreThan, sampleRuns } from '../../src/parquet/dictionary/sample.ts';

/** Of 4 bytes, the most that fit a dictionary page. */
const FITTING = 1 << 18;

/** The positions in the sample of a page. */
function sampled(count: number): number[] {
  return [...sampleRuns(count)].flatMap(([from, to]) =>
    Array.from({ length: to - from }, (_, i) => from + i),
  );
}

test.each([4096, 6600, 16_384])('a sample of %d values is a quarter of them, each once', (count) => {
  const positions = sampled(count);
  expect(new Set(positions).size).toBe(positions.length);
  expect(Math.max(...positions)).toBeLessThan(count);
  expect(positions.length / count).toBeGreaterThan(0.22);
  expect(positions.length / count).toBeLessThan(0.25);
});

test('a small page is looked at as a whole', () => {
  expect([...sampleRuns(4095)]).toEqual([[0, 4095]]);
});

test('values that come back at any fixed distance within the page are seen to come back', () => {
  const positions = sampled(16_384);
  for (let distance = 1; distance < 15_000; distance += 61) {
    const different = new Set(positions.map((position) => position % distance)).size;
    expect(areMoreThan(FITTING, positions.length, different), `distance ${distance}`).toBe(false);
  }
});

test.each([
  [1_000, false],
  [100_000, false],
  [2_000_000, true],
])('random ones of %d different values', (different, exceeds) => {
  const positions = sampled(16_384);
  const values = positions.map(() => Math.floor(Math.random() * different));
  expect(areMoreThan(FITTING, positions.length, new Set(values).size)).toBe(exceeds);
});
