/** Spoils streams: what a damaged connection, or a server that lies, might send. */
import type { Random } from './random.ts';

const INTERESTING_BYTES = [0, 1, 0x22, 0x2c, 0x30, 0x5c, 0x64, 0x7f, 0x80, 0xff];
const INTERESTING_INTS = [-1, 0, 1, 2, 4, 0x7fff, -0x8000, 0x7fffffff, -0x80000000, 0x10000, 1 << 24, 100];
const MAX_RUN = 12;
const HEADER = 5;
const COPY_DATA = 0x64;

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

/** Changes of bytes, whatever they stand for. */
const MUTATIONS: readonly Mutation[] = [
  // One bit.
  (bytes, random) => set(bytes, random, (byte) => byte ^ (1 << random.below(8))),
  (bytes, random) => set(bytes, random, () => random.below(256)),
  (bytes, random) => set(bytes, random, () => random.pick(INTERESTING_BYTES)),
  // Lengths and counts that are off by one, negative or huge.
  (bytes, random) => setInt32(bytes, random, (value) => value + random.pick([-1, 1])),
  (bytes, random) => setInt32(bytes, random, () => random.pick(INTERESTING_INTS)),
  (bytes, random) => setInt16(bytes, random, (value) => value + random.pick([-1, 1])),
  (bytes, random) => setInt16(bytes, random, () => random.pick(INTERESTING_INTS)),
  // Runs of bytes inserted, deleted, doubled, moved, taken from another stream.
  (bytes, random) => insert(bytes, random, random.bytes(random.between(1, MAX_RUN))),
  (bytes, random) => insert(bytes, random, run(bytes, random)),
  (bytes, random) => {
    const [from, to] = span(bytes, random);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random, another) => insert(bytes, random, run(another, random)),
  (bytes, random, another) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([
      bytes.subarray(0, at),
      another.subarray(Math.min(at, random.below(another.length + 1))),
    ]);
  },
];

/** Whole messages left out, doubled, exchanged, put into one another, or cut in two. */
const MESSAGE_MUTATIONS: readonly ((
  messages: Buffer[],
  random: Random,
  another: readonly Buffer[],
) => void)[] = [
  (messages, random) => void messages.splice(random.below(messages.length), 1),
  (messages, random) => {
    messages.splice(random.below(messages.length), 0, random.pick(messages));
  },
  (messages, random) => {
    const i = random.below(messages.length);
    const j = random.below(messages.length);
    [messages[i], messages[j]] = [messages[j]!, messages[i]!];
  },
  (messages, random, another) => {
    messages.splice(random.below(messages.length), 0, random.pick(another));
  },
  (messages, random) => {
    const i = random.below(messages.length);
    const payload = messages[i]!.subarray(HEADER);
    const at = random.below(payload.length + 1);
    messages.splice(i, 1, copyData(payload.subarray(0, at)), copyData(payload.subarray(at)));
  },
  (messages, random) => {
    const i = random.below(messages.length);
    const joined = messages.slice(i, i + 2).map((message) => message.subarray(HEADER));
    messages.splice(i, 2, copyData(Buffer.concat(joined)));
  },
  (messages, random) => {
    const i = random.below(messages.length);
    messages[i] = Buffer.from(messages[i]!);
    messages[i][0] = random.pick([0x64, 0x63, 0x43, 0x5a, 0x45, 0x48, 0x4e, random.below(256)]);
  },
];

/** A mutation of a valid stream; `another` is one of the same or of other columns. */
export function mutate(stream: Buffer, another: Buffer, random: Random): Buffer {
  let bytes: Buffer = stream;
  for (let times = random.between(1, 3); times > 0; times--) {
    const kind = random.next();
    if (kind < 0.6) bytes = mutatePayload(bytes, another, random);
    else if (kind < 0.75) bytes = mutateMessages(bytes, another, random);
    else bytes = random.pick(MUTATIONS)(Buffer.from(bytes), random, another);
  }
  return bytes;
}

/** Bytes at random: as they are, or framed as messages of data, or after a valid beginning. */
export function randomStream(stream: Buffer, random: Random): Buffer {
  const noise = () => random.bytes(random.below(40));
  switch (random.below(3)) {
    case 0:
      return noise();
    case 1:
      return Buffer.concat(Array.from({ length: random.between(1, 4) }, () => copyData(noise())));
    default: {
      const messages = messagesOf(stream);
      const kept = messages.slice(0, random.below(messages.length));
      return Buffer.concat([...kept, copyData(noise()), ...messages.slice(kept.length)]);
    }
  }
}

/** Changes what is within a message and keeps its length true, so that the change reaches the decoder's inner parts. */
function mutatePayload(bytes: Buffer, another: Buffer, random: Random): Buffer {
  const messages = messagesOf(bytes);
  if (messages.length === 0) return bytes;
  const i = random.below(messages.length);
  const message = messages[i]!;
  const theirs = random.pick(messagesOf(another)).subarray(HEADER);
  const payload = random.pick(MUTATIONS)(Buffer.from(message.subarray(HEADER)), random, theirs);
  messages[i] = framed(message[0]!, payload);
  return Buffer.concat(messages);
}

function mutateMessages(bytes: Buffer, another: Buffer, random: Random): Buffer {
  const messages = messagesOf(bytes);
  if (messages.length === 0) return bytes;
  random.pick(MESSAGE_MUTATIONS)(messages, random, messagesOf(another));
  return Buffer.concat(messages);
}

/** The whole messages of a stream that may be damaged; what follows the last one is one more. */
export function messagesOf(stream: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  let p = 0;
  while (p + HEADER <= stream.length) {
    const next = p + 1 + stream.readInt32BE(p + 1);
    if (next < p + HEADER || next > stream.length) break;
    messages.push(stream.subarray(p, next));
    p = next;
  }
  if (p + HEADER <= stream.length) messages.push(stream.subarray(p));
  return messages;
}

function copyData(payload: Buffer): Buffer {
  return framed(COPY_DATA, payload);
}

export function framed(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header[0] = type;
  header.writeInt32BE(payload.length + 4, 1);
  return Buffer.concat([header, payload]);
}

function set(bytes: Buffer, random: Random, change: (byte: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  bytes[at] = change(bytes[at]!);
  return bytes;
}

function setInt32(bytes: Buffer, random: Random, change: (value: number) => number): Buffer {
  if (bytes.length < 4) return bytes;
  const at = random.below(bytes.length - 3);
  bytes.writeInt32BE(change(bytes.readInt32BE(at)) | 0, at);
  return bytes;
}

function setInt16(bytes: Buffer, random: Random, change: (value: number) => number): Buffer {
  if (bytes.length < 2) return bytes;
  const at = random.below(bytes.length - 1);
  bytes.writeUInt16BE(change(bytes.readInt16BE(at)) & 0xffff, at);
  return bytes;
}

function insert(bytes: Buffer, random: Random, inserted: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

function span(bytes: Buffer, random: Random): [number, number] {
  const from = random.below(bytes.length + 1);
  return [from, Math.min(bytes.length, from + random.between(1, MAX_RUN))];
}

function run(bytes: Buffer, random: Random): Buffer {
  const [from, to] = span(bytes, random);
  return bytes.subarray(from, to);
}
