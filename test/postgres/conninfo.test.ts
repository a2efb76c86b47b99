import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ExportError } from '../../src/errors.ts';
import { type ConnectionOptions, resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { defaultHost, isLoopback } from '../../src/postgres/connect/hosts.ts';

const home = mkdtempSync(join(tmpdir(), 'ddpp-conninfo-'));
afterAll(() => rmSync(home, { recursive: true }));

const resolve = (options: ConnectionOptions, env: NodeJS.ProcessEnv = {}) =>
  resolveConninfo(options, { HOME: home, ...env }, (line) => {
    throw new Error(`unexpected warning: ${line}`);
  });

function failure(options: ConnectionOptions, env: NodeJS.ProcessEnv = {}): ExportError {
  try {
    resolve(options, env);
  } catch (error) {
    expect(error).toBeInstanceOf(ExportError);
    expect(error).toMatchObject({ code: 'usage', stage: 'options' });
    return error as ExportError;
  }
  throw new Error('accepted');
}

describe('the time after which a silent server counts as lost', () => {
  it.each([
    ['tcp_user_timeout=2500', 2_500],
    ['keepalives_idle=60 keepalives_interval=10 keepalives_count=6', 120_000],
    ['keepalives_idle=60', 735_000],
    ['keepalives=0', 0],
    ['keepalives=0 tcp_user_timeout=1', 1],
  ])('of %s', (dsn, milliseconds) => {
    expect(resolve({ dsn }).silenceLimitMs).toBe(milliseconds);
  });
});

describe('defaults', () => {
  it('are those of libpq', () => {
    const { username } = userInfo();
    expect(resolve({})).toEqual({
      hosts: [{ host: defaultHost(), hostaddr: null, port: 5432, password: null }],
      loadBalance: false,
      targetSessionAttrs: 'any',
      dbname: username,
      user: username,
      applicationName: 'fast-export',
      options: '',
      sessionSettings: {},
      connectTimeoutMs: 0,
      connectRetries: 3,
      keepalives: { enabled: true, idleSeconds: 0, intervalSeconds: 0, count: 0 },
      silenceLimitMs: 7_875_000,
      tls: {
        mode: 'prefer',
        negotiation: 'postgres',
        rootCertificates: join(home, '.postgresql/root.crt'),
        revocationLists: [],
        revocationDirectory: null,
        clientCertificate: join(home, '.postgresql/postgresql.crt'),
        clientKey: join(home, '.postgresql/postgresql.key'),
        clientKeyPassword: null,
        serverNameIndication: true,
        minVersion: 'TLSv1.2',
        maxVersion: null,
      },
      auth: {
        methods: ['password', 'md5', 'gss', 'sspi', 'scram-sha-256', 'oauth', 'none'],
        channelBinding: 'prefer',
      },
    });
  });

  it('take the database from the user', () => {
    expect(resolve({ user: 'reader' }).dbname).toBe('reader');
  });

  it('can be carried to a worker thread', () => {
    const conninfo = resolve({ dsn: 'host=a,b target_session_attrs=standby' });
    expect(structuredClone(conninfo)).toEqual(conninfo);
  });
});

describe('precedence', () => {
  const env = { PGHOST: 'envhost', PGPORT: '1', PGUSER: 'envuser', PGDATABASE: 'envdb', PGPASSWORD: 'envpw' };

  it('takes options before the connection string before variables', () => {
    expect(resolve({ dsn: 'host=dsnhost user=dsnuser', host: 'flaghost' }, env)).toMatchObject({
      hosts: [{ host: 'flaghost', port: 1, password: 'envpw' }],
      user: 'dsnuser',
      dbname: 'envdb',
    });
    expect(resolve({ port: 2, dbname: 'd', password: 'pw' }, env)).toMatchObject({
      hosts: [{ host: 'envhost', port: 2, password: 'pw' }],
      user: 'envuser',
      dbname: 'd',
    });
  });

  it('ignores empty options, while an empty value elsewhere hides weaker ones', () => {
    expect(resolve({ host: '', user: '' }, env)).toMatchObject({
      hosts: [{ host: 'envhost' }],
      user: 'envuser',
    });
    expect(resolve({ dsn: "host='' dbname=''" }, env)).toMatchObject({
      hosts: [{ host: defaultHost() }],
      dbname: 'envuser',
    });
  });
});

describe('variables', () => {
  it('reach their parameters', () => {
    const conninfo = resolve(
      {},
      {
        PGHOST: 'a,b',
        PGHOSTADDR: '192.0.2.1,::1',
        PGPORT: '1,2',
        PGDATABASE: 'd',
        PGUSER: 'u',
        PGPASSWORD: 'p',
        PGOPTIONS: '-c geqo=off',
        PGAPPNAME: 'nightly',
        PGCONNECT_TIMEOUT: '7',
        PGTARGETSESSIONATTRS: 'standby',
        PGLOADBALANCEHOSTS: 'random',
        PGCHANNELBINDING: 'disable',
        PGREQUIREAUTH: 'scram-sha-256,md5',
        PGDATESTYLE: 'German',
        PGTZ: 'Europe/Berlin',
        PGGEQO: 'default',
      },
    );
    expect(conninfo).toMatchObject({
      hosts: [
        { host: 'a', hostaddr: '192.0.2.1', port: 1, password: 'p' },
        { host: 'b', hostaddr: '::1', port: 2, password: 'p' },
      ],
      dbname: 'd',
      user: 'u',
      options: '-c geqo=off',
      applicationName: 'nightly',
      connectTimeoutMs: 7000,
      targetSessionAttrs: 'standby',
      loadBalance: true,
      auth: { methods: ['md5', 'scram-sha-256'], channelBinding: 'disable' },
    });
    expect(conninfo.sessionSettings).toEqual({ datestyle: 'German', timezone: 'Europe/Berlin' });
  });

  it('reach the TLS settings', () => {
    const { tls } = resolve(
      {},
      {
        PGSSLMODE: 'verify-full',
        PGSSLNEGOTIATION: 'direct',
        PGSSLROOTCERT: '/r',
        PGSSLCERT: '/c',
        PGSSLKEY: '/k',
        PGSSLCRL: '/l',
        PGSSLCRLDIR: '/d',
        PGSSLSNI: '0',
        PGSSLMINPROTOCOLVERSION: 'tlsv1.3',
        PGSSLMAXPROTOCOLVERSION: '',
      },
    );
    expect(tls).toEqual({
      mode: 'verify-full',
      negotiation: 'direct',
      rootCertificates: '/r',
      revocationLists: ['/l'],
      revocationDirectory: '/d',
      clientCertificate: '/c',
      clientKey: '/k',
      clientKeyPassword: null,
      serverNameIndication: false,
      minVersion: 'TLSv1.3',
      maxVersion: null,
    });
    expect(resolve({}, { PGREQUIRESSL: '1' }).tls.mode).toBe('require');
    expect(resolve({}, { PGREQUIRESSL: '1', PGSSLMODE: 'allow' }).tls.mode).toBe('allow');
    expect(resolve({}, { PGSSLCERTMODE: 'disable' }).tls.clientCertificate).toBeNull();
  });
});

describe('hosts', () => {
  const hosts = (dsn: string) => resolve({ dsn }).hosts.map(({ host, port }) => `${host}:${port}`);

  it.each([
    ['host=a', ['a:5432']],
    ['host=a,b', ['a:5432', 'b:5432']],
    ['host=a,b port=7', ['a:7', 'b:7']],
    ['host=a,b port=,7', ['a:5432', 'b:7']],
    ['host=a, port=6,7', ['a:6', `${defaultHost()}:7`]],
    ['hostaddr=192.0.2.1,192.0.2.2 port=5', [':5', ':5']],
    ['postgresql://[::1]:5,/tmp', ['::1:5', `${defaultHost()}:5432`]],
    ['host=/srv/a,b', ['/srv/a:5432', 'b:5432']],
  ])('%s', (dsn, expected) => {
    expect(hosts(dsn)).toEqual(expected);
  });

  it.each([
    ['host=a,b,c hostaddr=192.0.2.1,192.0.2.2', 'the connection parameters name 3 in host but 2 in hostaddr'],
    ['host=a,b,c port=1,2', 'the connection parameters name 2 ports for 3 hosts'],
    ['host=a port=1,2', 'the connection parameters name 2 ports for 1 host'],
    ['hostaddr=db', 'invalid value "db" of connection parameter hostaddr: an IP address is expected'],
    ['port=0', 'invalid value "0" of connection parameter port: expected a number from 1 to 65535'],
    ['port=65536', 'invalid value "65536" of connection parameter port: expected a number from 1 to 65535'],
    ['port=1x', 'invalid value "1x" of connection parameter port: expected a number from 1 to 65535'],
  ])('refuses %s', (dsn, message) => {
    expect(failure({ dsn }).message).toBe(message);
  });
});

describe('values', () => {
  it.each([
    ['1', 2000],
    ['2', 2000],
    [' 10 ', 10_000],
    ['0', 0],
    ['-5', 0],
  ])('connect_timeout=%s', (seconds, milliseconds) => {
    expect(resolve({}, { PGCONNECT_TIMEOUT: seconds }).connectTimeoutMs).toBe(milliseconds);
  });

  it('of keepalives', () => {
    const dsn = 'keepalives=0 keepalives_idle=30 keepalives_interval=-1 keepalives_count=4';
    expect(resolve({ dsn }).keepalives).toEqual({
      enabled: false,
      idleSeconds: 30,
      intervalSeconds: 0,
      count: 4,
    });
  });

  it('of the application name', () => {
    expect(resolve({ dsn: 'fallback_application_name=f' }).applicationName).toBe('f');
    expect(resolve({ dsn: 'fallback_application_name=f' }, { PGAPPNAME: 'a' }).applicationName).toBe('a');
  });

  it('of require_auth', () => {
    const methods = (text: string) => resolve({}, { PGREQUIREAUTH: text }).auth.methods;
    expect(methods('none')).toEqual(['none']);
    expect(methods('!none,!password')).toEqual(['md5', 'gss', 'sspi', 'scram-sha-256', 'oauth']);
  });

  it.each([
    ['connect_timeout', 'soon', 'an integer is expected'],
    ['connect_timeout', '', 'an integer is expected'],
    ['keepalives_idle', '1.5', 'an integer is expected'],
    ['tcp_user_timeout', 'x', 'an integer is expected'],
    ['sslmode', 'full', 'expected disable, allow, prefer, require, verify-ca, verify-full'],
    ['sslmode', '', 'expected disable, allow, prefer, require, verify-ca, verify-full'],
    ['sslnegotiation', 'directly', 'expected postgres, direct'],
    ['sslcertmode', 'maybe', 'expected disable, allow, require'],
    ['gssencmode', 'maybe', 'expected disable, prefer, require'],
    ['channel_binding', 'on', 'expected disable, prefer, require'],
    ['target_session_attrs', 'rw', 'expected any, read-write, read-only, primary, standby, prefer-standby'],
    ['load_balance_hosts', 'yes', 'expected disable, random'],
    ['ssl_min_protocol_version', 'SSLv3', 'expected TLSv1, TLSv1.1, TLSv1.2, TLSv1.3'],
    ['max_protocol_version', '2', 'expected 3.0, 3.2, latest'],
    ['require_auth', 'scram', 'expected password, md5, gss, sspi, scram-sha-256, oauth, none'],
    ['require_auth', 'md5,!none', 'methods with and without "!" cannot be mixed'],
    ['require_auth', 'md5,md5', '"md5" stands there twice'],
  ])('refuses %s=%s', (keyword, text, reason) => {
    const error = failure({ dsn: `${keyword}='${text}'` });
    expect(error.message).toBe(`invalid value "${text}" of connection parameter ${keyword}: ${reason}`);
    expect(error.hint).toBe(`correct ${keyword} in the connection string`);
  });

  it('names the variable that holds a wrong value', () => {
    expect(failure({}, { PGSSLMODE: 'on' }).hint).toBe('correct variable PGSSLMODE');
  });

  it('refuses combinations that libpq refuses', () => {
    expect(failure({ dsn: 'sslrootcert=system sslmode=require' }).message).toMatch(
      /sslrootcert=system needs verify-full/,
    );
    expect(resolve({ dsn: 'sslrootcert=system' }).tls.mode).toBe('verify-full');
    expect(failure({ dsn: 'sslnegotiation=direct' }).message).toMatch(/sslmode prefer is too weak/);
    expect(
      failure({ dsn: 'ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2' }).message,
    ).toMatch(/it is below ssl_min_protocol_version, TLSv1.3/);
  });

  it('refuses a NUL character, which would end a value on its way to the server', () => {
    expect(failure({ user: 'u\0database\0postgres' }).message).toBe('option user contains a NUL character');
  });
});

describe('what cannot be honoured', () => {
  it.each([
    ['gssencmode', 'require'],
    ['min_protocol_version', '3.2'],
    ['replication', 'database'],
    ['sslcertmode', 'require'],
    ['sslkeylogfile', '/tmp/keys'],
    ['sslkey', 'pkcs11:token'],
    ['scram_client_key', 'x'],
    ['scram_server_key', 'x'],
    ['oauth_issuer', 'https://x'],
    ['oauth_client_id', 'x'],
    ['oauth_client_secret', 'x'],
    ['oauth_scope', 'x'],
  ])('%s=%s is refused', (keyword, text) => {
    const error = failure({ dsn: `${keyword}=${text}` });
    expect(error.message).toContain(`connection parameter ${keyword} is not supported here: `);
    expect(error.hint).toBe(`remove it from ${keyword} in the connection string`);
  });

  it('requirepeer is refused for Unix sockets, and means nothing for TCP, as in libpq', () => {
    expect(failure({ dsn: 'host=a,/tmp requirepeer=postgres' }).message).toMatch(
      /requirepeer is not supported/,
    );
    expect(resolve({ dsn: 'host=a requirepeer=postgres' }).hosts).toHaveLength(1);
  });

  it.each([
    'gssencmode=prefer',
    'max_protocol_version=3.2',
    'replication=off',
    'sslcompression=1',
    'client_encoding=LATIN1',
    'krbsrvname=x gsslib=gssapi gssdelegation=1',
  ])('%s changes nothing', (dsn) => {
    expect(resolve({ dsn })).toEqual(resolve({}));
  });
});

describe('files', () => {
  it('root.crl in the home directory is used unless other lists are named', () => {
    const directory = join(home, '.postgresql');
    mkdirSync(directory);
    writeFileSync(join(directory, 'root.crl'), '');
    expect(resolve({}).tls.revocationLists).toEqual([join(directory, 'root.crl')]);
    expect(resolve({ dsn: 'sslcrl=/x' }).tls.revocationLists).toEqual(['/x']);
    expect(resolve({ dsn: 'sslcrldir=/x' }).tls).toMatchObject({
      revocationLists: [],
      revocationDirectory: '/x',
    });
    rmSync(directory, { recursive: true });
  });

  it('a missing sslrootcert is told where libpq would go on without verification', () => {
    const warnings: string[] = [];
    const warn = (line: string) => warnings.push(line);
    for (const mode of ['require', 'verify-ca', 'disable']) {
      resolveConninfo({ dsn: `sslmode=${mode} sslrootcert=/no/such.crt` }, { HOME: home }, warn);
    }
    expect(warnings).toEqual([
      'sslrootcert "/no/such.crt" does not exist: with sslmode=require the server\'s certificate is not verified',
    ]);
  });
});

describe('a server on this machine', () => {
  it.each([
    ['/tmp', null, true],
    ['@abstract', null, true],
    ['localhost', '127.0.0.1', true],
    ['localhost', '::1', true],
    ['db', '::ffff:127.0.0.2', true],
    ['127.0.0.1', null, true],
    ['/tmp', '10.0.0.1', false],
    ['127.example.org', '192.0.2.1', false],
    ['::1:2', '2001:db8::1', false],
  ])('%s at %s: %s', (host, hostaddr, expected) => {
    expect(isLoopback({ host, hostaddr, port: 5432 })).toBe(expected);
  });
});
