import { MAX, MIN } from './layout';

const VECTOR: usize = 16;

/**
 * The least and the greatest of `count` values, for statistics: written to `MIN` and `MAX`. Floats: NaNs are passed over,
 * and where there is nothing else, `MIN` is above `MAX`. `least` and `greatest` are what any value is below and above.
 */
function scan<T>(values: usize, count: i32, least: T, greatest: T): void {
  const end = values + <usize>count * sizeof<T>();
  // WebAssembly compares no vectors of unsigned 64-bit numbers.
  if (isFloat<T>() || isSigned<T>()) {
    let low = v128.splat<T>(least);
    let high = v128.splat<T>(greatest);
    for (; values + VECTOR <= end; values += VECTOR) {
      const some = v128.load(values);
      low = v128.bitselect(some, low, v128.gt<T>(low, some));
      high = v128.bitselect(some, high, v128.gt<T>(some, high));
    }
    v128.store(MIN, low);
    v128.store(MAX, high);
    for (let lane: usize = 0; lane < VECTOR; lane += sizeof<T>()) {
      if (load<T>(MIN + lane) < least) least = load<T>(MIN + lane);
      if (load<T>(MAX + lane) > greatest) greatest = load<T>(MAX + lane);
    }
  }
  for (; values < end; values += sizeof<T>()) {
    const value = load<T>(values);
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  store<T>(MIN, least);
  store<T>(MAX, greatest);
}

export function scanInt32(values: usize, count: i32): void {
  scan<i32>(values, count, i32.MAX_VALUE, i32.MIN_VALUE);
}

export function scanUint32(values: usize, count: i32): void {
  scan<u32>(values, count, u32.MAX_VALUE, u32.MIN_VALUE);
}

export function scanInt64(values: usize, count: i32): void {
  scan<i64>(values, count, i64.MAX_VALUE, i64.MIN_VALUE);
}

export function scanUint64(values: usize, count: i32): void {
  scan<u64>(values, count, u64.MAX_VALUE, u64.MIN_VALUE);
}

export function scanFloat32(values: usize, count: i32): void {
  scan<f32>(values, count, f32.POSITIVE_INFINITY, f32.NEGATIVE_INFINITY);
}

export function scanFloat64(values: usize, count: i32): void {
  scan<f64>(values, count, f64.POSITIVE_INFINITY, f64.NEGATIVE_INFINITY);
}
