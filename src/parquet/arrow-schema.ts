import type * as Arrow from 'apache-arrow';
import type { Field } from '../types/kinds.ts';

/** The Arrow schema of the fields. Imports `apache-arrow` when first called, which takes some 60 ms. */
export async function arrowSchema(_fields: readonly Field[]): Promise<Arrow.Schema> {
  throw new Error('not written yet');
}

/** The value of the footer's `ARROW:schema` key: the schema as an Arrow IPC message, in base64. */
export async function arrowSchemaKey(_fields: readonly Field[]): Promise<string> {
  throw new Error('not written yet');
}
