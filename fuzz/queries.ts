/** Queries whose streams are recorded: all types that are decoded on our side, nested ones, and rows of many columns. */
import { PG_TYPES } from '../src/types/registry.ts';

export interface FuzzQuery {
  readonly name: string;
  readonly sql: string;
  readonly columnTypes?: Readonly<Record<string, string>>;
}

export const SCHEMA = `CREATE EXTENSION hstore; CREATE EXTENSION citext;
  CREATE TYPE mood AS ENUM ('sad', 'a,b', 'quoted "x"', 'é', '');
  CREATE DOMAIN positive AS int4 CHECK (VALUE > 0);
  CREATE DOMAIN names AS text[];
  CREATE TYPE pair AS (a int4, b text);
  CREATE TYPE deep AS (p pair, list int4[], price numeric(10,2), flag bool);
  CREATE TYPE cast_pair AS (i interval, n int8)`;

/** One column whose rows are the expressions, and a NULL. */
function column(name: string, values: readonly string[], as?: string): FuzzQuery {
  const rows = [...values.slice(0, 2), 'NULL', ...values.slice(2)];
  return {
    name: as === undefined ? name : `${name} as ${as}`,
    sql: `SELECT x::${name} AS x FROM (VALUES ${rows.map((value) => `(${value})`).join(', ')}) v(x)`,
    ...(as === undefined ? {} : { columnTypes: { x: as } }),
  };
}

const quote = (text: string) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

/** Every type with a decoding of its own, with its samples. */
const SCALARS = PG_TYPES.filter(({ decoding, name }) => decoding !== null && name !== 'refcursor').map(
  ({ name, samples }) =>
    column(
      name === 'char' ? '"char"' : name,
      samples.map((sample) => (typeof sample === 'string' ? quote(sample) : `(${sample.sql})`)),
    ),
);

const NUMBERS = ["'0'", "'1'", "'-7'", "'32767'", "'-123456'"];
const DECIMALS = ["'12.50'", "'0'", "'-99999999.99'", "'NaN'", "'1e6'"];

const OTHERS: readonly FuzzQuery[] = [
  column('mood', ["'sad'", "'a,b'", "''", "'é'"]),
  column('positive', ["'1'", "'2147483647'"]),
  ...['int2', 'int8', 'int32', 'float64'].map((as) =>
    column('int4', NUMBERS, as.replace('int2', 'int16').replace('int8', 'int64')),
  ),
  ...['int32', 'uint32', 'float64'].map((as) => column('int8', NUMBERS, as)),
  ...['int64', 'int16'].map((as) => column('oid', ["'0'", "'70000'", "'4294967295'"], as)),
  column('float4', ["'1.5'", "'NaN'", "'1e-45'", "'-Infinity'"], 'float64'),
  column('float8', ["'1.5'", "'0.1'", "'1e300'", "'-Infinity'"], 'float32'),
  ...['int64', 'int32', 'float64', 'decimal128(12,2)', 'decimal128(38,10)'].map((as) =>
    column('numeric', DECIMALS, as),
  ),
  ...['numeric(5,2)', 'numeric(18,4)', 'numeric(38,10)', 'numeric(3,-2)'].map((type) =>
    column(type, ["'0'", "'0.01'", "'-12.002'", "'NaN'"]),
  ),
  column('numeric(2,5)', ["'0'", "'0.00099'", "'-0.00001'"]),
  column('date', ["'2000-01-01'", "'0044-03-15 BC'", "'infinity'", "'5874897-12-31'"], 'timestamp[us]'),
  column('timestamp', ["'2000-01-01'", "'1969-12-31'", "'2026-01-01 12:00'"], 'date32'),
  column('timestamptz', ["'2000-01-01 00:00+00'", "'1969-12-31 23:59:59.5+00'"], 'timestamp[us]'),
  column('text', ["''", "'é'"], 'binary'),
  column('"char"', ["''", "'a'", "E'\\\\351'"], 'binary'),
  column('interval', ["'1 day'", "'-1 mon 3 s'"]),
  column('text', ["repeat('long text ', 40)", "repeat('é', 200)", "''"]),
  column('int4[]', ["'{1,NULL,-3}'", "'{}'", "'{{1,2}}'", "'[0:1]={7,8}'", "'{5}'"]),
  column('int4[]', ["'{{1,2},{NULL,4}}'", "'{}'", "'{{9}}'", "'{1}'"], 'int32[][]'),
  column('text[]', [quote('{a,"b \\"c\\\\",NULL,"NULL",""}'), "'{}'", "'{é}'"]),
  column('bool[]', ["'{t,f,NULL}'", "'{}'"]),
  column('numeric[]', ["'{1.5,NaN,NULL}'", "'{}'", "'{1e20,-0.001}'"]),
  column('numeric(9,3)[]', ["'{1.5,NULL}'", "'{NaN}'"]),
  column('float8[]', ["'{1.5,NULL,Infinity}'", "'{{1},{2}}'"]),
  column('uuid[]', ["ARRAY['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', NULL]::text"]),
  column('jsonb[]', [`'{"{}",NULL,"[1, 2]"}'`]),
  column('timestamptz[]', ["'{2000-01-01 00:00+00,infinity}'"]),
  column('hstore[]', [quote('{"a=>1",NULL,"\\"x y\\"=>NULL"}')]),
  column('names', ["'{a,b}'", "'{}'"]),
  column('mood[]', [`'{sad,"a,b",NULL}'`]),
  column('interval[]', ["'{1 day,NULL,2 h}'", "'{}'"]),
  column('inet[]', ["'{10.0.0.1,::1}'"]),
  column('int2vector', ["'1 2 3'", "''"]),
  column('oidvector', ["'1 4294967295'", "''"]),
  column('pair', ["'(1,a)'", quote('(,"b ""c\\\\")'), "'(,)'"]),
  column('pair[]', [`'{"(1,a)",NULL,"(,)"}'`, "'{}'"]),
  column('deep', [`'("(1,a)","{1,NULL}",1.25,t)'`, "'(,,,)'", `'("(,)","{}",NaN,f)'`]),
  column('deep[]', [`ARRAY[ROW(ROW(1,'a')::pair, '{1}', 2.5, true)::deep, NULL]::text`]),
  column('cast_pair', [`'("1 day",5)'`, "'(,)'"]),
  {
    name: 'several columns',
    sql: `SELECT g AS i, 'text ' || g AS t, g / 4.0::float8 AS f, g * 1.5 AS n, g % 2 = 0 AS b, now() - now() AS d,
      CASE WHEN g > 1 THEN 'late' END AS late FROM generate_series(1, 4) g`,
  },
  {
    name: 'many columns',
    sql: `SELECT ${Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? `g + ${i} AS c${i}` : i % 3 === 1 ? `'x' || g AS c${i}` : `NULL::text AS c${i}`)).join(', ')}
      FROM generate_series(1, 3) g`,
  },
  {
    name: 'mostly NULL text',
    sql: `SELECT CASE WHEN g = 19 THEN 'at last' END AS t FROM generate_series(1, 20) g`,
  },
  { name: 'no rows', sql: 'SELECT 1 AS i WHERE false' },
];

export const QUERIES: readonly FuzzQuery[] = [...SCALARS, ...OTHERS];
