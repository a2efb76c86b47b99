/** Replaces secrets in a text that is about to be shown. */
export type Redact = (text: string) => string;

const MASK = '***';

/** From this length on a secret is replaced also inside of words, where a shorter one would hit by chance. */
const LONG_SECRET = 8;

/** Passwords in connection strings of any origin: of a URI, and of `password=…` in either form. */
const PATTERNS: readonly [RegExp, string][] = [
  [/(\b\w+:\/\/[^\s:/@]*:)[^\s/]*@/g, `$1${MASK}@`],
  [/(\b\w*password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&'"]+)/gi, `$1${MASK}`],
];

/** Where the user may have given a password, and names that are no secrets even where they equal one. */
export interface Credentials {
  readonly dsn?: string | undefined;
  readonly password?: string | undefined;
  readonly user?: string | undefined;
  readonly dbname?: string | undefined;
  readonly host?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Keeps passwords out of everything that is printed, whoever wrote them into a message: a second line of defence.
 * A password that equals the user's, database's or host's name stays, or no message could name those.
 */
export function createRedactor(credentials: Credentials): Redact {
  const { dsn = '', password, user, dbname, host, env } = credentials;
  const dsnPasswords = passwordsOf(dsn);
  const dsnWords = maskPatterns(dsn).split(/[^\w.-]+/);
  const open = new Set([user, dbname, host, env.PGUSER, env.PGDATABASE, env.PGHOST, ...dsnWords]);
  const secrets = [password, env.PGPASSWORD, ...dsnPasswords]
    .filter((secret) => secret !== undefined && secret !== '' && !open.has(secret))
    .flatMap((secret) => [secret!, encodeURIComponent(secret!)]);
  const literals = [...new Set(secrets)].sort((a, b) => b.length - a.length).map(literalPattern);
  return (text) => {
    return maskPatterns(literals.reduce((rest, pattern) => rest.replace(pattern, MASK), text));
  };
}

function maskPatterns(text: string): string {
  return PATTERNS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}

function literalPattern(secret: string): RegExp {
  const escaped = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(secret.length >= LONG_SECRET ? escaped : `(?<!\\w)${escaped}(?!\\w)`, 'g');
}

/** Everything in a connection string that may be meant as a password, also where the string is malformed. */
function passwordsOf(dsn: string): string[] {
  const found: string[] = [];
  const authority = /^\w+:\/\/[^:/?#]*:(.*)@/s.exec(dsn)?.[1];
  if (authority !== undefined) found.push(authority);
  for (const match of dsn.matchAll(/password\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s&]+))/gi)) {
    found.push((match[1] ?? match[2] ?? '').replace(/\\(.)/g, '$1'));
  }
  return found.flatMap((text) => [text, decode(text)]);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
