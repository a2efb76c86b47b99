/** Types at random that are not made of others, and values of them: boundaries more often than chance has them. */
import fc from 'fast-check';
import { CONTRACT, TEXT } from './contract.ts';
import { literal } from './type-samples.ts';

/** A type made up at random, with what makes values of it. */
export interface RandomType {
  /** As a column is declared with it. */
  readonly sql: string;
  /** What it is called in the count of what occurred. */
  readonly kind: string;
  /** What it is made of in the end, by their names. */
  readonly leaves: readonly string[];
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

const FLOAT_BOUNDARIES = {
  32: ['3.4028235e+38', '1e-45'],
  64: ['1.7976931348623157e+308', '5e-324'],
};

const float = (bitWidth: 32 | 64) =>
  fc.oneof(
    { weight: 2, arbitrary: bytes(8, 8).map((b) => randomFloat(Buffer.from(b), bitWidth)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('NaN', 'Infinity', '-Infinity', '0', '-0', ...FLOAT_BOUNDARIES[bitWidth]),
    },
  );

function randomFloat(bits: Buffer, bitWidth: 32 | 64): string {
  const value = bitWidth === 32 ? bits.readFloatLE() : bits.readDoubleLE();
  return Object.is(value, -0) ? '-0' : String(value);
}

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
  fc.constantFrom('24:00:00', '00:00:00', '23:59:59.999999'),
);
/** The first and the last date that Postgres has, in days since 1970. */
const DATE_BOUNDARIES = [-2_440_588, 2_145_042_905];
const days = fc.oneof(
  fc.integer({ min: -2_440_000, max: 2_145_031_948 }),
  fc.constantFrom(...DATE_BOUNDARIES),
  fc.integer({ min: -40_000, max: 40_000 }),
);
/** Postgres's first timestamp, Arrow's last one, and one after it. */
const FIRST_INSTANT = `'4713-01-01 00:00:00 BC'`;
const LAST_INSTANT = `'294247-01-10 04:00:54.775807'`;
const BEYOND_ARROW = `'294247-01-10 04:00:54.775808'`;
const inUtc = (instant: string) => instant.replace(/ BC'|'$/, (end) => `+00${end}`);
/** In days, with fractions. */
const instants = fc.oneof(
  fc.integer({ min: -2_440_000, max: 2_145_031_948 }).map((n) => n / 21),
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
      fc.constantFrom('NaN', 'Infinity', '-Infinity', '0', '1e200', '1e-200'),
    ),
  ),
  [
    'decimal',
    fc
      .integer({ min: 1, max: 38 })
      .chain((p) => fc.integer({ min: Math.max(-3, p - 38), max: p }).map((s) => `numeric(${p},${s})`)),
    (sql) => {
      const [precision, scale] = sql.match(/-?\d+/g)!.map(Number) as [number, number];
      const most = `${'9'.repeat(precision)}e${-scale}`;
      return fc.oneof(decimal(precision, scale), fc.constantFrom('NaN', '0', most, `-${most}`)).map(literal);
    },
  ],
  quoted(
    'text',
    fc.oneof(
      { weight: 9, arbitrary: text(40) },
      // Longer than what is copied in words, and than the first memory of a column.
      {
        weight: 1,
        arbitrary: fc.constantFrom(260, 5200).map((length) => 'Ä long text, '.repeat(length / 13)),
      },
    ),
  ),
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
      fc.constantFrom(`'-infinity'`, `'infinity'`),
    ),
  ),
  quoted('time', time),
  leaf(
    'timestamp',
    fc.oneof(
      instants.map((n) => `timestamp '1970-01-01' + ${n}::float8 * interval '1 day'`),
      fc.constantFrom(`'infinity'`, `'-infinity'`, FIRST_INSTANT, LAST_INSTANT, BEYOND_ARROW),
    ),
  ),
  leaf(
    'timestamptz',
    fc.oneof(
      instants.map((n) => `timestamptz '1970-01-01 00:00+00' + ${n}::float8 * interval '1 day'`),
      fc.constantFrom(`'infinity'`, ...[FIRST_INSTANT, LAST_INSTANT, BEYOND_ARROW].map(inUtc)),
    ),
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

const leafTypes = LEAVES.map(([name, declared, value]) =>
  declared.map((sql): RandomType => {
    const expected = (expression: string) =>
      name === 'decimal' ? unscaled(sql, expression) : expectedLeaf(name, expression);
    return {
      sql,
      kind: name,
      leaves: [name],
      ddl: [],
      value: value(sql).map((each) => `(${each})::${sql}`),
      expected: (expression) => `CASE WHEN ${expression} IS NOT NULL THEN ${expected(expression)} END`,
      hasText: CONTRACT[name] === undefined && !['decimal', 'mood', 'hstore'].includes(name),
      isComposite: false,
    };
  }),
);

/** A type of the given number, counted on and on through all of them. */
export const leafOf = (number: number) => leafTypes[number % leafTypes.length]!;

export const anyLeaf: fc.Arbitrary<RandomType> = fc.oneof(...leafTypes);

/** The integer that a decimal is stored as; NULL for NaN. */
function unscaled(sql: string, expression: string): string {
  const [, scale] = sql.match(/-?\d+/g)!.map(Number) as [number, number];
  const integer = `(${expression} * 1e${Math.max(scale, 0)})::numeric(50, 0)::text`;
  return `CASE WHEN ${expression} <> 'NaN' THEN to_json(${integer}) END`;
}
