/** The bloom filter as the format describes it, in big integers, to check the writer's against. */

const M = 2n ** 64n - 1n;
const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

function rotate(x: bigint, bits: bigint): bigint {
  return ((x << bits) | (x >> (64n - bits))) & M;
}

function round(lane: bigint, input: bigint): bigint {
  return (rotate((lane + input * P2) & M, 31n) * P1) & M;
}

/** xxHash64 with seed 0. */
export function xxHash64(bytes: Uint8Array): bigint {
  const input = Buffer.from(bytes);
  let at = 0;
  let hash = P5;
  if (input.length >= 32) {
    const lanes = [(P1 + P2) & M, P2, 0n, -P1 & M];
    for (; at + 32 <= input.length; at += 32) {
      lanes.forEach((lane, i) => {
        lanes[i] = round(lane, input.readBigUInt64LE(at + 8 * i));
      });
    }
    hash = [1n, 7n, 12n, 18n].reduce((sum, bits, i) => (sum + rotate(lanes[i]!, bits)) & M, 0n);
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * P1 + P4) & M;
  }
  hash = (hash + BigInt(input.length)) & M;
  for (; at + 8 <= input.length; at += 8) {
    hash = (rotate(hash ^ round(0n, input.readBigUInt64LE(at)), 27n) * P1 + P4) & M;
  }
  if (at + 4 <= input.length) {
    hash = (rotate(hash ^ ((BigInt(input.readUInt32LE(at)) * P1) & M), 23n) * P2 + P3) & M;
    at += 4;
  }
  for (; at < input.length; at++) hash = (rotate(hash ^ ((BigInt(input[at]!) * P5) & M), 11n) * P1) & M;
  hash = ((hash ^ (hash >> 33n)) * P2) & M;
  hash = ((hash ^ (hash >> 29n)) * P3) & M;
  return hash ^ (hash >> 32n);
}

const salt = [
  0x47b6137bn,
  0x44974d91n,
  0x8824ad5bn,
  0xa2b7289dn,
  0x705495c7n,
  0x2df1424bn,
  0x9efc4947n,
  0x5c6bfb31n,
];

/** Whether the filter's bits hold a value possible, given in PLAIN encoding. */
export function mayHold(filter: Uint8Array, value: Uint8Array): boolean {
  const bits = Buffer.from(filter);
  const hash = xxHash64(value);
  const blocks = BigInt(filter.length / 32);
  const block = Number(((hash >> 32n) * blocks) >> 32n);
  return salt.every((factor, i) => {
    const bit = Number((((hash & 0xffffffffn) * factor) & 0xffffffffn) >> 27n);
    return ((bits.readUInt32LE(32 * block + 4 * i) >>> bit) & 1) === 1;
  });
}
