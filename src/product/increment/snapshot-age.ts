/** A `pg_snapshot`: `xmin:xmax:xip_list` ("System Information Functions", pg_snapshot components). */
interface SnapshotBounds {
  /** All transactions below it had ended. */
  readonly xmin: bigint;
  /** No transaction at or above it had ended. */
  readonly xmax: bigint;
}

const XIDS = 1n << 32n;

function boundsOf(pgSnapshot: string): SnapshotBounds {
  const [xmin, xmax] = pgSnapshot.split(':');
  return { xmin: BigInt(xmin!), xmax: BigInt(xmax!) };
}

/** Whether a snapshot was taken before another one of the same server. */
export function isOlder(pgSnapshot: string, than: string): boolean {
  const [own, other] = [boundsOf(pgSnapshot), boundsOf(than)];
  return own.xmin < other.xmin || own.xmax < other.xmax;
}

/** Whether a WAL position such as `1/6A000028` comes before another one. */
export function isEarlier(walPosition: string, than: string): boolean {
  return numberOf(walPosition) < numberOf(than);
}

function numberOf(walPosition: string): bigint {
  const [high, low] = walPosition.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

/**
 * The condition that holds for every row version that was written since the snapshot `previous`, among those that the
 * snapshot `current` sees; for others at times. `table` is the table's name in the query, quoted.
 *
 * A row's xmin is the low half of the 64-bit transaction id that wrote it, and stays when the row is frozen (from
 * PostgreSQL 9.4 on; "Routine Vacuuming"). All that the current snapshot sees was written below its xmax. The largest
 * such id with that low half, which is what xmin is widened to, is never below the true one; so the condition misses
 * nothing, whatever the epoch: at worst a row from 2^32 transactions ago comes once more.
 *
 * What was in flight at the previous snapshot, subtransactions and prepared transactions included, has ids at or
 * above that snapshot's xmin.
 */
export function writtenSince(previous: string, current: string, table: string): string {
  const since = boundsOf(previous).xmin;
  const latest = boundsOf(current).xmax - 1n;
  const span = latest - since < XIDS ? latest - since : XIDS - 1n;
  // How long before the latest id, modulo 2^32. Postgres has no order of xids, and no cast to numbers but by text.
  const age = `(${latest % XIDS} OPERATOR(pg_catalog.-) ${table}.xmin::pg_catalog.text::pg_catalog.int8)`;
  return `(${age} OPERATOR(pg_catalog.&) ${XIDS - 1n}) OPERATOR(pg_catalog.<=) (${span})`;
}
