import { begin, length, SPAN } from './layout';

/** Kernels whose result is a bitmap, least significant bit first, that begins with bit `shift`, 0 to 7. */

/** Bytes 0 and 1 as bits; bits before `shift`, of NULLs and beyond the last value are 0. Another byte: −1. */
export function bits(spans: usize, count: i32, out: usize, shift: i32, _x: f64, _y: f64): i32 {
  let odd: u32 = 0;
  let byte: u32 = 0;
  let at = shift;
  for (let i = 0; i < count; i++) {
    const span = spans + <usize>i * SPAN;
    const value = length(span) < 0 ? 0 : <u32>load<u8>(begin(span));
    odd |= value;
    byte |= value << (at & 7);
    if ((++at & 7) === 0) {
      store<u8>(out++, <u8>byte);
      byte = 0;
    }
  }
  store<u8>(out, <u8>byte);
  return odd > 1 ? -1 : 0;
}

/** Whether values are there, as bits: 0 for NULL; bits before `shift` and beyond the last value are 1. Returns the number of NULLs. */
export function validity(spans: usize, count: i32, out: usize, shift: i32): i32 {
  let nulls = 0;
  let byte: u32 = 0xff;
  let at = shift;
  for (let i = 0; i < count; i++) {
    const isNull = i32(length(spans + <usize>i * SPAN) < 0);
    nulls += isNull;
    byte &= ~((<u32>isNull) << (at & 7));
    if ((++at & 7) === 0) {
      store<u8>(out++, <u8>byte);
      byte = 0xff;
    }
  }
  store<u8>(out, <u8>byte);
  return nulls;
}
