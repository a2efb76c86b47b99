import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Recording, recordCorpus } from '../../fuzz/corpus.ts';
import { decode } from '../../fuzz/decode.ts';
import { type Finding, fuzzOne } from '../../fuzz/fuzz.ts';
import { check } from '../../fuzz/oracle.ts';
import { PLANTED_BUGS } from '../../fuzz/planted.ts';
import { CopyTap } from '../../src/postgres/copy-tap.ts';
import { testDatabase } from '../support/server.ts';

const database = testDatabase('fuzz');
const seed = Number(process.env.DDPP_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** A few seconds; `npm run fuzz` takes as many as are wanted. */
const STREAMS = 4000;
/** Of so many recordings one is cut at every offset. */
const RECORDINGS_PER_TRUNCATED = 12;

let corpus: Promise<Recording[]> | null = null;
function recordings(): Promise<Recording[]> {
  corpus ??= recordCorpus(database.dsn);
  return corpus;
}

test('what a real server sends comes out as the reference decoders have it', async () => {
  for (const recording of await recordings()) {
    const { transport, columns, name } = recording;
    const stream = Buffer.from(recording.stream, 'base64');
    const one = { transport, columns, stream, cuts: [], batchRows: 8, onUnrepresentable: 'null' } as const;
    expect(check(recording, one), `${name}, ${transport}`).toBeNull();
    expect(decode(one).outcome.kind, `${name}, ${transport}`).toBe('rows');
  }
});

test(`damaged and random streams are refused, or mean what they say (DDPP_TEST_SEED=${seed})`, async () => {
  const all = await recordings();
  const findings: Finding[] = [];
  for (let number = 0; number < STREAMS; number++) {
    const finding = fuzzOne(all, seed, number);
    if (finding !== null) findings.push(finding);
  }
  expect(findings).toEqual([]);
});

test('every truncation of a stream is refused, or waits for the rest', async () => {
  const all = await recordings();
  for (let i = seed % RECORDINGS_PER_TRUNCATED; i < all.length; i += RECORDINGS_PER_TRUNCATED) {
    const recording = all[i]!;
    const { transport, columns, name } = recording;
    const whole = Buffer.from(recording.stream, 'base64');
    for (let length = 0; length < whole.length; length++) {
      const stream = whole.subarray(0, length);
      const one = { transport, columns, stream, cuts: [], batchRows: 8, onUnrepresentable: 'null' } as const;
      expect(check(recording, one), `${length} bytes of ${name}, ${transport}`).toBeNull();
    }
  }
});

test('a message that claims to be large takes no memory before it comes', () => {
  const tap = new CopyTap(() => {}, 1 << 30);
  tap.start({ decode: (_b, _v, p) => p }, (error) => expect.fail(String(error)));
  const before = process.memoryUsage().arrayBuffers;
  for (const bytes of [[0x64, 0x3f, 0xff, 0xff, 0xf0], new Array<number>(100).fill(1)]) {
    const chunk = Uint8Array.from(bytes);
    tap.feed(chunk);
    tap.flush();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
});

test.each(PLANTED_BUGS)('the bug can still be planted: $name', ({ file, from }) => {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  expect(source.split(from)).toHaveLength(2);
});
