import { createHash } from 'node:crypto';
import { arrowName } from '../../types/arrow-names.ts';
import type { Field } from '../../types/kinds.ts';
import type { ManifestField } from './manifest.ts';

/** The Arrow schema of an export as a manifest has it. */
export function manifestFields(fields: readonly Field[]): ManifestField[] {
  return fields.map(({ name, type, nullable, metadata }) => ({
    name,
    type: arrowName(type),
    nullable,
    postgresType: metadata?.['postgres:type'] ?? null,
  }));
}

/** SHA-256, in hexadecimal digits, of the JSON text `[[name, type, nullable], …]`: equal for equal Arrow schemas. */
export function schemaFingerprint(fields: readonly ManifestField[]): string {
  const schema = fields.map(({ name, type, nullable }) => [name, type, nullable]);
  return createHash('sha256').update(JSON.stringify(schema)).digest('hex');
}
