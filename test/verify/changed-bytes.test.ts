import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ParquetFileOptions } from '../../src/parquet/options.ts';
import type { Field } from '../../src/types/kinds.ts';
import { optional } from '../parquet/arbitraries.ts';
import { type Batch, writeTable } from '../parquet/files.ts';
import { inspect } from '../parquet/inspect.ts';
import { problemOf, verifyBytes } from './in-memory.ts';

/** Columns whose pages come in every encoding. */
const fields: readonly Field[] = [
  { name: 'i', type: { id: 'int', bitWidth: 64, signed: true }, nullable: true },
  { name: 'few', type: { id: 'int', bitWidth: 32, signed: true }, nullable: false },
  { name: 'f', type: { id: 'float', bitWidth: 64 }, nullable: true },
  { name: 't', type: { id: 'utf8' }, nullable: true },
  { name: 'b', type: { id: 'bool' }, nullable: true },
  { name: 'd', type: { id: 'decimal128', precision: 30, scale: 3 }, nullable: false },
  {
    name: 'l',
    type: { id: 'list', element: { name: 'element', type: { id: 'utf8' }, nullable: true } },
    nullable: true,
  },
];

/** A random number from 0 up to, not including, `limit`; the same ones for the same seed (mulberry32). */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % limit;
  };
}

const SEED = Number(process.env.DDPP_VERIFY_SEED ?? Date.now() % 1_000_000);

function randomBatch(rows: number, seed: number): Batch {
  return fields.map((field) => {
    const many = fc.array(optional(field), { minLength: rows, maxLength: rows, size: 'max' });
    const [values] = fc.sample(many, { numRuns: 1, seed });
    return field.name === 'few' ? values!.map((_, i) => values![i % 3]!) : values!;
  });
}

describe('single bytes of pages', () => {
  const kinds: readonly Partial<ParquetFileOptions>[] = [
    { encoding: 'compatible' },
    { encoding: 'compact' },
    { encoding: 'compact', compression: 'uncompressed', compressionLevel: 0 },
    { encoding: 'compatible', compression: 'snappy', compressionLevel: 0 },
    { encoding: 'compatible', compression: 'lz4_raw', compressionLevel: 0 },
  ];

  test('each of 1,000 random changes is caught', async () => {
    console.log(`seed ${SEED}: DDPP_VERIFY_SEED=${SEED} repeats it`);
    const random = randomNumbers(SEED);
    const missed: string[] = [];
    let changes = 0;
    for (const [kind, options] of kinds.entries()) {
      const batch = randomBatch(200, SEED + kind);
      const path = await writeTable({ fields, rowGroups: [[batch, batch], [batch]] }, options);
      const bytes = readFileSync(path);
      await verifyBytes(bytes);
      const pages = inspect(path)
        .flat()
        .flatMap((chunk) => chunk.pages);
      for (let i = 0; i < 1000 / kinds.length; i++, changes++) {
        const page = pages[random(pages.length)]!;
        const at = page.offset + random(page.length);
        const before = bytes[at]!;
        bytes[at] = before ^ (1 + random(255));
        if ((await problemOf(bytes)) === null)
          missed.push(`file ${kind}, byte ${at}: ${before} → ${bytes[at]}`);
        bytes[at] = before;
      }
    }
    console.log(`${changes} changes, ${changes - missed.length} caught`);
    expect(changes).toBe(1000);
    expect(missed).toEqual([]);
  });
});

describe('a small file', () => {
  let bytes: Buffer;
  let footerStart: number;

  beforeAll(async () => {
    const table = { fields, rowGroups: [[randomBatch(9, 11)]] };
    bytes = readFileSync(await writeTable(table, { bloomFilters: ['i', 't'] }));
    footerStart = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
    await verifyBytes(bytes);
  });

  /** Changes each byte from `from` to `end` in several ways, and gives those changes that were not caught. */
  async function missedChanges(from: number, end: number, ways: number): Promise<string[]> {
    const missed: string[] = [];
    const random = randomNumbers(from);
    for (let at = from; at < end; at++) {
      const before = bytes[at]!;
      const others = new Set([before ^ 1, before ^ 0x80, 0, random(256)].slice(0, ways));
      others.delete(before);
      for (const other of others) {
        bytes[at] = other;
        if ((await problemOf(bytes)) === null) missed.push(`byte ${at}: ${before} → ${other}`);
      }
      bytes[at] = before;
    }
    return missed;
  }

  test('every byte of its footer, of the length and of both magics counts', async () => {
    expect(await missedChanges(footerStart, bytes.length, 4)).toEqual([]);
    expect(await missedChanges(0, 4, 4)).toEqual([]);
  });

  test('every byte before its footer counts: pages, their headers, bloom filters, page indexes', async () => {
    expect(await missedChanges(4, footerStart, 2)).toEqual([]);
  });

  test('it is not good cut off anywhere, nor with something behind it', async () => {
    const good: number[] = [];
    for (let length = 0; length < bytes.length; length++) {
      if ((await problemOf(bytes.subarray(0, length))) === null) good.push(length);
    }
    expect(good).toEqual([]);
    expect(await problemOf(Buffer.concat([bytes, Buffer.alloc(1)]))).not.toBeNull();
    expect(await problemOf(Buffer.concat([bytes, bytes.subarray(-8)]))).not.toBeNull();
  });

  test('nothing can be taken out of its midst, nor put into it', async () => {
    const good: number[] = [];
    for (let at = 4; at < bytes.length - 8; at += 7) {
      const without = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
      const more = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1), bytes.subarray(at)]);
      for (const changed of [without, more]) if ((await problemOf(changed)) === null) good.push(at);
    }
    expect(good).toEqual([]);
  });
});
