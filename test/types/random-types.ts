import fc from 'fast-check';
import { CONTRACT, TEXT } from './contract.ts';
import { literal } from './type-samples.ts';

/** A type made up at random, with what makes values of it. */
export interface RandomType {
  /** As a column is declared with it. */
  readonly sql: string;
  /** What it is called in the count of what occurred. */
  readonly kind: string;
  /** Statements that create the types that it is made of. */
  readonly ddl: readonly string[];
  /** SQL of a value that is not NULL. */
  readonly value: fc.Arbitrary<string>;
  /** SQL for what the value of the expression must come out as, in JSON; `i` is unique to the nesting. */
  expected(expression: string, depth: number): string;
  /** Whether the server must send some of it as text, which it cannot do within arrays of composites. */
  readonly hasText: boolean;
  readonly isComposite: boolean;
}

const int = (bits: number) => {
  const max = 2n ** BigInt(bits - 1) - 1n;
  return fc.oneof(fc.bigInt({ min: -max - 1n, max }), fc.constantFrom(-max - 1n, max, 0n, -1n)).map(String);
};
const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 4_294_967_295)).map(String);
const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });
const hex = (min: number, max: number) => bytes(min, max).map((b) => Buffer.from(b).toString('hex'));
const bits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom('0', '1'), minLength: min, maxLength: max });

const awkward = [
  '',
  ' ',
  'NULL',
  'null',
  '"',
  '""',
  '\\',
  '\\N',
  '\\.',
  ',',
  '{}',
  '(,)',
  '\n',
  '\r',
  '\t',
  "'",
  '=>',
  'é',
  '日本🚀',
];
const text = (maxLength: number) =>
  fc
    .oneof(
      fc.string({ unit: 'binary', maxLength }),
      fc.constantFrom(...awkward),
      fc.string({ unit: fc.constantFrom(...'"\\,{}() \n\''), maxLength }),
    )
    .map((value) => [...value.replaceAll('\0', '')].slice(0, maxLength).join(''));

const float = (bitWidth: 32 | 64) =>
  bytes(8, 8).map((b) => {
    const view = Buffer.from(b);
    const value = bitWidth === 32 ? view.readFloatLE() : view.readDoubleLE();
    return Object.is(value, -0) ? '-0' : String(value);
  });

const decimal = (digits: number, scale: number) =>
  fc
    .tuple(
      fc.boolean(),
      fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: digits }),
    )
    .map(([negative, unscaled]) => `${negative ? '-' : ''}${unscaled}e${-scale}`);

const twoDigits = (max: number) => fc.nat(max).map((n) => String(n).padStart(2, '0'));
const time = fc.oneof(
  fc
    .tuple(twoDigits(23), twoDigits(59), twoDigits(59), fc.nat(999_999))
    .map(([h, m, s, micros]) => `${h}:${m}:${s}.${String(micros).padStart(6, '0')}`),
  fc.constantFrom('24:00:00', '00:00:00'),
);
const days = fc.oneof(
  fc.integer({ min: -2_440_000, max: 2_145_031_948 }),
  fc.integer({ min: -40_000, max: 40_000 }),
);
/** In days, with fractions. */
const instants = fc.oneof(
  days.map((n) => n / 21),
  fc.integer({ min: -24_400_000, max: 300_000 }).map((n) => n / 10),
);
const coordinate = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 8);
const bounds = fc.tuple(fc.integer(), fc.integer()).map((pair) => pair.sort((a, b) => a - b));

type Leaf = readonly [name: string, sql: fc.Arbitrary<string>, value: (sql: string) => fc.Arbitrary<string>];

const leaf = (name: string, value: fc.Arbitrary<string>): Leaf => [name, fc.constant(name), () => value];
const quoted = (name: string, value: fc.Arbitrary<string>): Leaf => leaf(name, value.map(literal));
/** A type with a modifier in parentheses. */
const modified = (name: string, max: number, value: (n: number) => fc.Arbitrary<string>): Leaf => [
  name,
  fc.integer({ min: 1, max }).map((n) => `${name}(${n})`),
  (sql) => value(Number(/\d+/.exec(sql.slice(name.length))![0])).map(literal),
];

/** Name, declaration and values of every type that is not made of others. */
const LEAVES: readonly Leaf[] = [
  quoted('bool', fc.constantFrom('t', 'f')),
  quoted('int2', int(16)),
  quoted('int4', int(32)),
  quoted('int8', int(64)),
  quoted('oid', uint32),
  quoted('xid', uint32),
  quoted('float4', float(32)),
  quoted('float8', float(64)),
  quoted(
    'numeric',
    fc.oneof(
      fc.nat(30).chain((scale) => decimal(60, scale)),
      fc.constantFrom('NaN', 'Infinity', '1e200', '1e-200'),
    ),
  ),
  [
    'decimal',
    fc
      .integer({ min: 1, max: 38 })
      .chain((p) => fc.integer({ min: Math.max(-3, p - 38), max: p }).map((s) => `numeric(${p},${s})`)),
    (sql) => {
      const [precision, scale] = sql.match(/-?\d+/g)!.map(Number) as [number, number];
      return fc.oneof(decimal(precision, scale), fc.constant('NaN')).map(literal);
    },
  ],
  quoted('text', text(40)),
  modified('varchar', 30, text),
  modified('bpchar', 12, text),
  quoted('name', text(15)),
  quoted('citext', text(20)),
  quoted('json', fc.json()),
  quoted('jsonb', fc.json()),
  quoted(
    'bytea',
    hex(0, 40).map((digits) => `\\x${digits}`),
  ),
  quoted('uuid', hex(16, 16)),
  leaf(
    'date',
    fc.oneof(
      days.map((n) => `date '1970-01-01' + (${n})`),
      fc.constant(`'-infinity'`),
    ),
  ),
  quoted('time', time),
  leaf(
    'timestamp',
    fc.oneof(
      instants.map((n) => `timestamp '1970-01-01' + ${n}::float8 * interval '1 day'`),
      fc.constant(`'infinity'`),
    ),
  ),
  leaf(
    'timestamptz',
    instants.map((n) => `timestamptz '1970-01-01 00:00+00' + ${n}::float8 * interval '1 day'`),
  ),
  quoted('mood', fc.constantFrom('sad', 'a,b', 'quoted "x"', 'é', '')),
  quoted(
    'inet',
    fc.tuple(bytes(4, 4), fc.nat(32)).map(([b, mask]) => `${b.join('.')}/${mask}`),
  ),
  quoted(
    'cidr',
    hex(16, 16).map((digits) => digits.match(/.{4}/g)!.join(':')),
  ),
  quoted(
    'interval',
    fc
      .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer(), fc.integer())
      .map(([m, d, us]) => `${m} mons ${d} days ${us} us`),
  ),
  quoted(
    'timetz',
    fc.tuple(time, fc.integer({ min: -15, max: 15 })).map(([t, zone]) => `${t}${zone < 0 ? '' : '+'}${zone}`),
  ),
  quoted(
    'money',
    int(64)
      .map((n) => `${n.slice(0, -2) || 0}.${n.slice(-2).replace('-', '').padStart(2, '0')}`)
      .filter((n) => n !== '-.08'),
  ),
  modified('bit', 20, (n) => bits(n, n)),
  quoted('varbit', bits(0, 70)),
  quoted(
    'point',
    fc.tuple(coordinate, coordinate).map(([x, y]) => `(${x},${y})`),
  ),
  quoted(
    'box',
    fc.tuple(coordinate, coordinate, coordinate, coordinate).map(([a, b, c, d]) => `(${a},${b}),(${c},${d})`),
  ),
  quoted(
    'int4range',
    bounds.map(([a, b]) => `[${a},${b})`),
  ),
  quoted(
    'int8multirange',
    bounds.map(([a, b]) => `{[${a},${b}]}`),
  ),
  quoted('macaddr', hex(6, 6)),
  quoted(
    'pg_lsn',
    fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `${a.toString(16)}/${b.toString(16)}`),
  ),
  leaf(
    'tsvector',
    text(20).map((value) => `to_tsvector('simple', ${literal(value)})`),
  ),
  leaf(
    'hstore',
    fc.array(fc.tuple(text(8), fc.option(text(8))), { maxLength: 4 }).map((pairs) => {
      const list = (values: readonly (string | null)[]) =>
        `ARRAY[${values.map((value) => (value === null ? 'NULL' : literal(value))).join(', ')}]::text[]`;
      return `hstore(${list(pairs.map(([key]) => key))}, ${list(pairs.map(([, value]) => value))})`;
    }),
  ),
];

/** What the leaves are called: each must occur. */
export const LEAF_NAMES = LEAVES.map(([name]) => name);

function expectedLeaf(name: string, expression: string): string {
  if (name === 'bool') return `to_json(${expression})`;
  if (name === 'hstore') {
    return `(SELECT coalesce(json_agg(json_build_array(e.key, e.value)), '[]') FROM each(${expression}) e)`;
  }
  const { expected } = CONTRACT[name] ?? TEXT;
  return `to_json((SELECT ${expected} FROM (SELECT ${expression} AS x) q))`;
}

const leafType: fc.Arbitrary<RandomType> = fc.constantFrom(...LEAVES).chain(([name, declared, value]) =>
  declared.map((sql): RandomType => {
    const expected = (expression: string) =>
      name === 'decimal' ? unscaled(sql, expression) : expectedLeaf(name, expression);
    return {
      sql,
      kind: name,
      ddl: [],
      value: value(sql).map((each) => `(${each})::${sql}`),
      expected: (expression) => `CASE WHEN ${expression} IS NOT NULL THEN ${expected(expression)} END`,
      hasText: CONTRACT[name] === undefined && !['decimal', 'mood', 'hstore'].includes(name),
      isComposite: false,
    };
  }),
);

/** The integer that a decimal is stored as; NULL for NaN. */
function unscaled(sql: string, expression: string): string {
  const [, scale] = sql.match(/-?\d+/g)!.map(Number) as [number, number];
  const integer = `(${expression} * 1e${Math.max(scale, 0)})::numeric(50, 0)::text`;
  return `CASE WHEN ${expression} <> 'NaN' THEN to_json(${integer}) END`;
}

/** A part that may be NULL. */
const nullable = (type: RandomType) => fc.option(type.value, { freq: 3 }).map((sql) => sql ?? 'NULL');

function arrayOf(element: RandomType): RandomType {
  const asAWhole = element.isComposite && element.hasText;
  const sql = `${element.sql}[]`;
  return {
    sql,
    kind: 'array',
    ddl: element.ddl,
    value: fc
      .array(nullable(element), { maxLength: 4 })
      .map((values) => `ARRAY[${values.join(', ')}]::${sql}`),
    expected: (expression, depth) => {
      if (asAWhole)
        return `CASE WHEN ${expression} IS NOT NULL THEN to_json(format('%s', ${expression})) END`;
      const item = element.expected(`(${expression})[i${depth}]`, depth + 1);
      return `CASE WHEN ${expression} IS NOT NULL THEN
        (SELECT coalesce(json_agg(${item} ORDER BY i${depth}), '[]') FROM generate_subscripts(${expression}, 1) i${depth}) END`;
    },
    hasText: element.hasText,
    isComposite: false,
  };
}

function gridOf(element: RandomType): RandomType {
  const sql = `${element.sql}[][]`;
  const row = (width: number) =>
    fc
      .array(nullable(element), { minLength: width, maxLength: width })
      .map((values) => `[${values.join(', ')}]`);
  return {
    sql,
    kind: 'array of two dimensions',
    ddl: element.ddl,
    value: fc.oneof(
      fc
        .integer({ min: 1, max: 3 })
        .chain((width) =>
          fc
            .array(row(width), { minLength: 1, maxLength: 3 })
            .map((rows) => `ARRAY[${rows.join(', ')}]::${sql}`),
        ),
      fc.constant(`'{}'::${sql}`),
    ),
    expected: (expression, depth) => {
      const item = element.expected(`(${expression})[i${depth}][j${depth}]`, depth + 1);
      return `CASE WHEN ${expression} IS NOT NULL THEN
        (SELECT coalesce(json_agg((SELECT json_agg(${item} ORDER BY j${depth}) FROM generate_subscripts(${expression}, 2) j${depth})
          ORDER BY i${depth}), '[]') FROM generate_subscripts(${expression}, 1) i${depth}) END`;
    },
    hasText: element.hasText,
    isComposite: false,
  };
}

let created = 0;

function domainOver(base: RandomType): RandomType {
  const sql = `d${created++}`;
  return {
    ...base,
    sql,
    kind: 'domain',
    ddl: [...base.ddl, `CREATE DOMAIN ${sql} AS ${base.sql}`],
    value: base.value.map((value) => `(${value})::${sql}`),
  };
}

function compositeOf(members: readonly RandomType[]): RandomType {
  const sql = `c${created++}`;
  const list = members.map((member, i) => `m${i} ${member.sql}`).join(', ');
  return {
    sql,
    kind: 'composite',
    ddl: [...members.flatMap(({ ddl }) => ddl), `CREATE TYPE ${sql} AS (${list})`],
    value: fc.tuple(...members.map(nullable)).map((values) => `ROW(${values.join(', ')})::${sql}`),
    expected: (expression, depth) =>
      `CASE WHEN ${expression} IS DISTINCT FROM NULL THEN
        json_build_array(${members.map((member, i) => member.expected(`(${expression}).m${i}`, depth)).join(', ')}) END`,
    hasText: members.some(({ hasText }) => hasText),
    isComposite: true,
  };
}

const part = fc.oneof(
  { weight: 3, arbitrary: leafType },
  { weight: 1, arbitrary: leafType.map(arrayOf) },
  { weight: 1, arbitrary: leafType.map(domainOver) },
);
const composite = fc.array(part, { minLength: 1, maxLength: 4 }).map(compositeOf);

/** Any type. */
export const anyType: fc.Arbitrary<RandomType> = fc.oneof(
  { weight: 8, arbitrary: leafType },
  { weight: 3, arbitrary: leafType.map(arrayOf) },
  { weight: 1, arbitrary: leafType.map(gridOf) },
  { weight: 1, arbitrary: leafType.map(domainOver) },
  { weight: 1, arbitrary: leafType.map(domainOver).map(arrayOf) },
  { weight: 1, arbitrary: leafType.map(arrayOf).map(domainOver) },
  { weight: 2, arbitrary: composite },
  { weight: 1, arbitrary: composite.map(arrayOf) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.oneof(composite, composite.map(arrayOf), part), { minLength: 1, maxLength: 3 })
      .map(compositeOf),
  },
);

/** Values for the rows of a column: none NULL, some, or all. */
export function columnValues(
  type: RandomType,
  rows: number,
): fc.Arbitrary<{ readonly nulls: string; readonly values: readonly string[] }> {
  return fc.constantFrom('no NULL', 'some NULLs', 'NULLs only').chain((nulls) => {
    const value =
      nulls === 'no NULL' ? type.value : nulls === 'some NULLs' ? nullable(type) : fc.constant('NULL');
    return fc.array(value, { minLength: rows, maxLength: rows }).map((values) => ({ nulls, values }));
  });
}
