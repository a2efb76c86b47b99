import type { PgType, Sample } from './pg-type.ts';

/** Types that are exported as the text of their output functions: name, OID, samples. */
const TYPES: readonly (readonly [string, number, ...Sample[]])[] = [
  ['money', 790, '0', '12.34', '-92233720368547758.08'],
  ['timetz', 1266, '00:00:00+00', '12:34:56.789012-05:30', '24:00:00+15:59:59'],
  ['interval', 1186, '0', '1 year 2 mons 3 days 04:05:06.789', '-178000000 years', '1 mon -1 days +00:00:01'],
  ['bit', 1560, '1', '0', '10101'],
  ['varbit', 1562, '', '1', '0101010101010101010101010101010101'],
  ['macaddr', 829, '08:00:2b:01:02:03', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'],
  ['macaddr8', 774, '08:00:2b:01:02:03:04:05', '00:00:00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff:ff:ff'],
  ['point', 600, '(0,0)', '(1.5,-2.25)', '(1e+300,NaN)'],
  ['line', 628, '{1,2,3}', '{0,-1,0.5}', '{1,0,-7}'],
  ['lseg', 601, '[(0,0),(1,1)]', '[(-1,2),(3,4.5)]', '[(0,0),(0,0)]'],
  ['box', 603, '(1,1),(0,0)', '(3,4.5),(-1,2)', '(0,0),(0,0)'],
  ['path', 602, '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '[(1,2)]'],
  ['polygon', 604, '((0,0),(1,1),(2,0))', '((1,2))', '((0,0),(0,1),(1,1),(1,0))'],
  ['circle', 718, '<(0,0),1>', '<(1.5,-2),0>', '<(0,0),1e+100>'],
  ['tsvector', 3614, "'a' 'fat'", "'cat':3A 'rat':2,5B", "'it''s'"],
  ['tsquery', 3615, "'fat' & 'rat'", "!'cat' | 'dog'", "'super':*A <-> 'star'"],
  ['pg_lsn', 3220, '0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF'],
  ['tid', 27, '(0,1)', '(4294967295,65535)', '(42,7)'],
  ['xid8', 5069, '0', '1', '18446744073709551615'],
  ['txid_snapshot', 2970, '10:20:', '10:20:10,14,15', '1:1:'],
  ['pg_snapshot', 5038, '10:20:', '10:20:10,14,15', '1:1:'],
  ['int4range', 3904, 'empty', '[1,10)', '(,5)'],
  ['int8range', 3926, 'empty', '[1,10)', '(,)'],
  ['numrange', 3906, 'empty', '[1.5,2.50]', '(,1e+10)'],
  ['tsrange', 3908, 'empty', '["2026-01-01 00:00:00","2026-01-02 12:00:00")', '(,infinity]'],
  ['tstzrange', 3910, 'empty', '["2026-01-01 00:00:00+00","2026-01-02 12:00:00+00")', '(,infinity]'],
  ['daterange', 3912, 'empty', '[2026-01-01,2026-02-01)', '(,)'],
  ['int4multirange', 4451, '{}', '{[1,3),[5,7)}', '{(,)}'],
  ['int8multirange', 4536, '{}', '{[1,3),[5,7)}', '{(,)}'],
  ['nummultirange', 4532, '{}', '{[1.5,3],(5,7)}', '{(,)}'],
  ['tsmultirange', 4533, '{}', '{["2026-01-01 00:00:00","2026-01-02 00:00:00")}', '{(,)}'],
  ['tstzmultirange', 4534, '{}', '{["2026-01-01 00:00:00+00","2026-01-02 00:00:00+00")}', '{(,)}'],
  ['datemultirange', 4535, '{}', '{[2026-01-01,2026-02-01)}', '{(,)}'],
  ['regproc', 24, 'now', '-', 'pg_catalog.pg_typeof'],
  ['regprocedure', 2202, 'abs(integer)', '-', 'now()'],
  ['regoper', 2203, '|/', '||/', '0'],
  ['regoperator', 2204, '+(integer,integer)', '0', '*(bigint,bigint)'],
  ['regclass', 2205, 'pg_class', '-', 'pg_type'],
  ['regtype', 2206, 'integer', '-', 'timestamp with time zone'],
  ['regrole', 4096, 'pg_monitor', '-', 'pg_signal_backend'],
  ['regnamespace', 4089, 'pg_catalog', '-', 'public'],
  ['regcollation', 4191, '"C"', '-', '"POSIX"'],
  ['regconfig', 3734, 'english', 'simple', '-'],
  ['regdictionary', 3769, 'simple', 'english_stem', '-'],
  ['aclitem', 1033, 'postgres=r/postgres', '=r/postgres', 'postgres=arwdDxt/postgres'],
  ['pg_node_tree', 194, ...fromCatalog('proargdefaults', 'pg_proc')],
  ['pg_ndistinct', 3361, ...fromCatalog('stxdndistinct', 'pg_statistic_ext_data')],
  ['pg_dependencies', 3402, ...fromCatalog('stxddependencies', 'pg_statistic_ext_data')],
  ['pg_mcv_list', 5017, ...fromCatalog('stxdmcv', 'pg_statistic_ext_data')],
  // Their values are in the server's indexes only: no query can return one.
  ['gtsvector', 3642],
  ['pg_brin_bloom_summary', 4600],
  ['pg_brin_minmax_multi_summary', 4601],
];

export const TEXT_TYPES: readonly PgType[] = TYPES.map(([name, oid, ...samples]) => ({
  name,
  match: { oid },
  decoding: null,
  samples,
}));

/** Values that have no literals: the first ones of a catalog's column. */
function fromCatalog(column: string, catalog: string): readonly Sample[] {
  return [0, 1, 2].map((offset) => ({
    sql: `SELECT ${column} FROM pg_catalog.${catalog} WHERE ${column} IS NOT NULL LIMIT 1 OFFSET ${offset}`,
  }));
}
