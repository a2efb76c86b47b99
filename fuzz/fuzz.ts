import type { Recording } from './corpus.ts';
import type { DecodeCase } from './decode.ts';
import { mutate, randomStream } from './mutate.ts';
import { check } from './oracle.ts';
import { Random } from './random.ts';

/** A stream of which something else came than must. */
export interface Finding {
  /** The stream's number: with the seed it makes the same stream again. */
  readonly number: number;
  readonly recording: string;
  readonly what: string;
  readonly stream: string;
}

/** Decodes stream number `number` of a seed, and says what is wrong with what came of it. */
export function fuzzOne(corpus: readonly Recording[], seed: number, number: number): Finding | null {
  const random = new Random(seed + Math.imul(number, 0x9e3779b1));
  const recording = random.pick(corpus);
  const stream = streamFor(recording, corpus, random);
  const one: DecodeCase = {
    transport: recording.transport,
    columns: recording.columns,
    stream,
    cuts: cutsOf(stream.length, random),
    batchRows: random.pick([1, 2, 3, 8, 64]),
    onUnrepresentable: random.chance(0.5) ? 'error' : 'null',
  };
  const what = check(recording, one);
  if (what === null) return null;
  return {
    number,
    recording: `${recording.name}, ${recording.transport}, ${one.onUnrepresentable}, cut at ${one.cuts}`,
    what,
    stream: stream.toString('hex'),
  };
}

function streamFor(recording: Recording, corpus: readonly Recording[], random: Random): Buffer {
  const valid = Buffer.from(recording.stream, 'base64');
  const kind = random.next();
  if (kind < 0.02) return valid;
  if (kind < 0.07) return valid.subarray(0, random.below(valid.length));
  if (kind < 0.15) return randomStream(valid, random);
  const another = random.chance(0.5) ? valid : Buffer.from(random.pick(corpus).stream, 'base64');
  return mutate(valid, another, random);
}

/** None, a few, or one after each byte. */
function cutsOf(length: number, random: Random): number[] {
  if (random.chance(0.03)) return Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
  const cuts = Array.from({ length: random.below(5) }, () => random.below(length + 1));
  return [...new Set(cuts)].sort((a, b) => a - b);
}
