import { Problem } from '../problem.ts';
import type { CompactReader } from './compact-reader.ts';

/** How a value of Thrift's compact protocol is read. */
export interface Kind<T> {
  /** The protocol's type code; 1 stands for both booleans. */
  readonly code: number;
  read(reader: CompactReader): T;
}

export interface FieldSpec<T, Required extends boolean> {
  readonly id: number;
  readonly kind: Kind<T>;
  readonly required: Required;
}

export function required<T>(id: number, kind: Kind<T>): FieldSpec<T, true> {
  return { id, kind, required: true };
}

export function optional<T>(id: number, kind: Kind<T>): FieldSpec<T, false> {
  return { id, kind, required: false };
}

type Fields = Readonly<Record<string, FieldSpec<unknown, boolean>>>;

type Struct<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends FieldSpec<infer T, infer R>
    ? R extends true
      ? T
      : T | undefined
    : never;
};

/** The type of what a kind reads. */
export type Read<K> = K extends Kind<infer T> ? T : never;

const BOOL = 1;

export const bool: Kind<boolean> = {
  code: BOOL,
  read(reader) {
    const byte = reader.byte();
    if (byte === 1) return true;
    // Thrift's own libraries disagree about false in a list.
    if (byte === 2 || byte === 0) return false;
    throw new Problem(`${byte} is no boolean`);
  },
};

function integer(code: number, bits: number): Kind<number> {
  const limit = 2 ** (bits - 1);
  return {
    code,
    read(reader) {
      const value = reader.zigzag();
      if (value < -limit || value >= limit) throw new Problem(`${value} does not fit ${bits} bits`);
      return value;
    },
  };
}

export const i8: Kind<number> = { code: 3, read: (reader) => (reader.byte() << 24) >> 24 };
export const i16 = integer(4, 16);
export const i32 = integer(5, 32);
export const i64 = integer(6, 64);
export const binary: Kind<Uint8Array> = { code: 8, read: (reader) => reader.binary() };

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const string: Kind<string> = {
  code: 8,
  read(reader) {
    const bytes = reader.binary();
    try {
      return utf8.decode(bytes);
    } catch {
      throw new Problem('a text in the metadata is not UTF-8');
    }
  },
};

export function list<T>(element: Kind<T>): Kind<readonly T[]> {
  return {
    code: 9,
    read: (reader) =>
      reader.nested(() => {
        const { type, count } = reader.list();
        if (!fits(element, type) && count > 0) throw new Problem(`a list has elements of type ${type}`);
        return Array.from({ length: count }, () => element.read(reader));
      }),
  };
}

/** A list of structs of which only the positions are kept, for long lists of large structs. */
export function positions(element: Kind<unknown>): Kind<readonly number[]> {
  return {
    code: 9,
    read: (reader) =>
      reader.nested(() => {
        const { type, count } = reader.list();
        if (!fits(element, type) && count > 0) throw new Problem(`a list has elements of type ${type}`);
        return Array.from({ length: count }, () => {
          const { position } = reader;
          reader.skip(type, true);
          return position;
        });
      }),
  };
}

/** A struct by its definition: a missing or repeated field is a `Problem`, an unknown one is passed over and noted. */
export function struct<const F extends Fields>(name: string, fields: F): Kind<Struct<F>> {
  const byId = new Map(Object.entries(fields).map(([key, spec]) => [spec.id, { key, ...spec }]));
  return {
    code: 12,
    read: (reader) =>
      reader.nested(() => {
        const values: Record<string, unknown> = {};
        for (let lastId = 0; ; ) {
          const header = reader.field(lastId);
          if (header === null) break;
          lastId = header.id;
          const spec = byId.get(header.id);
          if (spec === undefined) {
            reader.unknown.add(`${name}.${header.id}`);
            reader.skip(header.type);
            continue;
          }
          const { key, kind } = spec;
          if (key in values) throw new Problem(`${name} has its field ${key} twice`);
          if (!fits(kind, header.type)) throw new Problem(`${name}.${key} is of type ${header.type}`);
          values[key] = kind.code === BOOL ? header.type === BOOL : kind.read(reader);
        }
        for (const { key, required } of byId.values()) {
          if (required && !(key in values)) throw new Problem(`${name} lacks its field ${key}`);
        }
        return values as Struct<F>;
      }),
  };
}

/** The one member of a union that is there; `unknown` for one that is not defined here. */
export type Member<F extends Fields> =
  | { readonly [K in keyof F]: { readonly member: K; readonly value: Struct<F>[K] & {} } }[keyof F]
  | { readonly member: 'unknown'; readonly value: number };

export function union<const F extends Fields>(name: string, members: F): Kind<Member<F>> {
  const all = struct(name, members);
  return {
    code: 12,
    read(reader) {
      const { position } = reader;
      const header = reader.field(0);
      if (header === null) throw new Problem(`${name} is empty`);
      reader.position = position;
      const [entry, ...more] = Object.entries(all.read(reader));
      if (more.length > 0) throw new Problem(`${name} has several members`);
      const [member, value] = entry ?? ['unknown', header.id];
      return { member, value } as Member<F>;
    },
  };
}

export const empty = struct('empty struct', {});

function fits(kind: Kind<unknown>, type: number): boolean {
  return kind.code === type || (kind.code === BOOL && type === 2);
}
