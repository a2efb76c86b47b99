/** Builds the benchmark's tables: their columns are in tables.sql, what fills them is here. */
import { readFileSync } from 'node:fs';
import pg from 'pg';

export const SCHEMA = 'ddpp_bench';

/** An SQL expression over the row's number `g`, from 1. */
type Expression = string;

interface TableValues {
  /** Rows at scale 1. */
  readonly rows: number;
  /** Expressions of columns by name. */
  readonly columns: Readonly<Record<string, Expression>>;
  /** Whether all other columns are filled by their type, or stay NULL. */
  readonly others: 'by type' | 'null';
}

const hex = (source: Expression, from: number, length: number): Expression =>
  `substr(md5((${source})::text), ${from}, ${length})`;
const oneOf = (words: string, index: Expression): Expression =>
  `('{${words}}'::text[])[1 + (${index})::int % ${words.split(',').length}]`;
const day = (from: string): Expression => `date '${from}' + (random() * 2500)::int`;
const rounded = (from: number, to: number, digits: number): Expression =>
  `round((${from} + random() * ${to - from})::numeric, ${digits})`;
const sometimes = (share: number, value: Expression): Expression =>
  `CASE WHEN random() < ${share} THEN ${value} END`;

const ORBIT = `jsonb_build_object(
  'CAR', jsonb_build_object('coefficient_names', '{x,y,z,vx,vy,vz}'::text[],
    'coefficient_values', ARRAY[random() * 3 - 1.5, random() * 3 - 1.5, random() - 0.5, random() * 0.02, random() * 0.02, random() * 0.01],
    'covariance', jsonb_build_object('cov00', random() * 1e-12, 'cov01', random() * 1e-13, 'cov11', random() * 1e-12)),
  'magnitude_data', jsonb_build_object('H', ${rounded(10, 22, 2)}, 'G', 0.15, 'photometric_model', 'HG'),
  'designation_data', jsonb_build_object('permid', g::text, 'unpacked_primary_provisional_designation', '2026 A' || g),
  'software_data', jsonb_build_object('fitting_software_name', 'orbfit', 'mpcorb_version', '0.6'))`;

export const TABLES: Readonly<Record<string, TableValues>> = {
  diaforcedsource: {
    rows: 5_000_000,
    columns: { diaForcedSourceId: '170000000000000000 + g * 37::int8', band: oneOf('u,g,r,i,z,y', 'g') },
    others: 'by type',
  },
  diasource: {
    rows: 600_000,
    columns: {
      diaSourceId: '170000000000000000 + g * 37::int8',
      band: oneOf('u,g,r,i,z,y', 'g'),
      reliabilityVersion: `'v' || g / 1000 % 9`,
    },
    others: 'by type',
  },
  mpc_orbits: {
    rows: 300_000,
    columns: {
      id: 'g',
      designation: `'2026 A' || g`,
      packed_primary_provisional_designation: `'K26' || ${hex('g', 1, 4)}`,
      unpacked_primary_provisional_designation: `'2026 ' || upper(${hex('g', 5, 2)}) || g % 300`,
      mpc_orb_jsonb: ORBIT,
    },
    others: 'by type',
  },
  obs_sbn: {
    rows: 1_000_000,
    columns: {
      id: 'g',
      trksub: `'SL' || upper(${hex('g / 4', 1, 6)})`,
      trkid: `'00000H' || upper(${hex('g / 4', 7, 5)})`,
      obsid: hex('g', 1, 20),
      submission_id: `'2026-' || lpad((1 + g / 40000 % 12)::text, 2, '0') || '-01T06:12:00.000_' || ${hex('g / 100', 1, 8)}`,
      submission_block_id: `${hex('g / 100', 1, 16)} || '_01'`,
      obs80: `'     ' || ${hex('g / 4', 1, 7)} || '  C2026 05 ' || lpad((g % 30)::text, 2, '0') || '.' || lpad((g % 1000000)::text, 6, '0') || ' 12 34 56.789-12 34 56.78         21.4 rX~' || ${hex('g / 9', 1, 4)} || 'X05'`,
      status: oneOf('P,p,I', 'g'),
      healpix: '(random() * 1e10)::int8',
      permid: sometimes(0.4, '(1 + random() * 700000)::int::text'),
      provid: sometimes(0.6, `'2026 ' || chr(65 + g % 24) || chr(65 + g / 24 % 24) || g % 300`),
      mode: "'CCD'",
      stn: "'X05'",
      prog: "'X'",
      obstime: "timestamp '2026-01-01' + g * interval '0.731 second'",
      ra: rounded(0, 360, 7),
      dec: rounded(-90, 90, 7),
      rmsra: rounded(0.01, 0.21, 4),
      rmsdec: rounded(0.01, 0.21, 4),
      rmscorr: rounded(-1, 1, 4),
      astcat: "'Gaia3'",
      mag: rounded(18, 25, 3),
      rmsmag: rounded(0, 0.3, 3),
      band: oneOf('Lu,Lg,Lr,Li,Lz,Ly', 'g / 1000'),
      photcat: "'Gaia3'",
      logsnr: rounded(0, 2, 2),
      seeing: rounded(0.6, 1.6, 2),
      exp: '30',
      rmsfit: rounded(0, 0.1, 4),
      disc: sometimes(0.01, "'*'"),
      subfmt: "'ADES'",
      prectime: '1',
      notes: sometimes(0.1, "'K'"),
      nstars: '(random() * 3000)::int',
      created_at: "timestamptz '2026-01-02 06:00+00' + g / 100 * interval '7 second'",
      updated_at: "timestamptz '2026-01-02 06:00+00' + g / 100 * interval '9 second'",
      all_pub_ref: sometimes(0.3, `ARRAY['MPEC 2026-' || chr(65 + g % 20) || g % 99]`),
      obssubid: `'LSST-AP-DS-' || 170000000000000000 + g * 37::int8`,
    },
    others: 'null',
  },
  lineitem: {
    rows: 3_000_000,
    columns: {
      l_orderkey: 'g',
      l_linenumber: 'g % 7',
      l_quantity: 'random() * 50',
      l_extendedprice: 'random() * 100000',
      l_discount: 'random() * 0.1',
      l_tax: 'random() * 0.08',
      l_returnflag: oneOf('A,N,R', 'random() * 2'),
      l_linestatus: oneOf('O,F', 'g'),
      l_shipdate: day('1992-01-01'),
      l_commitdate: day('1992-01-01'),
      l_receiptdate: day('1992-01-01'),
      l_shipinstruct: oneOf('DELIVER IN PERSON,COLLECT COD,NONE,TAKE BACK RETURN', 'g'),
      l_shipmode: oneOf('AIR,FOB,MAIL,RAIL,REG AIR,SHIP,TRUCK', 'g'),
      l_comment: `substr(md5(g::text) || md5((g * 7)::text), 1, 10 + (random() * 30)::int)`,
    },
    others: 'by type',
  },
};

/** What a column without an expression of its own holds; one that may be NULL is, now and then. */
const BY_TYPE: Readonly<Record<string, Expression>> = {
  bool: 'random() < 0.03',
  int2: '(random() * 188)::int2',
  int4: '(random() * 10000)::int4',
  int8: '(random() * 1e15)::int8',
  float4: '(exp(random() * 8) * (random() - 0.2))::float4',
  float8: 'random() * 360',
  timestamp: "timestamp '2026-01-01' + g * interval '1 second'",
};
const NULL_SHARE = 0.1;

export function rowsOf(table: string, scale: number): number {
  return Math.max(1, Math.round(TABLES[table]!.rows * scale));
}

/**
 * Builds the tables at this scale, unless they are there. Throws where a schema of that name is not the benchmark's.
 * `log` gets a line for each table.
 */
export async function buildTables(dsn: string, scale: number, log: (line: string) => void): Promise<void> {
  const client = new pg.Client({ connectionString: dsn });
  await client.connect();
  try {
    const wanted = `ddpp benchmark at scale ${scale}`;
    const { rows } = await client.query<{ comment: string | null }>(
      "SELECT obj_description(oid, 'pg_namespace') AS comment FROM pg_namespace WHERE nspname = $1",
      [SCHEMA],
    );
    if (rows[0]?.comment === wanted) return log(`the tables of scale ${scale} are there`);
    if (rows[0] !== undefined && !rows[0].comment?.startsWith('ddpp benchmark'))
      throw new Error(`the schema ${SCHEMA} is not the benchmark's: drop or rename it`);
    await client.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
    await client.query(readFileSync(new URL('./tables.sql', import.meta.url), 'utf8'));
    await client.query('SELECT setseed(0.42)');
    for (const name of Object.keys(TABLES)) {
      log(`filling ${name} with ${rowsOf(name, scale)} rows`);
      await client.query(await fillSql(client, name, rowsOf(name, scale)));
      await client.query(`VACUUM (FREEZE, ANALYZE) ${SCHEMA}.${name}`);
    }
    await client.query(`COMMENT ON SCHEMA ${SCHEMA} IS '${wanted}'`);
  } finally {
    await client.end();
  }
}

async function fillSql(client: pg.Client, name: string, count: number): Promise<string> {
  const { columns, others } = TABLES[name]!;
  const { rows } = await client.query<{ name: string; type: string; required: boolean }>(
    `SELECT attname AS name, t.typname AS type, attnotnull AS required
     FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`,
    [`${SCHEMA}.${name}`],
  );
  const values = rows.map(({ name: column, type, required }) => {
    const own = columns[column] ?? (others === 'null' ? 'NULL' : undefined);
    if (own !== undefined) return own;
    return required ? BY_TYPE[type]! : sometimes(1 - NULL_SHARE, BY_TYPE[type]!);
  });
  return `INSERT INTO ${SCHEMA}.${name} SELECT ${values.join(', ')} FROM generate_series(1, ${count}) g`;
}
