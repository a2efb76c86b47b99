/** What a template's placeholders stand for. */
export interface OutValues {
  readonly name: string;
  /** The product's day, `2026-11-23`. */
  readonly date: string;
  /** The snapshot's time in UTC, `20261123T160455Z`. */
  readonly snapshot: string;
}

/** What a table that says nothing else is written to. */
export const DEFAULT_OUT = '{name}.parquet';

/** The placeholders that a template may hold, by name. */
export const PLACEHOLDERS: readonly (keyof OutValues)[] = ['name', 'date', 'snapshot'];

const PLACEHOLDER = /\{([^{}]*)\}/g;
/** Controls are characters that no path should have, and a backslash parts folders elsewhere. */
const UNFIT = /[\p{Cc}\\]/u;

/**
 * The path that a template stands for: `{date}/{name}.parquet` → `2026-11-23/obs_sbn.parquet`. Placeholders without a
 * value stay as they are.
 */
export function filledOut(template: string, values: Partial<OutValues>): string {
  return template.replace(PLACEHOLDER, (whole, name: keyof OutValues) => values[name] ?? whole);
}

/** What is wrong with a template for a path within a run's directory: what would be right; null where nothing is. */
export function templateMistake(template: string): string | null {
  if (UNFIT.test(template)) return 'a path without control characters and backslashes';
  if (template.startsWith('/')) return "a path relative to the product's directory";
  const segments = template.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'a path to a file, without empty parts, . and ..';
  }
  const unknown = [...template.matchAll(PLACEHOLDER)].some(
    ([, name]) => !(PLACEHOLDERS as readonly string[]).includes(name!),
  );
  if (unknown || /[{}]/.test(template.replace(PLACEHOLDER, ''))) {
    return `no placeholders but ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`;
  }
  return null;
}
