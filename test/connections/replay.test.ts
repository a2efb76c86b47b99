import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Replay } from '../../src/export/jobs/replay.ts';
import type { CopyConsumer } from '../../src/postgres/copy-tap.ts';

/** One CopyData message. */
function copyData(content: Uint8Array): Buffer {
  const header = Buffer.from([0x64, 0, 0, 0, 0]);
  header.writeInt32BE(4 + content.length, 1);
  return Buffer.concat([header, content]);
}

/** Takes whole messages and keeps their content. */
class Collector implements CopyConsumer {
  readonly taken: string[] = [];

  decode(b: Uint8Array, v: DataView, p: number, stop: number): number {
    while (p + 5 <= stop && b[p] === 0x64) {
      const next = p + 1 + v.getInt32(p + 1);
      if (next > stop) break;
      this.taken.push(Buffer.from(b.subarray(p + 5, next)).toString('hex'));
      p = next;
    }
    return p;
  }
}

/** Hands the stream to the consumer as a connection does: in chunks, what is not whole once more with the rest. */
function feed(consumer: CopyConsumer, stream: Buffer, chunk: number): void {
  let from = 0;
  for (let to = Math.min(chunk, stream.length); ; to = Math.min(to + chunk, stream.length)) {
    const bytes = Uint8Array.from(stream.subarray(0, to));
    from = consumer.decode(bytes, new DataView(bytes.buffer), from, to);
    if (to === stream.length) return;
  }
}

const rows = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 30 });
const chunk = fc.integer({ min: 1, max: 200 });

describe('a COPY that is read again', () => {
  test('is consumed once, wherever it broke off before', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(), { maxLength: 4 }), chunk, (contents, cuts, size) => {
        const stream = Buffer.concat(contents.map(copyData));
        const collector = new Collector();
        const replay = new Replay(collector);
        for (const cut of cuts) {
          feed(replay, stream.subarray(0, cut % (stream.length + 1)), size);
          replay.again();
        }
        feed(replay, stream, size);
        replay.end();
        expect(collector.taken).toEqual(contents.map((content) => Buffer.from(content).toString('hex')));
      }),
    );
  });

  test('of up to 8 KiB is refused where any byte of what was taken differs', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 255 }), chunk, (contents, at, change, size) => {
        const stream = Buffer.concat(contents.map(copyData));
        const other = Buffer.from(stream);
        other[at % stream.length]! ^= change;
        const collector = new Collector();
        const replay = new Replay(collector);
        feed(replay, stream, size);
        const taken = [...collector.taken];
        replay.again();
        expect(() => {
          feed(replay, other, size);
          replay.end();
        }).toThrow('after a lost connection the server sent other rows than before');
        expect(collector.taken).toEqual(taken);
      }),
    );
  });

  test('of many rows is refused where a sample of 8 KiB differs, one of which is in each 64 KiB', () => {
    const contents = Array.from({ length: 5_000 }, (_, i) => new Uint8Array(60).fill(i));
    const stream = Buffer.concat(contents.map(copyData));
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.nat((8 << 10) - 1),
        fc.integer({ min: 9_000, max: 70_000 }),
        (stride, at, size) => {
          const replay = new Replay(new Collector());
          feed(replay, stream, size);
          replay.again();
          const other = Buffer.from(stream);
          other[(stride * (64 << 10) + at) % stream.length]! ^= 1;
          expect(() => {
            feed(replay, other, size + 1);
            replay.end();
          }).toThrow('other rows');
          // Read once more, as it was.
          replay.again();
          feed(replay, stream, size + 2);
          replay.end();
        },
      ),
    );
  });

  test('is refused where the rows come in another order, or end sooner', () => {
    const [a, b] = [copyData(Buffer.from('row 1')), copyData(Buffer.from('row 2'))];
    for (const again of [[b, a], [a]]) {
      const replay = new Replay(new Collector());
      feed(replay, Buffer.concat([a, b]), 1_000);
      replay.again();
      expect(() => {
        feed(replay, Buffer.concat(again), 1_000);
        replay.end();
      }).toThrow('other rows');
    }
  });
});
