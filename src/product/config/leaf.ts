import { z } from 'zod';
import { WrongValue } from '../../cli/values.ts';

/** What a value in a configuration is: how it is read, and how an editor's schema puts that. */
export interface LeafSpec<T> {
  /** What the JSON Schema says besides the description. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly description: string;
  /** Throws `WrongValue`; `undefined`, which is what is not there, is always wrong. */
  readonly read: (value: unknown) => T;
}

/** A value that is no mapping of fixed keys. Its mistakes read `cannot be 0: give a whole number from 1 to 64`. */
export function leaf<T>({ schema, description, read }: LeafSpec<T>) {
  return z
    .unknown()
    .transform((value, context): T => {
      try {
        return read(value);
      } catch (error) {
        if (!(error instanceof WrongValue)) throw error;
        const found = value === undefined ? 'is missing' : `cannot be ${shown(value)}`;
        context.addIssue({ code: 'custom', message: `${found}: give ${error.expected}` });
        return z.NEVER;
      }
    })
    .meta({ ...schema, description });
}

const MAX_SHOWN = 60;

/** A value as a message shows it. */
export function shown(value: unknown): string {
  if (value === null) return 'empty';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
