import type { FileContext } from '../file-context.ts';
import { Problem } from '../problem.ts';
import type { Leaf } from '../schema/file-schema.ts';
import { comparison, fitsOrder, isNaNValue, type Order } from '../schema/value-order.ts';
import type { Statistics } from '../thrift/metadata.ts';

/** What a page or a chunk holds, as it was found. */
export interface Found {
  /** Values, null and empty ones included. */
  readonly entries: number;
  readonly nulls: number;
  /** In PLAIN form, without length; null where there is no value but NaN. */
  readonly min: Uint8Array | null;
  readonly max: Uint8Array | null;
}

/** Which side a bound is on. */
type Side = 'min' | 'max';

/**
 * Checks the statistics of a page or chunk. Those of ddpp's own files must be as exact as they say, and complete;
 * those of others may be wider than the values. Throws `Problem`.
 */
export function checkStatistics(
  statistics: Statistics,
  found: Found,
  leaf: Leaf,
  context: FileContext,
): void {
  const { null_count: nulls, distinct_count: distinct } = statistics;
  if (nulls !== undefined) checkNullCount(nulls, found, leaf, context);
  if (distinct !== undefined) {
    if (distinct < 0 || distinct > found.entries) {
      throw new Problem(`its statistics count ${distinct} distinct values of ${found.entries}`);
    }
    context.notChecked.add('counts of distinct values');
  }
  checkDeprecated(statistics, found, leaf.order);
  const { min_value: min, max_value: max } = statistics;
  const order = context.orderOf(leaf);
  if (order === null) {
    if (min !== undefined || max !== undefined) context.notChecked.add(`minimum and maximum of ${leaf.name}`);
    return;
  }
  if (min !== undefined) checkBound('min', min, found, order);
  if (max !== undefined) checkBound('max', max, found, order);
  if (statistics.is_min_value_exact) checkExact('min', min, found, order);
  if (statistics.is_max_value_exact) checkExact('max', max, found, order);
  if (context.own) checkOwn(statistics, found, order, leaf);
}

/** Writers differ in whether an empty list counts as null in the columns below it: nested columns may do either. */
export function checkNullCount(nulls: number, found: Found, leaf: Leaf, context: FileContext): void {
  if (nulls === found.nulls) return;
  if (leaf.maxRepetition > 0 && !context.own && nulls >= 0 && nulls < found.nulls) {
    context.notChecked.add(`null counts of ${leaf.name}`);
    return;
  }
  throw new Problem(`its null count is ${found.nulls}, its statistics say ${nulls}`);
}

/** Checks that no value is beyond a bound. Bounds that are NaN bound nothing (parquet.thrift, `ColumnOrder`). */
export function checkBound(side: Side, bound: Uint8Array, found: Found, order: Order): void {
  if (!fitsOrder(order, bound.length)) {
    throw new Problem(`the ${nameOf(side)} in its statistics has ${bound.length} bytes`);
  }
  const value = found[side];
  if (value === null || isNaNValue(order, bound)) return;
  const difference = comparison(order)(bound, value);
  if (side === 'min' ? difference > 0 : difference < 0) throw wrongBound(side, bound, value, order);
}

/** Checks that a bound is the smallest or largest value itself. */
export function checkExact(side: Side, bound: Uint8Array | undefined, found: Found, order: Order): void {
  const value = found[side];
  if (bound === undefined || value === null) return;
  if (comparison(order)(bound, value) !== 0) throw wrongBound(side, bound, value, order);
}

function checkOwn(statistics: Statistics, found: Found, order: Order, leaf: Leaf): void {
  const { min_value: min, max_value: max, is_min_value_exact, is_max_value_exact } = statistics;
  if (statistics.null_count === undefined) throw new Problem('its statistics count no nulls');
  if ((min === undefined) !== (max === undefined)) throw new Problem('its statistics have one bound only');
  if (min === undefined || max === undefined) {
    // There may be no text above a long one that is short enough.
    if (found.min !== null && leaf.width !== null) throw new Problem('its statistics have no bounds');
    return;
  }
  if (found.min === null) throw new Problem('its statistics have bounds, but it has no values');
  if (is_min_value_exact === undefined || is_max_value_exact === undefined) {
    throw new Problem('its statistics do not say whether their bounds are exact');
  }
  if (leaf.width !== null && !(is_min_value_exact && is_max_value_exact)) {
    throw new Problem('its statistics say that their bounds are not exact');
  }
  if ((order === 'float' || order === 'double') && (isZero(min, 0) || isZero(max, 0x80))) {
    throw new Problem('its statistics have a bound of zero with the sign that leaves out the other zero');
  }
}

/** Whether a float is 0 (`sign` 0) or −0 (`sign` 0x80). */
function isZero(value: Uint8Array, sign: number): boolean {
  return value.at(-1) === sign && value.subarray(0, -1).every((byte) => byte === 0);
}

/** Bounds of the format's early days compare as signed; those of types that do not are as good as none. */
function checkDeprecated({ min, max }: Statistics, found: Found, order: Order | null): void {
  if (order === null || !['bool', 'int32', 'int64', 'float', 'double'].includes(order)) return;
  if (min !== undefined) checkBound('min', min, found, order);
  if (max !== undefined) checkBound('max', max, found, order);
}

function wrongBound(side: Side, bound: Uint8Array, value: Uint8Array, order: Order): Problem {
  return new Problem(
    `its ${nameOf(side)} is ${inWords(value, order)}, its statistics say ${inWords(bound, order)}`,
  );
}

function nameOf(side: Side): string {
  return side === 'min' ? 'minimum' : 'maximum';
}

const SHOWN_BYTES = 40;

function inWords(value: Uint8Array, order: Order): string {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  switch (order) {
    case 'bool':
      return String(value[0] === 1);
    case 'int32':
      return String(view.getInt32(0, true));
    case 'uint32':
      return String(view.getUint32(0, true));
    case 'int64':
      return String(view.getBigInt64(0, true));
    case 'uint64':
      return String(view.getBigUint64(0, true));
    case 'float':
      return String(view.getFloat32(0, true));
    case 'double':
      return String(view.getFloat64(0, true));
    case 'bytes': {
      const text = Buffer.from(value).toString('utf8');
      return JSON.stringify(text.length > SHOWN_BYTES ? `${text.slice(0, SHOWN_BYTES)}…` : text);
    }
    default:
      return `0x${Buffer.from(value).toString('hex')}`;
  }
}
