import { COLUMN, FOUND, SPAN, SPANS } from './layout';

/** A CopyData message: 'd', int32 length; then, of a row, int16 number of fields. */
const COPY_DATA: u32 = 0x64;
const LEAST_MESSAGE: usize = 7;

/**
 * Notes the spans of the fields of consecutive CopyData messages at `p`, each a row of binary COPY (COPY, "Binary Format",
 * "Tuples"): at most `rows` of them, which are whole before `stop` and begin before `enough`. The records of the columns are
 * `columns … end`. Returns where it stopped: before the first message that is no such row, or whose fields do not have the
 * widths of their columns.
 */
export function walk(
  p: usize,
  stop: usize,
  enough: usize,
  columns: usize,
  end: usize,
  spans: usize,
  rows: i32,
): usize {
  const fields = (end - columns) / COLUMN;
  for (let column = columns; column < end; column += COLUMN) store<i32>(column, 0, 4);
  let found = 0;
  while (found < rows && p < enough && p + LEAST_MESSAGE <= stop && load<u8>(p) === COPY_DATA) {
    const next = p + 1 + bswap<u32>(load<u32>(p, 1));
    if (next > stop || next < p + LEAST_MESSAGE || bswap<u16>(load<u16>(p, 5)) !== fields) break;
    if (!walkRow(p + LEAST_MESSAGE, next, columns, end, spans + <usize>found * SPAN)) break;
    p = next;
    found++;
  }
  store<i32>(FOUND, found);
  return p;
}

/** One row's fields: int32 length, −1 for NULL, then that many bytes. False where they do not add up. */
function walkRow(p: usize, next: usize, column: usize, end: usize, span: usize): bool {
  for (; column < end; column += COLUMN, span += SPANS) {
    const n = bswap<i32>(load<i32>(p));
    p += 4;
    store<u64>(span, ((<u64>(<u32>n)) << 32) | <u64>p);
    const width = load<i32>(column);
    // By the column's width and not by `n`: the next length can be read before this one is known.
    if (n === width) p += width;
    else if (n < -1 || (n >= 0 && width >= 0) || n > <i32>(next - p)) return false;
    else if (n >= 0) p += n;
    else store<i32>(column, 1, 4);
  }
  return p === next;
}
