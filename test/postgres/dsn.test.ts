import { describe, expect, it } from 'vitest';
import { ExportError } from '../../src/errors.ts';
import { parseDsn } from '../../src/postgres/connect/dsn.ts';

const parsed = (dsn: string) => Object.fromEntries(parseDsn(dsn));

/** The error of a connection string, which must not repeat its password. */
function failure(dsn: string): ExportError {
  try {
    parseDsn(dsn);
  } catch (error) {
    expect(error).toBeInstanceOf(ExportError);
    expect((error as ExportError).code).toBe('usage');
    expect((error as ExportError).message).not.toContain('s3cret');
    return error as ExportError;
  }
  throw new Error(`accepted: ${dsn}`);
}

// Expected values are what libpq 15's PQconninfoParse gives for the same text.
describe('keyword=value pairs', () => {
  it.each([
    ['host=a', { host: 'a' }],
    ['host = a port= 5 dbname =x', { host: 'a', port: '5', dbname: 'x' }],
    ["host='a b' port=1", { host: 'a b', port: '1' }],
    ["password='it\\'s \\\\ ok'", { password: "it's \\ ok" }],
    ["password=a\\ b\\'c", { password: "a b'c" }],
    ['host=a\\', { host: 'a' }],
    ["host='' port=''", { host: '', port: '' }],
    ['  ', {}],
    ["host='a'port=1", { host: 'a', port: '1' }],
    ['host=a host=b', { host: 'b' }],
    ['host=a\tport=1\nuser=b', { host: 'a', port: '1', user: 'b' }],
    ["options='-c geqo=off'", { options: '-c geqo=off' }],
    ['requiressl=1', { sslmode: 'require' }],
    ['requiressl=0', { sslmode: 'prefer' }],
    ['host=a,b port=1,2', { host: 'a,b', port: '1,2' }],
  ])('%s', (dsn, expected) => {
    expect(parsed(dsn)).toEqual(expected);
  });

  it('names an unknown parameter', () => {
    expect(failure('host=a sslmod=require').message).toBe(
      'unknown connection parameter "sslmod" in the connection string',
    );
  });

  it('tells where a "=" is missing, without the words around it', () => {
    expect(failure('host=a password=my s3cret').message).toBe(
      'the connection string has no "=" after the word that follows "password" at character 19',
    );
    expect(failure('s3cret').message).toMatch(/neither a URI nor pairs/);
  });

  it('refuses a quoted value without an end', () => {
    expect(failure("host=a password='s3cret").message).toMatch(/quoted value of "password" .* does not end/);
    expect(failure("password='s3cret\\'").message).toMatch(/"password"/);
  });
});

describe('URIs', () => {
  it.each([
    ['postgresql://', {}],
    ['postgres://h', { host: 'h' }],
    ['postgresql://u:p@h:5/d', { user: 'u', password: 'p', host: 'h', port: '5', dbname: 'd' }],
    ['postgresql://u:p:q@h', { user: 'u', password: 'p:q', host: 'h' }],
    ['postgresql://:p@h', { password: 'p', host: 'h' }],
    ['postgresql://u:@h', { user: 'u', host: 'h' }],
    ['postgresql://@h', { host: 'h' }],
    ['postgresql:///d', { dbname: 'd' }],
    ['postgresql:///d?host=/var/run', { dbname: 'd', host: '/var/run' }],
    ['postgresql://?host=/tmp&port=6', { host: '/tmp', port: '6' }],
    ['postgresql://%2Fvar%2Frun/d', { host: '/var/run', dbname: 'd' }],
    [
      'postgresql://h?sslmode=require&connect_timeout=3',
      { host: 'h', sslmode: 'require', connect_timeout: '3' },
    ],
    ['postgresql://h/?ssl=true', { host: 'h', sslmode: 'require' }],
    ['postgresql://h/d?', { host: 'h', dbname: 'd' }],
    ['postgresql://h/d?port=6&', { host: 'h', dbname: 'd', port: '6' }],
    ['postgresql://a:1,b/d', { host: 'a,b', port: '1,', dbname: 'd' }],
    ['postgresql://a,b/d', { host: 'a,b', port: ',', dbname: 'd' }],
    ['postgresql://a,:3/d', { host: 'a,', port: ',3', dbname: 'd' }],
    ['postgresql://[::1]:5/d', { host: '::1', port: '5', dbname: 'd' }],
    ['postgresql://[::1],[fe80::1]:6/d', { host: '::1,fe80::1', port: ',6', dbname: 'd' }],
    ['postgresql://u%40x:p%2F%3A%25@h/d%20e', { user: 'u@x', password: 'p/:%', host: 'h', dbname: 'd e' }],
    ['postgresql://é/ü', { host: 'é', dbname: 'ü' }],
    ['postgresql://%C3%A9/', { host: 'é' }],
    ['postgresql://u:a?b@h/d', { user: 'u', password: 'a?b', host: 'h', dbname: 'd' }],
    ['postgresql://h/d/e', { host: 'h', dbname: 'd/e' }],
    ['postgresql://h/a@b', { host: 'h', dbname: 'a@b' }],
    ['postgresql://h?options=-c%20geqo%3Doff', { host: 'h', options: '-c geqo=off' }],
    ['postgresql://h/d?user=u&host=g', { host: 'g', dbname: 'd', user: 'u' }],
  ])('%s', (dsn, expected) => {
    expect(parsed(dsn)).toEqual(expected);
  });

  it.each([
    ['postgresql://h/d?sslmod=require', 'unknown connection parameter "sslmod" in the connection string'],
    ['postgresql://h/d?ssl=false', 'unknown connection parameter "ssl" in the connection string'],
    ['postgresql://h/d?host', 'query parameter of the connection URI has no "="'],
    ['postgresql://h/d?host=a=b', 'query parameter "host" of the connection URI has more than one "="'],
    ['postgresql://[::1', 'the IPv6 address in the connection URI has no closing "]"'],
    ['postgresql://[]', 'the IPv6 address in the connection URI is empty'],
    ['postgresql://[::1]x', 'the connection URI has text after the "]" of an IPv6 address'],
    ['postgresql://h/%00', 'the database name in the connection URI contains %00'],
    ['postgresql://h/a b', 'the database name in the connection URI contains a blank'],
    ['mysql://u:s3cret@h/d', 'the connection URI begins with "mysql://"'],
    ['postgresql://h:1x/d', 'the port in the connection URI is not a number'],
  ])('refuses %s', (dsn, message) => {
    expect(failure(dsn).message).toBe(message);
  });

  // libpq would go on with half of such a password as a host, port or database name, and show it in its message.
  it.each([
    ['postgresql://u:s3cret%@h/d', 'a "%" that does not begin an encoded character'],
    ['postgresql://u:a@s3cret@h/d', 'more than one "@"'],
    ['postgresql://u:s3cret/w@h/d', 'an "@" after its first "/"'],
  ])('tells how to write the password in %s', (dsn, message) => {
    const error = failure(dsn);
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/^within a user name or password write "@" as %40/);
  });
});
