import { PG_TYPES } from '../../src/types/registry.ts';
import type { Value } from '../support/readers.ts';
import { CONTRACT, TEXT } from './contract.ts';
import type { CatalogType, Query } from './type-catalog.ts';

/** A value of some type: the SQL that makes it, and what it must come out as. */
export interface SampleValue {
  readonly sql: string;
  readonly expected: Value;
  /** Values in it that its Arrow type cannot hold, and that therefore become null. */
  readonly unrepresentable: number;
}

/** Samples of types that have no record of their own: the domains of the information schema, and vectors. */
const OTHER_SAMPLES: Readonly<Record<string, readonly string[]>> = {
  cardinal_number: ['0', '2147483647', '7'],
  character_data: ['', 'é "q", \\', 'NULL'],
  sql_identifier: ['', 'Ünïcode', 'a b'],
  time_stamp: ['2026-11-23 12:34:56.78+00', '1969-12-31 23:59:59.99+00', '4713-01-01 00:00:00+00 BC'],
  yes_or_no: ['YES', 'NO', 'YES'],
  int2vector: ['', '1 -2 3', '32767'],
  oidvector: ['', '1 2 3', '4294967295'],
};

/** Makes samples of every type of one server, and knows what they must become. */
export class TypeSamples {
  readonly #types: ReadonlyMap<number, CatalogType>;
  /** Those of types that are not made of others. */
  readonly #own = new Map<number, SampleValue[]>();

  private constructor(types: ReadonlyMap<number, CatalogType>) {
    this.#types = types;
  }

  static async load(types: ReadonlyMap<number, CatalogType>, query: Query): Promise<TypeSamples> {
    const samples = new TypeSamples(types);
    const selects: string[] = [];
    for (const type of types.values()) {
      for (const sql of ownSamples(type)) {
        selects.push(
          `SELECT ${type.oid} AS oid, ${literal(sql)} AS sql, (${samples.#contract(type).expected})::text AS expected, x IS NOT DISTINCT FROM NULL AS missing
           FROM (SELECT ${sql} AS x OFFSET 0) q`,
        );
      }
    }
    for (const { oid, sql, expected, missing } of await query<SampleRow>(selects.join(' UNION ALL '))) {
      if (missing) throw new Error(`${sql} is NULL`);
      const value = samples.#base(types.get(oid)!).name === 'bool' ? expected === 'true' : expected;
      samples.#add(oid, { sql, expected: value, unrepresentable: value === null ? 1 : 0 });
    }
    for (const type of types.values()) {
      if (type.kind !== 'array' || !samples.#isTextAsAWhole(type)) continue;
      for (const { sql } of samples.#arrays(type)) {
        const [row] = await query<{ text: string }>(`SELECT format('%s', ${sql}) AS text`);
        samples.#add(type.oid, { sql, expected: row!.text, unrepresentable: 0 });
      }
    }
    return samples;
  }

  /** At least three values that are not NULL; none of a type that no value can be made of. */
  of(type: CatalogType): readonly SampleValue[] {
    const own = this.#own.get(type.oid);
    if (own !== undefined) return own;
    switch (type.kind) {
      case 'array':
        return this.#arrays(type);
      case 'composite':
        return this.#composites(type);
      default:
        return [];
    }
  }

  /** Two-dimensional arrays of a type. */
  deep(element: CatalogType): readonly SampleValue[] {
    const [a, b, c] = this.of(element) as [SampleValue, SampleValue, SampleValue];
    const sql = (rows: string) => `ARRAY[${rows}]::${element.sql}[][]`;
    const row = (...values: SampleValue[]) => values.map(({ expected }) => expected);
    const bad = (...values: SampleValue[]) =>
      values.reduce((sum, { unrepresentable }) => sum + unrepresentable, 0);
    return [
      {
        sql: sql(`[${a.sql}, ${b.sql}], [NULL, ${c.sql}]`),
        expected: [row(a, b), [null, c.expected]],
        unrepresentable: bad(a, b, c),
      },
      { sql: `'{}'::${element.sql}[][]`, expected: [], unrepresentable: 0 },
      { sql: sql(`[${c.sql}]`), expected: [row(c)], unrepresentable: bad(c) },
    ];
  }

  /** The Arrow type, as PyArrow prints it. */
  arrow(type: CatalogType): string {
    switch (type.kind) {
      case 'array':
      case 'vector':
        return this.#isTextAsAWhole(type)
          ? 'string'
          : `list<element: ${this.arrow(this.#types.get(type.of)!)}>`;
      case 'composite':
        return `struct<${type.members.map(({ name, oid }) => `${name}: ${this.arrow(this.#types.get(oid)!)}`).join(', ')}>`;
      case 'domain':
        return this.arrow(this.#types.get(type.of)!);
      default:
        return this.#contract(type).arrow;
    }
  }

  /** Whether the server must send something within a composite as text, which it can for columns only. */
  #isTextAsAWhole(type: CatalogType): boolean {
    const element = this.#base(this.#types.get(type.of)!);
    return element.kind === 'composite' && this.#hasText(element);
  }

  /** Whether a table can have a column of the type: not if there is a pseudo-type in it. */
  fitsTable(type: CatalogType): boolean {
    const parts =
      type.kind === 'composite' ? type.members.map(({ oid }) => oid) : type.of === 0 ? [] : [type.of];
    return type.kind !== 'pseudo' && parts.every((oid) => this.fitsTable(this.#types.get(oid)!));
  }

  #hasText(type: CatalogType): boolean {
    const base = this.#base(type);
    if (base.kind === 'composite')
      return base.members.some(({ oid }) => this.#hasText(this.#types.get(oid)!));
    if (base.kind === 'array') return this.#hasText(this.#types.get(base.of)!);
    return base.kind !== 'vector' && CONTRACT[base.name] === undefined;
  }

  #arrays(type: CatalogType): readonly SampleValue[] {
    const element = this.#types.get(type.of)!;
    const samples = this.of(element);
    if (samples.length === 0) return [];
    const of = (values: readonly SampleValue[]): SampleValue => ({
      sql: `ARRAY[${values.map(({ sql }) => sql).join(', ')}]::${type.sql}`,
      expected: values.map(({ expected }) => expected),
      unrepresentable: values.reduce((sum, { unrepresentable }) => sum + unrepresentable, 0),
    });
    const none = { sql: `NULL::${element.sql}`, expected: null, unrepresentable: 0 };
    return [
      of([...samples, none]),
      { sql: `'{}'::${type.sql}`, expected: [], unrepresentable: 0 },
      of([none, samples.at(-1)!]),
    ];
  }

  /** Members that no value can be made of are NULL. */
  #composites(type: CatalogType): readonly SampleValue[] {
    const members = type.members.map(({ oid }) => this.#types.get(oid)!);
    const of = (
      pick: (samples: readonly SampleValue[], i: number) => SampleValue | undefined,
    ): SampleValue => {
      const values = members.map((member, i) => {
        const samples = this.of(member);
        return pick(samples, i) ?? { sql: 'NULL', expected: null, unrepresentable: 0 };
      });
      return {
        sql: `ROW(${values.map(({ sql }) => sql).join(', ')})::${type.sql}`,
        expected: values.map(({ expected }) => expected),
        unrepresentable: values.reduce((sum, { unrepresentable }) => sum + unrepresentable, 0),
      };
    };
    return [
      of((samples, i) => samples[i % samples.length]),
      of(() => undefined),
      of((samples, i) => (i % 2 === 0 ? samples.at(-1) : undefined)),
    ];
  }

  /** The type under domains. */
  #base(type: CatalogType): CatalogType {
    return type.kind === 'domain' ? this.#base(this.#types.get(type.of)!) : type;
  }

  #contract(type: CatalogType): { arrow: string; expected: string } {
    const base = this.#base(type);
    if (base.kind === 'vector') return { arrow: '', expected: 'array_to_json(x::text[])' };
    return CONTRACT[base.name] ?? TEXT;
  }

  #add(oid: number, value: SampleValue): void {
    const type = this.#types.get(oid)!;
    const own = this.#own.get(oid) ?? [];
    const expected =
      type.kind === 'vector' ? (JSON.parse(value.expected as string) as Value) : value.expected;
    this.#own.set(oid, [...own, { ...value, expected }]);
  }
}

/** Of one sample: what the server says that it must come out as, NULL if its Arrow type cannot hold it. */
type SampleRow = { oid: number; sql: string; expected: string | null; missing: boolean };

/** SQL for the samples that a type does not have from others. */
function ownSamples(type: CatalogType): string[] {
  const record = PG_TYPES.find(({ match }) => 'oid' in match && match.oid === type.oid);
  const samples = record?.samples ?? OTHER_SAMPLES[type.name] ?? [];
  return samples.map((sample) =>
    typeof sample === 'string' ? `${literal(sample)}::${type.sql}` : `(${sample.sql})::${type.sql}`,
  );
}

/** A text literal of SQL. */
export function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
