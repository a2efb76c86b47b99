import { DICTIONARY } from './layout';

/**
 * Dictionaries: the index of each of a page's values among the different values of its chunk, which are its entries. The
 * hash tables have open addressing and 2^bits slots, and are at most half full; a slot ends with its entry's index + 1, 0
 * where it is free. The kernels work with the dictionary described in `DICTIONARY`; they return how many values they
 * turned into indices: fewer than `count` where an entry more finds no room, −1 where a value takes too many probes to find.
 */

/** A value that takes more steps than this to be found means that the values defeat the hash function. */
const MAX_PROBES: i32 = 256;
/** Odd, and its bits without a pattern: 2^64 divided by the golden ratio. */
const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

function table(): usize {
  return load<usize>(DICTIONARY);
}

function bits(): i32 {
  return load<i32>(DICTIONARY, 4);
}

/** Where the entries lie, in PLAIN encoding but for the lengths of byte strings. */
function entries(): usize {
  return load<usize>(DICTIONARY, 8);
}

function known(): i32 {
  return load<i32>(DICTIONARY, 12);
}

function setKnown(count: i32): void {
  store<i32>(DICTIONARY, count, 12);
}

/** How many entries there may be. */
function room(): i32 {
  return load<i32>(DICTIONARY, 16);
}

/** Of byte strings: where the entries begin, int32 counted from the first one, and where the last one ends. */
function starts(): usize {
  return load<usize>(DICTIONARY, 20);
}

/** Of byte strings: bytes that the entries may take in PLAIN encoding. */
function bytesRoom(): i32 {
  return load<i32>(DICTIONARY, 24);
}

/** Of byte strings: bytes that an entry takes beside its own. */
function overhead(): i32 {
  return load<i32>(DICTIONARY, 28);
}

/** Where in a table of 2^bits slots the search begins; from the upper bits of the product, which all of the key decides. */
function hash(key: u64, bits: i32): usize {
  return <usize>(((key ^ (key >> 32)) * MULTIPLIER) >> (64 - bits));
}

function slotSize<T>(): usize {
  return 2 * sizeof<T>();
}

/** Values of one width, told apart by their bits. A slot is a value, then an index of the same width. */
function index<T>(values: usize, count: i32, indices: usize): i32 {
  const slots = table();
  const size = bits();
  const mask = (slotSize<T>() << size) - 1;
  const list = entries();
  const most = room();
  let entryCount = known();
  let i = 0;
  for (; i < count; i++) {
    const value = load<T>(values + <usize>i * sizeof<T>());
    let at = hash(value, size) * slotSize<T>();
    let entry = load<i32>(slots + at, sizeof<T>());
    for (let probes = 0; entry !== 0 && load<T>(slots + at) !== value; probes++) {
      if (probes === MAX_PROBES) {
        setKnown(entryCount);
        return -1;
      }
      at = (at + slotSize<T>()) & mask;
      entry = load<i32>(slots + at, sizeof<T>());
    }
    if (entry === 0) {
      if (entryCount === most) break;
      store<T>(list + <usize>entryCount * sizeof<T>(), value);
      entry = ++entryCount;
      store<T>(slots + at, value);
      store<i32>(slots + at, entry, sizeof<T>());
    }
    store<i32>(indices + ((<usize>i) << 2), entry - 1);
  }
  setKnown(entryCount);
  return i;
}

export function index4(values: usize, count: i32, indices: usize): i32 {
  return index<u32>(values, count, indices);
}

export function index8(values: usize, count: i32, indices: usize): i32 {
  return index<u64>(values, count, indices);
}

/** Fills an empty table with the entries that are known. */
function fill<T>(): void {
  const slots = table();
  const size = bits();
  const mask = (slotSize<T>() << size) - 1;
  for (let entry = 0; entry < known(); entry++) {
    const value = load<T>(entries() + <usize>entry * sizeof<T>());
    let at = hash(value, size) * slotSize<T>();
    while (load<i32>(slots + at, sizeof<T>()) !== 0) at = (at + slotSize<T>()) & mask;
    store<T>(slots + at, value);
    store<i32>(slots + at, entry + 1, sizeof<T>());
  }
}

export function fill4(): void {
  fill<u32>();
}

export function fill8(): void {
  fill<u64>();
}

/** A slot of a byte string: its key, 8 bytes; its length; the index. */
const SLOT: usize = 16;
const LENGTH: usize = 8;
const INDEX: usize = 12;
/** Strings up to this length are their keys. */
const SHORT: usize = 8;

/** Of a short string its bytes, of a longer one a hash of them. 8 bytes can be read at `from`, whatever the length. */
function keyOf(from: usize, length: usize): u64 {
  if (length === 0) return 0;
  if (length <= SHORT) return load<u64>(from) & (u64.MAX_VALUE >> (64 - 8 * <u64>length));
  let key: u64 = 0;
  const last = from + length - 8;
  for (; from < last; from += 8) key = rotl<u64>((key ^ load<u64>(from)) * MULTIPLIER, 31);
  return (key ^ load<u64>(last)) * MULTIPLIER;
}

function areEqual(a: usize, b: usize, length: usize): bool {
  const last = length - 8;
  for (let at: usize = 0; at < last; at += 8) {
    if (load<u64>(a + at) !== load<u64>(b + at)) return false;
  }
  return load<u64>(a + last) === load<u64>(b + last);
}

/** Byte strings: value i lies at `data` + offsets[i] … offsets[i + 1], int32. */
export function indexBytes(data: usize, offsets: usize, count: i32, indices: usize): i32 {
  const slots = table();
  const size = bits();
  const mask = (SLOT << size) - 1;
  const list = entries();
  const lists = starts();
  let from = data + load<i32>(offsets);
  let i = 0;
  for (; i < count; i++) {
    const end = data + load<i32>(offsets + ((<usize>i) << 2), 4);
    const length = end - from;
    const key = keyOf(from, length);
    let slot = slots + hash(key ^ length, size) * SLOT;
    let entry = load<i32>(slot, INDEX);
    for (let probes = 0; entry !== 0; probes++) {
      if (load<u64>(slot) === key && load<u32>(slot, LENGTH) === length) {
        if (length <= SHORT) break;
        if (areEqual(from, list + load<i32>(lists + ((<usize>entry - 1) << 2)), length)) break;
      }
      if (probes === MAX_PROBES) return -1;
      slot = slots + ((slot - slots + SLOT) & mask);
      entry = load<i32>(slot, INDEX);
    }
    if (entry === 0) {
      entry = add(from, <i32>length);
      if (entry === 0) break;
      store<u64>(slot, key);
      store<u32>(slot, length, LENGTH);
      store<i32>(slot, entry, INDEX);
    }
    store<i32>(indices + ((<usize>i) << 2), entry - 1);
    from = end;
  }
  return i;
}

/** Adds an entry and returns how many there are now; 0 where there is no room for it. */
function add(from: usize, length: i32): i32 {
  const count = known();
  const start = load<i32>(starts() + ((<usize>count) << 2));
  if (count === room() || start + length + overhead() * (count + 1) > bytesRoom()) return 0;
  memory.copy(entries() + start, from, length);
  store<i32>(starts() + ((<usize>count) << 2), start + length, 4);
  setKnown(count + 1);
  return count + 1;
}

export function fillBytes(): void {
  const mask = (SLOT << bits()) - 1;
  for (let entry = 0; entry < known(); entry++) {
    const at = starts() + ((<usize>entry) << 2);
    const from = load<u32>(at);
    const length = load<u32>(at, 4) - from;
    const key = keyOf(entries() + from, length);
    let slot = hash(key ^ length, bits()) * SLOT;
    while (load<i32>(table() + slot, INDEX) !== 0) slot = (slot + SLOT) & mask;
    store<u64>(table() + slot, key);
    store<u32>(table() + slot, length, LENGTH);
    store<i32>(table() + slot, entry + 1, INDEX);
  }
}
