/** Writes `schema/exports.json`, the JSON Schema of configurations for editors. Run it with `npm run docs:schema`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configJsonSchema } from '../src/product/config/schema.ts';

const path = fileURLToPath(new URL('../schema/exports.json', import.meta.url));

export function configSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path, configSchemaText());
