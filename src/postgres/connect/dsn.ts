import { isParameter, usageError } from './parameters.ts';

const URI_PREFIX = /^postgres(?:ql)?:\/\//;
const ENCODE_HINT =
  'within a user name or password write "@" as %40, ":" as %3A, "/" as %2F, "?" as %3F and "%" as %25';

/**
 * Reads a libpq connection string, a URI or `keyword=value` pairs, into its parameters (PostgreSQL documentation,
 * "Connection Strings"). Messages never repeat the text itself, since a password may stand in it.
 */
export function parseDsn(dsn: string): Map<string, string> {
  const prefix = URI_PREFIX.exec(dsn)?.[0];
  if (prefix !== undefined) return parseUri(dsn.slice(prefix.length));
  const scheme = /^\s*(\w+):\/\//.exec(dsn)?.[1];
  if (scheme === undefined) return parsePairs(dsn);
  throw usageError(
    `the connection URI begins with "${scheme}://"`,
    'a URI for Postgres begins with postgresql:// or postgres://',
  );
}

/** As libpq stores a parameter: a later value replaces an earlier one, old names are translated. */
function store(parameters: Map<string, string>, keyword: string, value: string): void {
  if (keyword === 'requiressl') {
    parameters.set('sslmode', value.startsWith('1') ? 'require' : 'prefer');
    return;
  }
  if (!isParameter(keyword)) {
    throw usageError(
      /^\w{1,40}$/.test(keyword)
        ? `unknown connection parameter "${keyword}" in the connection string`
        : 'the connection string contains a parameter name that libpq does not know',
      'use the names that libpq has, such as host, dbname, sslmode, connect_timeout; quote values that contain blanks',
    );
  }
  parameters.set(keyword, value);
}

function parsePairs(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const name = /\s*([^\s=]*)\s*/y;
  const value = /=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s\\]|\\.|\\$)*))/sy;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    name.lastIndex = at;
    const keyword = name.exec(text)?.[1] ?? '';
    value.lastIndex = name.lastIndex;
    if (text[name.lastIndex] !== '=') throw missingEquals(parameters, at);
    const match = value.exec(text);
    if (match === null || (match[1] === undefined && match[2]?.startsWith("'"))) {
      throw usageError(
        `the quoted value of "${keyword}" in the connection string does not end`,
        "close it with ', and write ' and \\ within it as \\' and \\\\",
      );
    }
    store(parameters, keyword, (match[1] ?? match[2] ?? '').replace(/\\(.|$)/gs, '$1'));
    at = value.lastIndex;
  }
  return parameters;
}

function missingEquals(parameters: Map<string, string>, at: number) {
  const previous = [...parameters.keys()].pop();
  return previous === undefined
    ? usageError(
        'the connection string is neither a URI nor pairs of keyword=value',
        'write postgresql://host/dbname or host=… dbname=…',
      )
    : usageError(
        `the connection string has no "=" after the word that follows "${previous}" at character ${at + 1}`,
        "put a value that contains blanks between '…'",
      );
}

/** Parses what follows `postgresql://`: `[user[:password]@][host][:port][,…][/dbname][?keyword=value&…]`. */
function parseUri(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const authorityEnd = text.search(/[@/]/);
  let rest = text;
  if (authorityEnd >= 0 && text[authorityEnd] === '@') {
    const [user = '', ...password] = text.slice(0, authorityEnd).split(':');
    if (user !== '') store(parameters, 'user', decode(user, 'user name'));
    if (password.length > 0 && password.join(':') !== '') {
      store(parameters, 'password', decode(password.join(':'), 'password'));
    }
    rest = text.slice(authorityEnd + 1);
  }
  const { hosts, ports, after } = parseHosts(rest);
  const [, dbname = '', query = ''] = /^(?:\/([^?]*))?(?:\?(.*))?$/s.exec(after) ?? [];
  if (!parameters.has('user') && dbname.includes('@') && ports.some((port) => port !== '')) {
    throw usageError(
      'the connection URI has an "@" after its first "/"',
      `${ENCODE_HINT}, and "@" in a database name too`,
    );
  }
  if (hosts.join(',') !== '') store(parameters, 'host', decode(hosts.join(','), 'host'));
  if (ports.join(',') !== '') store(parameters, 'port', decodePorts(ports));
  if (dbname !== '') store(parameters, 'dbname', decode(dbname, 'database name'));
  for (const pair of query === '' ? [] : query.replace(/&$/, '').split('&'))
    storeQueryParameter(parameters, pair);
  return parameters;
}

/** Parses `host[:port],…` up to a `/`, a `?` or the end. An IPv6 address stands in brackets. */
function parseHosts(text: string): { hosts: string[]; ports: string[]; after: string } {
  const hosts: string[] = [];
  const ports: string[] = [];
  const element = /(?:\[([^\]]*)\]|([^:/?,]*))(?::([^/?,]*))?/y;
  for (let at = 0; ; at++) {
    element.lastIndex = at;
    const match = element.exec(text);
    if (text[at] === '[' && !match?.[1]) {
      throw usageError(
        `the IPv6 address in the connection URI ${match?.[1] === '' ? 'is empty' : 'has no closing "]"'}`,
        'write it as postgresql://[::1]:5432/dbname',
      );
    }
    const host = match?.[1] ?? match?.[2] ?? '';
    if (host.lastIndexOf('@') > 0) throw usageError('the connection URI has more than one "@"', ENCODE_HINT);
    hosts.push(host);
    ports.push(match?.[3] ?? '');
    at = element.lastIndex;
    const next = text[at];
    if (next === ',') continue;
    if (next !== undefined && next !== '/' && next !== '?') {
      throw usageError(
        'the connection URI has text after the "]" of an IPv6 address',
        'after the address write ":" and the port, "/" and the database, "?" or ","',
      );
    }
    return { hosts, ports, after: text.slice(at) };
  }
}

function decodePorts(ports: readonly string[]): string {
  const text = decode(ports.join(','), 'port');
  if (!/^[\d\s,+-]*$/.test(text))
    throw usageError('the port in the connection URI is not a number', ENCODE_HINT);
  return text;
}

function storeQueryParameter(parameters: Map<string, string>, pair: string): void {
  const parts = pair.split('=');
  if (parts.length !== 2) {
    const name = parts.length > 2 ? ` "${parts[0]}"` : '';
    throw usageError(
      `query parameter${name} of the connection URI has ${parts.length > 2 ? 'more than one "="' : 'no "="'}`,
      'write keyword=value, joined by "&", and "=" within a value as %3D',
    );
  }
  const keyword = decode(parts[0]!, 'query');
  const value = decode(parts[1]!, 'query');
  // JDBC's spelling, which libpq accepts too.
  if (keyword === 'ssl' && value === 'true') store(parameters, 'sslmode', 'require');
  else store(parameters, keyword, value);
}

/** Percent-decodes one part of a URI. Like libpq 17 and later, blanks around it are dropped and within it refused. */
function decode(text: string, part: string): string {
  const trimmed = text.trim();
  const wrong = /\s/.test(trimmed)
    ? ['a blank', 'write a blank as %20']
    : /%00/.test(trimmed)
      ? ['%00', 'remove it']
      : !isPercentEncoded(trimmed)
        ? ['a "%" that does not begin an encoded character', ENCODE_HINT]
        : undefined;
  if (wrong !== undefined)
    throw usageError(`the ${part} in the connection URI contains ${wrong[0]}`, wrong[1]!);
  return decodeURIComponent(trimmed);
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
