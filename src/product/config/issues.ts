import { z } from 'zod';
import { shown } from './leaf.ts';
import type { DocumentPath, Mistake } from './mistakes.ts';
import { plainSchema, productSchema } from './schema.ts';
import { mostSimilar } from './similar.ts';

/** As many keys as a message may list. */
const MAX_KEYS = 10;

/** What zod found, in this program's words. `schema` is the one that was asked, with `reportInput`. */
export function mistakesOf(schema: z.ZodType, error: z.ZodError): Mistake[] {
  return error.issues.flatMap((issue): Mistake[] => {
    const path = issue.path as DocumentPath;
    switch (issue.code) {
      case 'custom':
        return [{ path, message: issue.message }];
      case 'unrecognized_keys': {
        const keys = keysAt(schema, path, issue.input);
        return issue.keys.map((key) => ({
          path: [...path, key],
          message: `is unknown: ${advice(schema, key, keys)}`,
        }));
      }
      case 'invalid_type':
        return [{ path, message: typeMessage(issue.expected, issue.input) }];
      case 'too_small':
        return [{ path, message: 'cannot be empty: give at least one entry' }];
      case 'invalid_union':
        return [{ path, message: unionMessage(issue) }];
      default:
        throw new Error(`no words for ${issue.code}: ${issue.message}`);
    }
  });
}

/** The value is not shown: it may be a connection string where a mapping of parameters belongs. */
function typeMessage(expected: string, input: unknown): string {
  const needed = expected === 'array' ? 'a list' : 'a mapping of keys to values';
  if (input === undefined) return `is missing: give ${needed}`;
  return `cannot be ${kindOf(input)}: give ${needed}`;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

/** The only unions are told apart by one of their keys. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const { discriminator = '', options = [], input } = issue as typeof issue & { options?: readonly string[] };
  const value = (input as Readonly<Record<string, unknown>>)[discriminator];
  const words = `give one of ${options.join(', ')}`;
  return value === undefined ? `is missing: ${words}` : `cannot be ${shown(value)}: ${words}`;
}

function advice(schema: z.ZodType, key: string, keys: readonly string[]): string {
  const similar = mostSimilar(key, keys);
  if (similar !== null) return `did you mean ${similar}?`;
  const ofProduct = keysAt(productSchema, []);
  if (schema === productSchema && ofProduct.includes(key)) {
    return 'it is of the whole product, beside exports';
  }
  if (schema === plainSchema && [...ofProduct, ...keysAt(productSchema, ['exports', 0])].includes(key)) {
    return 'only a product has it, a mapping with root and exports';
  }
  return keys.length <= MAX_KEYS ? `there are ${keys.join(', ')}` : 'see docs/products.md';
}

/** The keys that a mapping of the schema may have; `input` is the mapping. */
function keysAt(schema: z.core.$ZodType, path: DocumentPath, input?: unknown): readonly string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path, input);
  if (schema instanceof z.ZodDiscriminatedUnion) return keysAt(optionOf(schema, input), path, input);
  const [next, ...rest] = path;
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest, input);
  if (!(schema instanceof z.ZodObject)) return [];
  if (next === undefined) return Object.keys(schema.shape);
  const field = schema.shape[String(next)];
  return field === undefined ? [] : keysAt(field, rest, input);
}

/** The schema of the union that the mapping chose: only such a one has told its unknown keys. */
function optionOf(union: z.ZodDiscriminatedUnion, input: unknown): z.core.$ZodType {
  const { discriminator } = union.def;
  const chosen = (input as Readonly<Record<string, unknown>>)[discriminator];
  return union.options.find(
    (option) => (option as z.ZodObject).shape[discriminator].safeParse(chosen).success,
  )!;
}
