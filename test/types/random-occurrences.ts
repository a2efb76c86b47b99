import type { Value } from '../support/readers.ts';
import { DEFAULT_PAGE_ROWS, type RandomCase } from './random-cases.ts';
import { LEAF_NAMES } from './random-leaves.ts';

const TEXTS = {
  empty: '',
  'the word NULL': 'NULL',
  quote: '"',
  newline: '\n',
  backslash: '\\',
  'end of data': '\\.',
};

/** Values at the edges of what a type has, by the type's name, as they are read. */
const BOUNDARIES: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  bool: { true: true, false: false },
  int2: { greatest: '32767', least: '-32768' },
  int4: { greatest: '2147483647', least: '-2147483648' },
  int8: { greatest: '9223372036854775807', least: '-9223372036854775808' },
  oid: { 'beyond int4': '4294967295', zero: '0' },
  float4: {
    NaN: '7fc00000',
    Infinity: '7f800000',
    '-Infinity': 'ff800000',
    '-0': '80000000',
    greatest: '7f7fffff',
    least: '00000001',
  },
  float8: {
    NaN: '7ff8000000000000',
    Infinity: '7ff0000000000000',
    '-Infinity': 'fff0000000000000',
    '-0': '8000000000000000',
    greatest: '7fefffffffffffff',
    least: '0000000000000001',
  },
  numeric: { NaN: 'NaN', Infinity: 'Infinity', '-Infinity': '-Infinity', zero: '0' },
  decimal: { zero: '0' },
  text: TEXTS,
  citext: TEXTS,
  name: TEXTS,
  json: { null: 'null' },
  bytea: { empty: '' },
  date: { first: '-2440588', last: '2145042905' },
  time: { first: '0', last: '86399999999' },
  timestamp: { first: '-210863520000000000', last: '9223372036854775807' },
  timestamptz: { first: '-210863520000000000', last: '9223372036854775807' },
  mood: { 'empty label': '' },
  varbit: { empty: '' },
  hstore: { empty: [] },
};
const LONG_TEXT = 192;
/** Types that have values for which Arrow has none. */
const UNREPRESENTABLE = ['decimal', 'date', 'time', 'timestamp', 'timestamptz'];

const NULL_PATTERNS = ['none', 'some', 'all', 'first rows', 'last rows', 'a whole page', 'a whole row group'];
const NESTED = [
  'NULL',
  'empty list',
  'list of nulls only',
  'list with nulls and values',
  'struct of nulls only',
  'struct with nulls and values',
];
const FILES = [
  'cases',
  'cases of several columns, pages and row groups',
  'pages',
  'row groups',
  'row groups of one row',
  'pages of one row',
  'pages of 16,384 rows',
  'a last row group that is shorter',
  'a last page that is shorter',
  'no rows',
  'one row',
  'cases by exportToParquet',
];
const KINDS = ['array', 'array of two dimensions', 'domain', 'composite'];

/** Counts what occurs in the cases; what is needed and never occurs is untested. */
export class Occurrences {
  readonly #counts = new Map<string, number>();
  readonly #needed: string[];

  constructor(readers: readonly string[]) {
    const of = (what: string, names: readonly string[]) => names.map((name) => `${what}: ${name}`);
    this.#needed = [
      ...of('file', FILES),
      ...of('read by', readers),
      ...of('nulls', NULL_PATTERNS),
      ...of('nested', NESTED),
      ...of('kind', KINDS),
      ...of('type', LEAF_NAMES),
      ...of('within', LEAF_NAMES),
      ...Object.entries(BOUNDARIES).flatMap(([type, values]) =>
        values === TEXTS ? [] : of(`value of ${type}`, Object.keys(values)),
      ),
      ...of('value of text', Object.keys(TEXTS)),
      ...of('null for an unrepresentable', UNREPRESENTABLE),
      'value of text: long',
    ];
  }

  count(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** What is needed and has not occurred. */
  get missing(): string[] {
    return this.#needed.filter((what) => !this.#counts.has(what));
  }

  countCase(each: RandomCase): void {
    this.#countFile(each);
    for (const [i, { type }] of each.columns.entries()) {
      const values = each.expected[i]!;
      this.count(LEAF_NAMES.includes(type.kind) ? `type: ${type.kind}` : `kind: ${type.kind}`);
      for (const name of type.leaves) if (name !== type.kind) this.count(`within: ${name}`);
      this.#countNulls(values, each);
      this.#countBoundaries(type.kind, values);
      this.#add(`null for an unrepresentable: ${type.kind}`, each.unrepresentable[i]!);
      if (!LEAF_NAMES.includes(type.kind)) for (const value of values) this.#countNested(type.kind, value);
    }
  }

  #countFile({ rows, columns, shape: { rowGroupSize, pageRows } }: RandomCase): void {
    this.count('file: cases');
    const groups = spans(0, rows, rowGroupSize);
    const pages = groups.flatMap(([from, to]) => spans(from, to, pageRows));
    this.#add('file: row groups', groups.length);
    this.#add('file: pages', columns.length * pages.length);
    if (columns.length > 1 && groups.length > 1 && pageRows < Math.min(rows, rowGroupSize)) {
      this.count('file: cases of several columns, pages and row groups');
    }
    if (rowGroupSize === 1) this.#add('file: row groups of one row', rows);
    this.#add('file: pages of one row', pages.filter(([from, to]) => to - from === 1).length);
    this.#add(
      'file: pages of 16,384 rows',
      pages.filter(([from, to]) => to - from === DEFAULT_PAGE_ROWS).length,
    );
    if (groups.length > 1 && rows % rowGroupSize > 0) this.count('file: a last row group that is shorter');
    if (pageRows < rowGroupSize && rowGroupSize % pageRows > 0)
      this.count('file: a last page that is shorter');
    if (rows === 0) this.count('file: no rows');
    if (rows === 1) this.count('file: one row');
  }

  #countNulls(values: readonly Value[], { rows, shape }: RandomCase): void {
    const nulls = values.map((value) => value === null);
    const count = nulls.filter(Boolean).length;
    if (count === 0) this.count('nulls: none');
    else if (count === rows) this.count('nulls: all');
    else {
      this.count('nulls: some');
      const isNull = ([from, to]: Span) => nulls.slice(from, to).every(Boolean);
      if (isNull([0, count])) this.count('nulls: first rows');
      if (isNull([rows - count, rows])) this.count('nulls: last rows');
      const groups = spans(0, rows, shape.rowGroupSize);
      if (groups.length > 1 && groups.some(isNull)) this.count('nulls: a whole row group');
      const pages = groups.flatMap(([from, to]) => spans(from, to, shape.pageRows));
      if (pages.length > 1 && pages.some(isNull)) this.count('nulls: a whole page');
    }
  }

  #countNested(kind: string, value: Value): void {
    if (value === null) this.count('nested: NULL');
    if (!Array.isArray(value)) return;
    const nulls = value.filter((each) => each === null).length;
    if (value.length === 0) this.count('nested: empty list');
    else if (kind === 'composite') {
      if (nulls === value.length) this.count('nested: struct of nulls only');
      else if (nulls > 0) this.count('nested: struct with nulls and values');
    } else if (nulls === value.length) this.count('nested: list of nulls only');
    else if (nulls > 0) this.count('nested: list with nulls and values');
  }

  #countBoundaries(kind: string, values: readonly Value[]): void {
    const boundaries = BOUNDARIES[kind] ?? {};
    for (const [name, boundary] of Object.entries(boundaries)) {
      const wanted = JSON.stringify(boundary);
      this.#add(
        `value of ${boundaries === TEXTS ? 'text' : kind}: ${name}`,
        values.filter((value) => JSON.stringify(value) === wanted).length,
      );
    }
    if (kind !== 'text') return;
    this.#add('value of text: long', values.filter((value) => String(value).length > LONG_TEXT).length);
  }

  #add(what: string, times: number): void {
    if (times > 0) this.count(what, times);
  }

  /** All that is needed and how often it occurred, some in each line. */
  table(): string {
    const groups = new Map<string, string[]>();
    for (const what of this.#needed) {
      const [group, name] = what.split(': ') as [string, string];
      groups.set(group, [...(groups.get(group) ?? []), `${name} ${this.of(what)}`]);
    }
    return [...groups].map(([group, entries]) => `  ${group}: ${entries.join(', ')}`).join('\n');
  }
}

type Span = readonly [from: number, to: number];

/** Cuts a span into pieces of a size, the last one being what is left. */
function spans(from: number, to: number, size: number): Span[] {
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, i) => [
    from + i * size,
    Math.min(to, from + (i + 1) * size),
  ]);
}
