/**
 * The hybrid of run-length encoding and bit packing that levels and dictionary indices are stored in (Parquet format,
 * Encodings.md, "RLE = 3"): `count` int32 below 2^width, width 1 … 24, as bytes at `out`; returns where these end.
 */
export function hybrid(values: usize, count: i32, width: i32, out: usize): usize {
  // A run costs up to four bytes and may cut a packed stretch in two.
  const shortestRun = max(8, (32 + width - 1) / width);
  let packedFrom = 0;
  // A run of eight fills one of these blocks of four: most of the others are passed over after one comparison.
  for (let block = 0; block + 4 <= count; block += 4) {
    const value = at(values, block);
    if (!i32x4.all_true(i32x4.eq(v128.load(values + ((<usize>block) << 2)), i32x4.splat(value)))) continue;
    let start = block;
    while (start > packedFrom && at(values, start - 1) === value) start--;
    let end = block + 4;
    while (end < count && at(values, end) === value) end++;
    if (end - start >= shortestRun) {
      // Packed stretches have a multiple of 8 values: fill up the one before from this run.
      const runFrom = start + ((packedFrom - start) & 7);
      if (end - runFrom >= shortestRun) {
        if (runFrom > packedFrom) out = pack(values, packedFrom, runFrom, width, out);
        out = run(value, end - runFrom, width, out);
        packedFrom = end;
      }
    }
    block = (end & ~3) - 4;
  }
  return packedFrom < count ? pack(values, packedFrom, count, width, out) : out;
}

function at(values: usize, i: i32): i32 {
  return load<i32>(values + ((<usize>i) << 2));
}

function run(value: i32, count: i32, width: i32, out: usize): usize {
  out = varint(count * 2, out);
  store<i32>(out, value);
  return out + ((width + 7) >> 3);
}

/** The last group of 8 is filled up with zeros. */
function pack(values: usize, from: i32, to: i32, width: i32, out: usize): usize {
  const groups = (to - from + 7) >> 3;
  out = varint(groups * 2 + 1, out);
  const end = out + groups * width;
  let word: u64 = 0;
  let bits = 0;
  for (let i = from; i < to; i++) {
    word |= (<u64>at(values, i)) << bits;
    bits += width;
    if (bits >= 32) {
      store<u32>(out, <u32>word);
      out += 4;
      bits -= 32;
      word >>= 32;
    }
  }
  for (; out < end; out++) {
    store<u8>(out, <u8>word);
    word >>= 8;
  }
  return end;
}

/** Unsigned LEB128. */
function varint(value: u32, out: usize): usize {
  for (; value > 0x7f; value >>= 7) store<u8>(out++, <u8>(value | 0x80));
  store<u8>(out, <u8>value);
  return out + 1;
}
