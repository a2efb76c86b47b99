import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { defaultHost } from '../../src/postgres/connect/hosts.ts';
import { findPassword, readPassfile } from '../../src/postgres/connect/passfile.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddpp-passfile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key = { host: 'db.example.org', port: 5432, dbname: 'mpc', user: 'reader' };

function write(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('the lines of a password file', () => {
  it.each([
    ['db.example.org:5432:mpc:reader:secret', 'secret'],
    ['*:*:*:*:secret', 'secret'],
    ['db.example.org:*:mpc:*:se cret', 'se cret'],
    ['*:*:*:*:a\\:b\\\\c', 'a:b\\c'],
    ['*:*:*:*:ends:here', 'ends'],
    ['*:*:*:*:back\\', 'back\\'],
    ['*:*:*:*:', ''],
    ['db.example.org:5433:mpc:reader:secret', null],
    ['db.example:5432:mpc:reader:secret', null],
    ['db.example.org:5432:mpc:reader', null],
    ['db.*:5432:mpc:reader:secret', null],
    ['#*:*:*:*:secret', null],
    [' *:*:*:*:secret', null],
  ])('%s', (line, password) => {
    expect(findPassword([line], key)).toBe(password);
  });

  it('takes the first that fits', () => {
    expect(findPassword(['*:*:other:*:a', '*:*:mpc:*:b', '*:*:*:*:c'], key)).toBe('b');
  });

  it('reads escaped colons and backslashes in every field', () => {
    const odd = { host: '::1', port: 5432, dbname: 'a\\b', user: 'x:y' };
    expect(findPassword(['\\:\\:1:5432:a\\\\b:x\\:y:secret'], odd)).toBe('secret');
    expect(findPassword(['::1:5432:a\\b:x:y:secret'], odd)).toBeNull();
  });

  it('finds the default socket directory under localhost, others by their path', () => {
    const lines = ['localhost:*:*:*:local', '/srv/pg:*:*:*:path'];
    expect(findPassword(lines, { ...key, host: defaultHost() })).toBe('local');
    expect(findPassword(lines, { ...key, host: 'localhost' })).toBe('local');
    expect(findPassword(lines, { ...key, host: '/srv/pg' })).toBe('path');
    expect(findPassword(lines, { ...key, host: '/srv' })).toBeNull();
  });
});

describe('a password file', () => {
  it('is read with either kind of line end', () => {
    expect(readPassfile(write('crlf', 'a:1:b:c:d\r\ne:2:f:g:h\n'), fail)).toEqual([
      'a:1:b:c:d',
      'e:2:f:g:h',
      '',
    ]);
  });

  it('may be missing', () => {
    expect(readPassfile(join(folder, 'none'), fail)).toEqual([]);
  });

  it.each([0o640, 0o604, 0o660])('is ignored with one line of warning when its mode is %o', (mode) => {
    const path = write('open', '*:*:*:*:secret\n', mode);
    const warnings: string[] = [];
    expect(readPassfile(path, (line) => warnings.push(line))).toEqual([]);
    expect(warnings).toEqual([
      `password file "${path}" is ignored: others can read it; run: chmod 0600 "${path}"`,
    ]);
  });

  it('is ignored with a warning when it is no plain file', () => {
    const path = join(folder, 'directory');
    mkdirSync(path);
    const warnings: string[] = [];
    expect(readPassfile(path, (line) => warnings.push(line))).toEqual([]);
    expect(warnings).toEqual([`password file "${path}" is ignored: it is not a plain file`]);
  });
});

describe('the password of a connection', () => {
  const lines = 'one:*:*:*:first\ntwo:6000:d:u:second\n192.0.2.1:*:*:*:third\n';
  const env = () => ({ HOME: folder, PGPASSFILE: write('several', lines) });
  const passwords = (dsn: string, more = {}) =>
    resolveConninfo({ dsn, user: 'u', dbname: 'd' }, { ...env(), ...more }, fail).hosts.map(
      (host) => host.password,
    );

  it('is looked up for each host', () => {
    expect(passwords('host=one,two,three port=1,6000,1')).toEqual(['first', 'second', null]);
  });

  it('is looked up by host before hostaddr', () => {
    expect(passwords('host=one,,two hostaddr=192.0.2.9,192.0.2.1,192.0.2.1 port=6000')).toEqual([
      'first',
      'third',
      'second',
    ]);
  });

  it('comes from the file only where none is given, and an empty one is none', () => {
    expect(passwords('host=one', { PGPASSWORD: 'given' })).toEqual(['given']);
    expect(passwords("host=one password=''", { PGPASSWORD: 'given' })).toEqual(['first']);
  });

  it('comes from ~/.pgpass by default, and from passfile before PGPASSFILE', () => {
    write('.pgpass', '*:*:*:*:home\n');
    const other = write('other', '*:*:*:*:other\n');
    expect(resolveConninfo({ dsn: 'host=one user=u' }, { HOME: folder }, fail).hosts[0]!.password).toBe(
      'home',
    );
    expect(passwords(`host=one passfile='${other}'`)).toEqual(['other']);
  });
});

function fail(line: string): never {
  throw new Error(`unexpected warning: ${line}`);
}
