/**
 * Which entries of a dictionary occur among `count` indices: writes each once to `out`, in the order of first occurrence,
 * and returns how many there are. `seen` is room for a bit for each of the dictionary's `known` entries.
 */
export function distinct(indices: usize, count: i32, known: i32, seen: usize, out: usize): i32 {
  memory.fill(seen, 0, (<usize>known >> 3) + 1);
  const begin = out;
  for (const end = indices + ((<usize>count) << 2); indices < end; indices += 4) {
    const index = load<u32>(indices);
    const byte = seen + (index >> 3);
    const bit = 1 << (index & 7);
    const bits = <i32>load<u8>(byte);
    if ((bits & bit) === 0) {
      store<u8>(byte, bits | bit);
      store<u32>(out, index);
      out += 4;
    }
  }
  return <i32>((out - begin) >> 2);
}
