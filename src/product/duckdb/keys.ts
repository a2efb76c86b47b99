import { quoteIdentifier } from '../../postgres/copy-sql.ts';

/** The rows of one relation whose key the other one does not have. Keys are equal as stored, and never NULL. */
export function withoutKeys(rows: string, keys: string, key: readonly string[]): string {
  const same = key.map(quoteIdentifier).map((column) => `r.${column} = k.${column}`);
  return `SELECT r.* FROM ${rows} r ANTI JOIN ${keys} k ON ${same.join(' AND ')}`;
}

/** The key's columns, for a select list. */
export function keyList(key: readonly string[]): string {
  return key.map(quoteIdentifier).join(', ');
}
