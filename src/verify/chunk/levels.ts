import { BLOCK_VALUES } from '../encodings/block.ts';
import { bitWidth, HybridReader } from '../encodings/hybrid.ts';
import { Problem } from '../problem.ts';
import type { Leaf } from '../schema/file-schema.ts';
import type { PageParts, Part } from './page-body.ts';

/** Gets a page's levels, some thousand entries at a time. */
export interface LevelObserver {
  /** `definitions` and `repetitions` are valid during the call. */
  levels(definitions: Uint8Array, repetitions: Uint8Array, count: number): void;
}

/** What a page's levels come to. */
export interface LevelCounts {
  /** Entries that hold a value. */
  readonly values: number;
  /** Rows that begin in the page. */
  readonly rows: number;
  /** How many entries have each level. */
  readonly definitions: Float64Array;
  readonly repetitions: Float64Array;
  /** Whether the page begins with a new row. */
  readonly startsRow: boolean;
}

const definitions = new Uint8Array(BLOCK_VALUES);
const repetitions = new Uint8Array(BLOCK_VALUES);

/** Reads the levels of a page of `count` entries, and checks each. Throws `Problem`. */
export function readLevels(
  leaf: Leaf,
  parts: PageParts,
  count: number,
  observers: readonly LevelObserver[],
): LevelCounts {
  const { maxDefinition, maxRepetition } = leaf;
  const definitionReader = readerOf(parts.definitions, maxDefinition);
  const repetitionReader = readerOf(parts.repetitions, maxRepetition);
  const definitionCounts = new Float64Array(maxDefinition + 1);
  const repetitionCounts = new Float64Array(maxRepetition + 1);
  let startsRow = true;
  if (definitionReader === null) definitions.fill(0);
  if (repetitionReader === null) repetitions.fill(0);
  for (let done = 0; done < count; done += BLOCK_VALUES) {
    const size = Math.min(BLOCK_VALUES, count - done);
    definitionReader?.read(definitions, size);
    repetitionReader?.read(repetitions, size);
    countLevels(definitions, size, maxDefinition, definitionCounts, 'definition');
    countLevels(repetitions, size, maxRepetition, repetitionCounts, 'repetition');
    if (maxRepetition > 0) checkLists(leaf, size);
    if (done === 0) startsRow = repetitions[0] === 0;
    for (const observer of observers) observer.levels(definitions, repetitions, size);
  }
  definitionReader?.finish();
  repetitionReader?.finish();
  return {
    values: definitionCounts[maxDefinition]!,
    rows: repetitionCounts[0]!,
    definitions: definitionCounts,
    repetitions: repetitionCounts,
    startsRow,
  };
}

function readerOf(part: Part | null, max: number): HybridReader | null {
  return part === null ? null : new HybridReader(part.bytes, part.from, part.end, bitWidth(max));
}

function countLevels(
  levels: Uint8Array,
  count: number,
  max: number,
  counts: Float64Array,
  kind: string,
): void {
  if (max === 0) {
    counts[0]! += count;
    return;
  }
  if (max === 1) {
    let ones = 0;
    for (let i = 0; i < count; i++) ones += levels[i]!;
    counts[0]! += count - ones;
    counts[1]! += ones;
    return;
  }
  for (let i = 0; i < count; i++) {
    const level = levels[i]!;
    if (level > max) throw new Problem(`it has a ${kind} level of ${level}, where ${max} is the greatest`);
    counts[level]!++;
  }
}

/** An entry that goes on a list is an element of it. */
function checkLists({ repeatedDefinitions }: Leaf, count: number): void {
  for (let i = 0; i < count; i++) {
    const repetition = repetitions[i]!;
    if (repetition > 0 && definitions[i]! < repeatedDefinitions[repetition - 1]!) {
      throw new Problem('its levels go on a list that has no such element');
    }
  }
}
