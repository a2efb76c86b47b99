import type { Range } from './chunk/page-index.ts';
import { Problem } from './problem.ts';

/** Which parts of a file belong to something. Parts that touch are kept as one, so that it stays small. */
export class Coverage {
  #ranges: Range[] = [];

  /** Adds the parts of one row group. Throws `Problem` where two of them overlap. */
  add(ranges: readonly Range[]): void {
    this.#ranges.push(...merged(ranges));
  }

  /** The parts of both, in file order. Throws `Problem` where two of them overlap. */
  static all(...coverages: readonly Coverage[]): Range[] {
    return merged(coverages.flatMap((coverage) => coverage.#ranges));
  }
}

/** The stretches between `from` and `end` that belong to none of the ranges, which are in order. */
export function gaps(ranges: readonly Range[], from: number, end: number): Omit<Range, 'what'>[] {
  const found: Omit<Range, 'what'>[] = [];
  let at = from;
  for (const range of ranges) {
    if (range.from > at) found.push({ from: at, end: range.from });
    at = range.end;
  }
  if (end > at) found.push({ from: at, end });
  return found;
}

function merged(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  for (const range of ranges.filter(({ from, end }) => from < end).sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last !== undefined && range.from < last.end) {
      throw new Problem(
        `${range.what} at byte ${range.from} overlaps ${last.what} that ends at byte ${last.end}`,
      );
    }
    if (last !== undefined && range.from === last.end) out[out.length - 1] = { ...last, end: range.end };
    else out.push(range);
  }
  return out;
}
