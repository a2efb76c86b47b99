/** Types made up at random of others: arrays, composites and domains. */
import fc from 'fast-check';
import { anyLeaf, type RandomType } from './random-leaves.ts';

/** A part that may be NULL. */
const nullable = (type: RandomType) => fc.option(type.value, { freq: 3 }).map((sql) => sql ?? 'NULL');

function arrayOf(element: RandomType): RandomType {
  const asAWhole = element.isComposite && element.hasText;
  const sql = `${element.sql}[]`;
  return {
    sql,
    kind: 'array',
    leaves: element.leaves,
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
    leaves: element.leaves,
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
    leaves: members.flatMap(({ leaves }) => leaves),
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
  { weight: 3, arbitrary: anyLeaf },
  { weight: 1, arbitrary: anyLeaf.map(arrayOf) },
  { weight: 1, arbitrary: anyLeaf.map(domainOver) },
);

/** A composite with the type somewhere in it, and others beside it. */
function compositeAround(type: fc.Arbitrary<RandomType>): fc.Arbitrary<RandomType> {
  const others = fc.array(part, { maxLength: 2 });
  return fc
    .tuple(others, type, others)
    .map(([before, own, after]) => compositeOf([...before, own, ...after]));
}

/** The type as it is, or any type that is made of it. */
export function typeAround(leaf: fc.Arbitrary<RandomType>): fc.Arbitrary<RandomType> {
  const composite = compositeAround(leaf);
  return fc.oneof(
    { weight: 8, arbitrary: leaf },
    { weight: 3, arbitrary: leaf.map(arrayOf) },
    { weight: 1, arbitrary: leaf.map(gridOf) },
    { weight: 1, arbitrary: leaf.map(domainOver) },
    { weight: 1, arbitrary: leaf.map(domainOver).map(arrayOf) },
    { weight: 1, arbitrary: leaf.map(arrayOf).map(domainOver) },
    { weight: 2, arbitrary: composite },
    { weight: 1, arbitrary: composite.map(arrayOf) },
    { weight: 1, arbitrary: compositeAround(fc.oneof(composite, composite.map(arrayOf))) },
  );
}

/** Where a column is NULL, by row; `true` for NULL. */
const NULL_PATTERNS: Readonly<Record<string, (row: number, rows: number, chance: boolean) => boolean>> = {
  none: () => false,
  some: (_row, _rows, chance) => chance,
  only: () => true,
  first: (row, rows) => row < rows / 2,
  last: (row, rows) => row >= rows / 2,
  runs: (row) => row % 16 < 8,
};

/** SQL of the values of a column, NULL where one of the patterns says so. */
export function columnValues(type: RandomType, rows: number): fc.Arbitrary<readonly string[]> {
  const chances = fc.array(fc.boolean(), { minLength: rows, maxLength: rows });
  return fc
    .tuple(
      fc.constantFrom(...Object.values(NULL_PATTERNS)),
      chances,
      fc.array(type.value, { minLength: rows, maxLength: rows }),
    )
    .map(([isNull, chance, values]) =>
      values.map((value, row) => (isNull(row, rows, chance[row]!) ? 'NULL' : value)),
    );
}
