/** Literals of each type at the edges of what it holds, or of what a text format has to quote. */
export const EDGE_VALUES: Readonly<Record<string, readonly string[]>> = {
  bool: ['t', 'f'],
  int2: ['0', '-1', '32767', '-32768'],
  int4: ['0', '-1', '2147483647', '-2147483648'],
  int8: ['0', '-1', '4294967296', '-4294967297', '9223372036854775807', '-9223372036854775808'],
  float4: [
    ...['0', '-0', 'NaN', 'Infinity', '-Infinity', '1e-45', '1.1754944e-38', '3.4028235e38'],
    ...['0.1', '16777217', '-1.5e-10'],
  ],
  float8: [
    ...['0', '-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '2.2250738585072014e-308'],
    ...['1.7976931348623157e308', '0.1', '123456789.123456789', '9007199254740993', '1e22', '1e23'],
  ],
  text: [
    ...['', 'NULL', ' ', '"', '""', ',', '\n', '\r\n', '\t', '\\', '\\.', '\\N', 'a,"b"\nc', 'é日本🚀'],
    `${'0123456789,"é'.repeat(80_000)}\n`,
  ],
  'varchar(8)': ['', 'NULL', 'é日本🚀', '"a",b', '\\.'],
  'char(4)': ['', 'a', 'é ', 'NULL', '","'],
  date: [
    ...['1970-01-01', '1969-12-31', '0001-01-01', '4713-01-01 BC', '0044-03-15 BC'],
    ...['5874897-12-31', '2000-02-29'],
  ],
  timestamp: [
    ...['1970-01-01 00:00:00', '1969-12-31 23:59:59.999999', '4713-01-01 00:00:00 BC'],
    ...['294246-12-31 23:59:59.999999', '2026-11-23 12:34:56.7'],
  ],
  timestamptz: [
    ...['1970-01-01 00:00:00+00', '2026-03-08 02:30:00-03:30', '0044-03-15 12:00:00+00 BC'],
    '294246-12-31 00:00:00+14',
  ],
  numeric: [
    ...['0', '0.00', '-1.50', '1e-200', '9999', '10000', `1${'0'.repeat(400)}.${'0'.repeat(300)}1`],
    ...['NaN', '0.0001', '-12345678901234567890'],
  ],
  'numeric(10,2)': ['0', '-0.01', '99999999.99', '-99999999.99'],
  'numeric(30,5)': ['0', '-0.00001', '1234567890123456789012345.12345'],
  uuid: ['00112233-4455-6677-8899-aabbccddeeff'],
  json: ['{"a": [1, "x,y"]}', 'null', '"\\u00e9"'],
  jsonb: ['{"b": null, "a": 1.0}', '[]'],
  bytea: ['\\x', '\\x00ff22', '\\x5c2c'],
  time: ['00:00:00', '23:59:59.999999'],
  inet: ['10.0.0.1', '10.0.0.0/8', '::1'],
  interval: ['1 year -2 days 03:04:05.678901', '-00:00:00.000001', '0'],
  tsvector: ["'a,b':1 'c':2"],
  int4range: ['empty', '[1,5)'],
  'int4[]': ['{}', '{1,NULL,-3}'],
  'text[]': ['{}', '{"a,b",NULL,"NULL","","\\"q\\"\\\\"}'],
};

/** SQL that makes a table with a column of each type, called like it; NULLs stand between the values and fill up. */
export function createEdgeTable(table: string): string {
  const types = Object.entries(EDGE_VALUES);
  const rows = 2 * Math.max(...types.map(([, values]) => values.length));
  const columns = types.map(([type, values]) => {
    const tuples = values.map((value, i) => `(${2 * i + 1}, ${literal(value)})`);
    return `(SELECT s::${type} FROM (VALUES ${tuples.join(', ')}) v(i, s) WHERE i = g) AS "${type}"`;
  });
  return `CREATE TABLE ${table} AS SELECT ${columns.join(', ')} FROM generate_series(1, ${rows}) g ORDER BY g;`;
}

function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
