import { MAX, MIN } from './layout';

/**
 * The least and the greatest of `count` values, for statistics: written to `MIN` and `MAX`. Floats: NaNs are passed over,
 * and where there is nothing else, `MIN` is above `MAX`.
 */
export function scanInt32(values: usize, count: i32): void {
  let least = i32x4.splat(i32.MAX_VALUE);
  let greatest = i32x4.splat(i32.MIN_VALUE);
  const end = values + ((<usize>count) << 2);
  for (; values + 16 <= end; values += 16) {
    const four = v128.load(values);
    least = i32x4.min_s(least, four);
    greatest = i32x4.max_s(greatest, four);
  }
  for (; values < end; values += 4) {
    const one = i32x4.splat(load<i32>(values));
    least = i32x4.min_s(least, one);
    greatest = i32x4.max_s(greatest, one);
  }
  store<i32>(
    MIN,
    min(
      min(i32x4.extract_lane(least, 0), i32x4.extract_lane(least, 1)),
      min(i32x4.extract_lane(least, 2), i32x4.extract_lane(least, 3)),
    ),
  );
  store<i32>(
    MAX,
    max(
      max(i32x4.extract_lane(greatest, 0), i32x4.extract_lane(greatest, 1)),
      max(i32x4.extract_lane(greatest, 2), i32x4.extract_lane(greatest, 3)),
    ),
  );
}

/** Of unsigned numbers. */
export function scanUint32(values: usize, count: i32): void {
  let least = u32.MAX_VALUE;
  let greatest = u32.MIN_VALUE;
  for (const end = values + ((<usize>count) << 2); values < end; values += 4) {
    least = min(least, load<u32>(values));
    greatest = max(greatest, load<u32>(values));
  }
  store<u32>(MIN, least);
  store<u32>(MAX, greatest);
}

export function scanInt64(values: usize, count: i32): void {
  let least = i64x2.splat(i64.MAX_VALUE);
  let greatest = i64x2.splat(i64.MIN_VALUE);
  const end = values + ((<usize>count) << 3);
  for (; values + 16 <= end; values += 16) {
    const two = v128.load(values);
    least = v128.bitselect(two, least, i64x2.gt_s(least, two));
    greatest = v128.bitselect(two, greatest, i64x2.gt_s(two, greatest));
  }
  const last = values < end ? load<i64>(values) : i64x2.extract_lane(least, 0);
  store<i64>(MIN, min(last, min(i64x2.extract_lane(least, 0), i64x2.extract_lane(least, 1))));
  const last2 = values < end ? load<i64>(values) : i64x2.extract_lane(greatest, 0);
  store<i64>(MAX, max(last2, max(i64x2.extract_lane(greatest, 0), i64x2.extract_lane(greatest, 1))));
}

/** Of unsigned numbers. */
export function scanUint64(values: usize, count: i32): void {
  let least = u64.MAX_VALUE;
  let greatest = u64.MIN_VALUE;
  for (const end = values + ((<usize>count) << 3); values < end; values += 8) {
    least = min(least, load<u64>(values));
    greatest = max(greatest, load<u64>(values));
  }
  store<u64>(MIN, least);
  store<u64>(MAX, greatest);
}

export function scanFloat32(values: usize, count: i32): void {
  let least = f32x4.splat(f32.POSITIVE_INFINITY);
  let greatest = f32x4.splat(f32.NEGATIVE_INFINITY);
  const end = values + ((<usize>count) << 2);
  for (; values + 16 <= end; values += 16) {
    const four = v128.load(values);
    // The pseudo-minimum keeps its first operand where the second is NaN.
    least = f32x4.pmin(least, four);
    greatest = f32x4.pmax(greatest, four);
  }
  for (; values < end; values += 4) {
    const one = f32x4.splat(load<f32>(values));
    least = f32x4.pmin(least, one);
    greatest = f32x4.pmax(greatest, one);
  }
  store<f32>(
    MIN,
    min(
      min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
      min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
    ),
  );
  store<f32>(
    MAX,
    max(
      max(f32x4.extract_lane(greatest, 0), f32x4.extract_lane(greatest, 1)),
      max(f32x4.extract_lane(greatest, 2), f32x4.extract_lane(greatest, 3)),
    ),
  );
}

export function scanFloat64(values: usize, count: i32): void {
  let least = f64x2.splat(f64.POSITIVE_INFINITY);
  let greatest = f64x2.splat(f64.NEGATIVE_INFINITY);
  const end = values + ((<usize>count) << 3);
  for (; values + 16 <= end; values += 16) {
    const two = v128.load(values);
    least = f64x2.pmin(least, two);
    greatest = f64x2.pmax(greatest, two);
  }
  if (values < end) {
    const one = f64x2.splat(load<f64>(values));
    least = f64x2.pmin(least, one);
    greatest = f64x2.pmax(greatest, one);
  }
  store<f64>(MIN, min(f64x2.extract_lane(least, 0), f64x2.extract_lane(least, 1)));
  store<f64>(MAX, max(f64x2.extract_lane(greatest, 0), f64x2.extract_lane(greatest, 1)));
}
