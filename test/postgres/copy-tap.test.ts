import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { CopyTap } from '../../src/postgres/copy-tap.ts';

const KIB = 1 << 10;
/** Longer than bytes are left waiting. */
const LONG_MS = 100;
const READY_FOR_QUERY = [0x5a, 0, 0, 0, 5, 0x49];

/** A CopyData message of so many bytes. */
function copyData(bytes: number): Uint8Array {
  const message = new Uint8Array(bytes).fill(0x2e);
  message[0] = 0x64;
  new DataView(message.buffer).setInt32(1, bytes - 1);
  return message;
}

/** A tap with a COPY that runs, and what became of its bytes. */
function runningCopy() {
  const forwarded: number[] = [];
  /** Bytes of CopyData that were consumed at a time. */
  const consumed: number[] = [];
  const decode = vi.fn((b: Uint8Array, v: DataView, p: number, stop: number) => {
    const first = p;
    while (p + 5 <= stop && b[p] === 0x64 && p + 1 + v.getInt32(p + 1) <= stop) p += 1 + v.getInt32(p + 1);
    if (p > first) consumed.push(p - first);
    return p;
  });
  const tap = new CopyTap((bytes) => forwarded.push(...bytes), 64 << 20);
  tap.start({ decode }, (error) => expect.unreachable(String(error)));
  return { tap, decode, consumed, forwarded };
}

describe('while a COPY runs', () => {
  test('bytes are consumed when there are many', () => {
    const { tap, consumed } = runningCopy();
    for (let i = 0; i < 20; i++) tap.feed(copyData(10 * KIB));
    expect(consumed).toEqual([130 * KIB]);
  });

  test('bytes are consumed when some time has gone by', async () => {
    const { tap, consumed } = runningCopy();
    tap.feed(copyData(100));
    expect(consumed).toEqual([]);
    await sleep(LONG_MS);
    expect(consumed).toEqual([100]);
    tap.feed(copyData(200));
    await sleep(LONG_MS);
    expect(consumed).toEqual([100, 200]);
  });

  test('bytes are consumed when the server says that it is ready', () => {
    const { tap, consumed, forwarded } = runningCopy();
    tap.feed(Uint8Array.from([...copyData(100), ...READY_FOR_QUERY.slice(0, 4)]));
    expect([consumed, forwarded]).toEqual([[], []]);
    tap.feed(Uint8Array.from(READY_FOR_QUERY.slice(4)));
    expect([consumed, forwarded]).toEqual([[100], READY_FOR_QUERY]);
    // What comes after the COPY is forwarded at once.
    tap.feed(Uint8Array.of(1, 2, 3));
    expect(forwarded).toEqual([...READY_FOR_QUERY, 1, 2, 3]);
  });

  test('while it is paused, nothing is consumed because of the time', async () => {
    const { tap, consumed } = runningCopy();
    tap.feed(copyData(100));
    tap.pause();
    await sleep(LONG_MS);
    expect(consumed).toEqual([]);
    tap.resume();
    await sleep(LONG_MS);
    expect(consumed).toEqual([100]);
  });

  test('a message longer than the buffer is looked at when it is whole', () => {
    const { tap, consumed, decode } = runningCopy();
    const message = copyData(10 << 20);
    tap.feed(copyData(100));
    for (let p = 0; p < message.length; p += 8 * KIB) tap.feed(message.subarray(p, p + 8 * KIB));
    expect(consumed).toEqual([100, 10 << 20]);
    expect(decode).toHaveBeenCalledTimes(2);
  });

  test('bytes that come behind a message that is not whole are put behind it', () => {
    const { tap, consumed } = runningCopy();
    const messages = Array.from({ length: 50 }, (_, i) => copyData(1000 + i));
    const stream = Buffer.concat(messages);
    for (let p = 0; p < stream.length; p += 777) {
      const room = tap.room();
      // As a read does that is under way: the room is taken before what waits is consumed.
      tap.flush();
      room.set(stream.subarray(p, p + 777));
      tap.received(Math.min(777, stream.length - p));
    }
    tap.flush();
    expect(consumed.reduce((sum, bytes) => sum + bytes)).toBe(stream.length);
  });

  test('nothing is consumed any more after it was dropped', async () => {
    const { tap, consumed, forwarded } = runningCopy();
    tap.feed(copyData(100));
    tap.drop();
    tap.feed(copyData(300 * KIB));
    await sleep(LONG_MS);
    expect([consumed, forwarded]).toEqual([[], []]);
  });
});
