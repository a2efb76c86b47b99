import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { typesDocument, withTypesTable } from '../../tools/types-table.ts';

test('docs/types.md has the table that the records give (npm run docs:types)', () => {
  const document = readFileSync(typesDocument, 'utf8');
  expect(document).toMatch(/\| `numeric` \| `string` \| STRING \|/);
  expect(withTypesTable(document)).toBe(document);
});
