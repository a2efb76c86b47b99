import { type DataType, layoutOf } from '../types/kinds.ts';
import type { ColumnPlan } from '../types/pg-type.ts';

/**
 * Columns per generated function: V8 leaves functions beyond 60 KB of bytecode unoptimized, and a hundred columns in
 * one function exceed that.
 */
const COLUMNS_PER_FUNCTION = 24;

/** A CopyData message begins with 'd' and an int32 length (protocol 3.0, "Message Formats"). */
export const COPY_DATA = 0x64;
export const MESSAGE_HEADER = 5;

/** Functions that types' decoder source may call, by name. */
export type DecodeFunctions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What a generated decoder is given besides the types' functions. */
export type Surroundings = Readonly<Record<string, unknown>>;

/**
 * The functions that every generated decoder begins with: `group0`, `group1`, … of the given parameters, each with the
 * fields of some columns, and the statement `groups` that runs them in turn. `field` is the source of one field.
 */
export function groupFunctions(
  columns: readonly ColumnPlan[],
  parameters: string,
  locals: string,
  field: (column: ColumnPlan, c: number) => string,
): { functions: string; groups: string } {
  let functions = columns.map((_, c) => `const c${c} = builders[${c}];\n`).join('');
  let groups = '';
  for (let first = 0, g = 0; first < columns.length; first += COLUMNS_PER_FUNCTION, g++) {
    const fields = columns
      .slice(first, first + COLUMNS_PER_FUNCTION)
      .map((column, i) => field(column, first + i));
    functions += `function group${g}(${parameters}) {\n  ${locals}\n${fields.join('')}  return p;\n}\n`;
    groups += `  p = group${g}(${parameters});\n`;
  }
  return { functions, groups };
}

/** Replaces the `$names` of a type's decoder source with the registers of column `c`. */
export function bindStore(store: string, c: number): string {
  return store
    .replace(/\$bad\((\w+)\)/g, `unrepresentable(${c}, '$1');`)
    .replaceAll('$values', `c${c}.values`)
    .replaceAll('$bytes', `c${c}`)
    .replaceAll('$i', 'r');
}

/** Marks slot `r` of column `c` as null. */
export function setNull(c: number): string {
  return `c${c}.validity[r >> 3] &= ~(1 << (r & 7)); c${c}.nullCount++;`;
}

/** After a value or a null: where the next slot of a column of bytes begins. */
export function endSlot(type: DataType, c: number): string {
  return layoutOf(type) === 'bytes' ? `c${c}.offsets[r + 1] = c${c}.end;` : '';
}

/** Compiles a generated body; its free names are the keys of `surroundings` and `functions`. */
export function compile<Generated>(
  body: string,
  surroundings: Surroundings,
  functions: DecodeFunctions,
): Generated {
  const scope: Surroundings = { ...surroundings, ...functions };
  const create = new Function(...Object.keys(scope), `'use strict';\n${body}`);
  return create(...Object.values(scope)) as Generated;
}
