import type { ManifestField } from '../manifest/manifest.ts';

/** How the columns differ from those before, in words: `column b is new; column c was int32 and is string`; null if they do not. */
export function schemaChange(before: readonly ManifestField[], now: readonly ManifestField[]): string | null {
  const types = new Map(before.map(({ name, type }) => [name, type]));
  const left = new Set(now.map(({ name }) => name));
  const changes = [
    ...before.filter(({ name }) => !left.has(name)).map(({ name }) => `column ${name} is gone`),
    ...now.flatMap(({ name, type }) => {
      const was = types.get(name);
      if (was === undefined) return [`column ${name} is new`];
      return was === type ? [] : [`column ${name} was ${was} and is ${type}`];
    }),
  ];
  const common = before.filter(({ name }) => left.has(name)).map(({ name }) => name);
  const order = now.filter(({ name }) => types.has(name)).map(({ name }) => name);
  if (common.some((name, i) => name !== order[i])) changes.push('the columns are in another order');
  return changes.length === 0 ? null : changes.join('; ');
}
