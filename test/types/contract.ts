/**
 * What the contract says of each type that does not become text: the Arrow type as PyArrow prints it, and the value as
 * `Value` (test/support/readers.ts) has it, computed by the server from `x`. Written without a look at src/types.
 */
export interface Contract {
  readonly arrow: string;
  readonly expected: string;
}

const asText = (arrow: string): Contract => ({ arrow, expected: 'x::text' });

/** Big-endian bytes as an integer; NULL for the values that stand for infinity. */
const sentInteger = (send: string, bits: 32 | 64, offset: string): string =>
  `(('x' || encode(${send}(x), 'hex'))::bit(${bits})::int8 - ${offset})::text`;

const timestamp = (arrow: string, send: string): Contract => ({
  arrow,
  expected: `CASE WHEN isfinite(x) AND x <= '294247-01-10 04:00:54.775807' THEN ${sentInteger(send, 64, '(-946684800000000)')} END`,
});

export const TEXT: Contract = { arrow: 'string', expected: `format('%s', x)` };

export const CONTRACT: Readonly<Record<string, Contract>> = {
  bool: { arrow: 'bool', expected: 'x::text' },
  int2: asText('int16'),
  int4: asText('int32'),
  int8: asText('int64'),
  oid: asText('uint32'),
  xid: { arrow: 'uint32', expected: 'x::text' },
  cid: { arrow: 'uint32', expected: 'x::text' },
  float4: { arrow: 'float', expected: `encode(float4send(x), 'hex')` },
  float8: { arrow: 'double', expected: `encode(float8send(x), 'hex')` },
  numeric: asText('string'),
  text: asText('string'),
  varchar: asText('string'),
  bpchar: { arrow: 'string', expected: `format('%s', x)` },
  name: asText('string'),
  char: { arrow: 'string', expected: `format('%s', x)` },
  refcursor: { arrow: 'string', expected: `format('%s', x)` },
  json: asText('extension<arrow.json>'),
  jsonb: asText('extension<arrow.json>'),
  jsonpath: asText('string'),
  xml: { arrow: 'string', expected: `format('%s', x)` },
  inet: { arrow: 'string', expected: `format('%s', x)` },
  cidr: { arrow: 'string', expected: `format('%s', x)` },
  citext: asText('string'),
  bytea: { arrow: 'binary', expected: `encode(x, 'hex')` },
  uuid: { arrow: 'extension<arrow.uuid>', expected: `replace(x::text, '-', '')` },
  date: { arrow: 'date32[day]', expected: `CASE WHEN isfinite(x) THEN (x - date '1970-01-01')::text END` },
  time: {
    arrow: 'time64[us]',
    expected: `CASE WHEN x < time '24:00' THEN ${sentInteger('time_send', 64, '0')} END`,
  },
  timestamp: timestamp('timestamp[us]', 'timestamp_send'),
  timestamptz: timestamp('timestamp[us, tz=UTC]', 'timestamptz_send'),
};
