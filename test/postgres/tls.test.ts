import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedConnection, openConnection } from '../../src/postgres/connect/connect.ts';
import { type ConnectionOptions, resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { type PostgresServer, startPostgres } from '../../tools/postgres-server.ts';
import { serverUser, temporaryFolder } from '../../tools/postgres-user.ts';
import { Authority, type Certificate, encryptKey, revocationListName } from './certificates.ts';
import { startTlsFront, type TlsFront } from './tls-front.ts';

const user = serverUser();
const folder = mkdtempSync(join(temporaryFolder(user), 'ddpp-tls-'));
chmodSync(folder, 0o755);
const home = join(folder, 'home');
mkdirSync(join(home, '.postgresql'), { recursive: true });

const root = new Authority(folder, 'root');
const stranger = new Authority(folder, 'stranger');
const serverCertificate = root.issue('server', 'db.example.org', 'DNS:db.example.org,IP:127.0.0.1');
const clientCertificate = root.issue('client', 'certified');

let tls: PostgresServer;
let plain: PostgresServer;
const opened: OpenedConnection[] = [];
const fronts: TlsFront[] = [];

beforeAll(async () => {
  if (user.uid !== undefined) chownSync(serverCertificate.key, user.uid, user.gid!);
  const hba = [
    'hostssl all certified 127.0.0.1/32 cert',
    'hostssl all plainonly 127.0.0.1/32 reject',
    'hostnossl all tlsonly 127.0.0.1/32 reject',
    'hostssl all hashed 127.0.0.1/32 md5',
  ];
  const settings = {
    ssl: true,
    ssl_cert_file: serverCertificate.cert,
    ssl_key_file: serverCertificate.key,
    ssl_ca_file: root.cert,
    ssl_min_protocol_version: 'TLSv1.2',
  };
  [tls, plain] = await Promise.all([startPostgres({ settings, hba }), startPostgres()]);
  const client = new pg.Client({ connectionString: tls.dsn });
  await client.connect();
  await client.query(`CREATE ROLE certified LOGIN; CREATE ROLE plainonly LOGIN PASSWORD 'pw';
    CREATE ROLE tlsonly LOGIN PASSWORD 'pw'; SET password_encryption = md5; CREATE ROLE hashed LOGIN PASSWORD 'pw'`);
  await client.end();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ client }) => client.end()));
  await Promise.all(fronts.splice(0).map((front) => front.close()));
});
afterAll(async () => {
  await Promise.all([tls.stop('immediate'), plain.stop('immediate')]);
  rmSync(folder, { recursive: true });
});

/** Settings for one of the servers; `dsn` holds what a test is about. */
function settings(dsn: string, more: ConnectionOptions = {}, server: PostgresServer = tls) {
  const { host, port, user, password } = server;
  return resolveConninfo(
    { host, port, user, password, dbname: 'postgres', ...more, dsn },
    { HOME: home },
    () => {},
  );
}

async function open(
  dsn: string,
  more: ConnectionOptions = {},
  server: PostgresServer = tls,
): Promise<OpenedConnection> {
  const connection = await openConnection(settings(dsn, more, server));
  opened.push(connection);
  return connection;
}

/** Whether the session is encrypted, by what the server says. */
async function encrypted(connection: OpenedConnection): Promise<boolean> {
  const { rows } = await connection.client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
  expect(connection.stream instanceof TLSSocket).toBe(rows[0].ssl);
  return rows[0].ssl;
}

const failure = (dsn: string, more: ConnectionOptions = {}, server: PostgresServer = tls) =>
  open(dsn, more, server).then(
    () => 'connected',
    (error: Error) => error.message.replace(/^.*port \d+: /, ''),
  );

/** A server that shows a certificate of its own. */
async function front(certificate: Certificate, options = {}, behind = plain): Promise<TlsFront> {
  const started = await startTlsFront(behind.port, certificate, options);
  fronts.push(started);
  return started;
}

const trust = `sslrootcert=${root.cert}`;
const distrust = `sslrootcert=${stranger.cert}`;

describe('sslmode', () => {
  it.each([
    ['disable', false],
    ['allow', false],
    ['prefer', true],
    ['require', true],
  ])('%s with a server that takes both', async (mode, expected) => {
    expect(await encrypted(await open(`sslmode=${mode}`))).toBe(expected);
  });

  it.each([
    ['disable', 'plainonly', false],
    ['allow', 'tlsonly', true],
    ['prefer', 'plainonly', false],
    ['require', 'tlsonly', true],
  ])('%s with a server that takes %s', async (mode, role, expected) => {
    expect(await encrypted(await open(`sslmode=${mode}`, { user: role, password: 'pw' }))).toBe(expected);
  });

  it.each([
    ['disable', 'tlsonly'],
    ['require', 'plainonly'],
  ])('%s fails with a server that takes %s', async (mode, role) => {
    expect(await failure(`sslmode=${mode}`, { user: role, password: 'pw' })).toMatch(
      /pg_hba.conf rejects connection/,
    );
  });

  it.each(['allow', 'prefer'])('%s goes on without TLS where the server has none', async (mode) => {
    expect(await encrypted(await open(`sslmode=${mode}`, {}, plain))).toBe(false);
  });

  it.each(['require', 'verify-ca', 'verify-full'])('%s fails where the server has no TLS', async (mode) => {
    expect(await failure(`sslmode=${mode} ${trust}`, {}, plain)).toBe(
      `the server does not speak TLS, which sslmode=${mode} demands`,
    );
  });

  it('prefer asks a server that declines TLS only once for the login', async () => {
    expect(await failure('sslmode=prefer', { password: 'wrong' }, plain)).toMatch(
      /^password authentication failed/,
    );
    const attempts = plain.log().match(/password authentication failed for user/g);
    expect(attempts).toHaveLength(1);
  });

  it('means nothing for a Unix socket', async () => {
    expect(await encrypted(await open(`sslmode=verify-full ${trust}`, { host: tls.socketDir }))).toBe(false);
  });

  it('works over a socket that reads into a buffer of its caller', async () => {
    const makeSocket = () => {
      const socket: Socket = new Socket({
        onread: {
          buffer: Buffer.alloc(4096),
          callback: (length, buffer) => socket.emit('data', Buffer.from(buffer.subarray(0, length))),
        },
      });
      return socket;
    };
    const connection = await openConnection(settings(`sslmode=verify-full ${trust}`), makeSocket);
    opened.push(connection);
    expect(await encrypted(connection)).toBe(true);
    const { rows } = await connection.client.query("SELECT repeat('x', 300000) AS long");
    expect(rows[0].long).toHaveLength(300_000);
  });

  it('is the same for further connections to the pinned server', async () => {
    const { pinned } = await open(`sslmode=verify-full ${trust} hostaddr=127.0.0.1`, {
      host: 'db.example.org',
    });
    const again = await openConnection(structuredClone(pinned));
    opened.push(again);
    expect(await encrypted(again)).toBe(true);
  });
});

describe('the root certificate', () => {
  it.each(['verify-ca', 'verify-full'])('that signed is accepted by %s', async (mode) => {
    expect(await encrypted(await open(`sslmode=${mode} ${trust}`))).toBe(true);
  });

  it.each(['require', 'verify-ca', 'verify-full'])('that did not sign is refused by %s', async (mode) => {
    expect(await failure(`sslmode=${mode} ${distrust}`)).toMatch(/^TLS failed: (unable to|self-signed)/);
  });

  it('that did not sign makes prefer go on without TLS', async () => {
    expect(await encrypted(await open(`sslmode=prefer ${distrust}`))).toBe(false);
  });

  it('must exist for verify-ca and verify-full only', async () => {
    expect(await failure('sslmode=verify-ca')).toBe(
      `root certificate file "${join(home, '.postgresql/root.crt')}" does not exist`,
    );
    expect(await encrypted(await open('sslmode=require sslrootcert=/no/such.crt'))).toBe(true);
  });

  it('in ~/.postgresql/root.crt is used by default, for require as well', async () => {
    const file = join(home, '.postgresql/root.crt');
    copyFileSync(root.cert, file);
    expect(await encrypted(await open('sslmode=verify-full'))).toBe(true);
    copyFileSync(stranger.cert, file);
    expect(await failure('sslmode=require')).toMatch(/^TLS failed/);
    rmSync(file);
  });

  it('may be the operating system’s', async () => {
    expect(await failure('sslrootcert=system')).toMatch(/^TLS failed/);
    // The system's certificates are read once for a process, from where OpenSSL's variables say.
    const script = `
      const { resolveConninfo } = await import(process.argv[1] + '/conninfo.ts');
      const { openConnection } = await import(process.argv[1] + '/connect.ts');
      const { client, stream } = await openConnection(resolveConninfo({ dsn: process.argv[2] }));
      process.stdout.write(String(stream.authorized));
      await client.end();`;
    const dsn = `${tls.dsn}?sslrootcert=system`;
    const sources = fileURLToPath(new URL('../../src/postgres/connect', import.meta.url));
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script, sources, dsn], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: home, SSL_CERT_FILE: root.cert },
    });
    expect(output).toBe('true');
  });
});

describe('the name in the certificate', () => {
  const name = (host: string, port: number) =>
    failure(`sslmode=verify-full ${trust} hostaddr=127.0.0.1`, { host, port }, plain);

  it.each([
    ['sub', 'ignored', 'DNS:*.example.org', 'db.example.org', true],
    ['deep', 'ignored', 'DNS:*.example.org', 'a.db.example.org', false],
    ['bare', 'ignored', 'DNS:*.example.org', 'example.org', false],
    ['case', 'ignored', 'DNS:DB.Example.org', 'db.example.ORG', true],
    ['part', 'ignored', 'DNS:d*.example.org', 'db.example.org', false],
    ['cn', 'db.example.org', undefined, 'db.example.org', true],
    ['cnsan', 'db.example.org', 'DNS:other.example.org', 'db.example.org', false],
    ['ip', 'ignored', 'IP:127.0.0.1', '127.0.0.1', true],
    ['ip6', 'ignored', 'IP:::1', '0:0::1', true],
    ['otherip', '127.0.0.1', 'IP:192.0.2.1', '127.0.0.1', false],
    ['ipcn', '127.0.0.1', undefined, '127.0.0.1', true],
  ])('%s: CN %s, alternative name %s, host %s: %s', async (file, commonName, san, host, accepted) => {
    const { port } = await front(root.issue(`name-${file}`, commonName, san));
    const outcome = await name(host, port);
    if (accepted) expect(outcome).toBe('connected');
    else expect(outcome).toMatch(/^TLS failed: the server's certificate is for .*, not for "/);
    expect(await failure(`sslmode=verify-ca ${trust} hostaddr=127.0.0.1`, { host, port }, plain)).toBe(
      'connected',
    );
  });

  it('is that of host, which verify-full needs', async () => {
    const conninfo = settings(`sslmode=verify-full ${trust} hostaddr=127.0.0.1 host=''`, { host: '' });
    await expect(openConnection(conninfo)).rejects.toThrow('sslmode=verify-full needs a host name');
    expect(
      await failure(`sslmode=verify-full ${trust} hostaddr=127.0.0.1`, { host: 'other.example.org' }),
    ).toBe(
      `TLS failed: the server's certificate is for DNS:db.example.org, IP Address:127.0.0.1, not for "other.example.org"`,
    );
  });

  it('is sent in the handshake unless sslsni=0 or it is an address', async () => {
    const shown = await front(serverCertificate);
    const at = (dsn: string, host: string) =>
      open(`sslmode=require hostaddr=127.0.0.1 ${dsn}`, { host, port: shown.port }, plain);
    await at('', 'db.example.org');
    expect(shown.servername()).toBe('db.example.org');
    await at('sslsni=0', 'db.example.org');
    expect(shown.servername()).toBe(false);
    await at('', '127.0.0.1');
    expect(shown.servername()).toBe(false);
  });
});

describe('revocation lists', () => {
  it('refuse a certificate on them, from a file, a directory or ~/.postgresql/root.crl', async () => {
    const certificate = root.issue('revoked', 'revoked', 'IP:127.0.0.1');
    const { port } = await front(certificate);
    const before = root.revocationList('before.crl');
    expect(await failure(`sslmode=verify-ca ${trust} sslcrl=${before}`, { port }, plain)).toBe('connected');
    const after = root.revocationList('after.crl', certificate);
    const revoked = 'TLS failed: certificate revoked';
    expect(await failure(`sslmode=verify-ca ${trust} sslcrl=${after}`, { port }, plain)).toBe(revoked);
    mkdirSync(join(folder, 'lists'));
    copyFileSync(after, join(folder, 'lists', revocationListName(after)));
    expect(
      await failure(`sslmode=verify-ca ${trust} sslcrldir=${join(folder, 'lists')}`, { port }, plain),
    ).toBe(revoked);
    renameSync(after, join(home, '.postgresql/root.crl'));
    expect(await failure(`sslmode=verify-ca ${trust}`, { port }, plain)).toBe(revoked);
    rmSync(join(home, '.postgresql/root.crl'));
  });

  it('must be readable', async () => {
    expect(await failure(`sslmode=verify-ca ${trust} sslcrl=/no/such.crl`)).toMatch(
      /^file "\/no\/such.crl" cannot be read/,
    );
    expect(await failure(`sslmode=verify-ca ${trust} sslcrldir=/no/such`)).toMatch(
      /^directory "\/no\/such" cannot be read/,
    );
  });
});

describe('a client certificate', () => {
  const certified = { user: 'certified', password: '' };
  const { cert, key } = clientCertificate;

  it('logs in', async () => {
    const { client } = await open(`sslmode=require sslcert=${cert} sslkey=${key}`, certified);
    expect((await client.query('SELECT current_user AS u')).rows).toEqual([{ u: 'certified' }]);
  });

  it('in ~/.postgresql is used by default, unless sslcertmode=disable', async () => {
    copyFileSync(cert, join(home, '.postgresql/postgresql.crt'));
    expect(await failure('sslmode=require', certified)).toMatch(
      /but no private key file ".*\/postgresql\.key"$/,
    );
    copyFileSync(key, join(home, '.postgresql/postgresql.key'));
    expect(await failure('sslmode=require', certified)).toBe('connected');
    expect(await failure('sslmode=require sslcertmode=disable', certified)).toMatch(
      /requires a valid client certificate/,
    );
    rmSync(join(home, '.postgresql/postgresql.crt'));
    rmSync(join(home, '.postgresql/postgresql.key'));
  });

  it('may have an encrypted key', async () => {
    const file = encryptKey(clientCertificate, 'phrase');
    expect(
      await failure(`sslmode=require sslcert=${cert} sslkey=${file} sslpassword=phrase`, certified),
    ).toBe('connected');
    for (const dsn of ['sslpassword=s3cret', '']) {
      const message = await failure(`sslmode=require sslcert=${cert} sslkey=${file} ${dsn}`, certified);
      expect(message).toMatch(/^private key file ".*" cannot be used: /);
      expect(message).not.toMatch(/s3cret/);
    }
  });

  it('needs a key that nobody else can read', async () => {
    const open = join(folder, 'open.key');
    copyFileSync(key, open);
    chmodSync(open, 0o644);
    expect(await failure(`sslmode=require sslcert=${cert} sslkey=${open}`, certified)).toBe(
      `others can read private key file "${open}"`,
    );
    expect(await failure(`sslmode=require sslcert=${cert} sslkey=${folder}`, certified)).toMatch(
      /is not a plain file$/,
    );
  });
});

describe('the protocol', () => {
  const version = async (dsn: string) => {
    const { client } = await open(`sslmode=require ${dsn}`);
    return (await client.query('SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows[0]
      .version;
  };

  it('has the versions that were asked for', async () => {
    expect(await version('')).toBe('TLSv1.3');
    expect(await version('ssl_max_protocol_version=TLSv1.2')).toBe('TLSv1.2');
    expect(
      await failure('sslmode=require ssl_min_protocol_version=TLSv1 ssl_max_protocol_version=TLSv1.1'),
    ).toMatch(/^TLS failed/);
    const { port } = await front(serverCertificate, { maxVersion: 'TLSv1.2' });
    expect(await failure('sslmode=require ssl_min_protocol_version=TLSv1.3', { port }, plain)).toMatch(
      /^TLS failed/,
    );
  });

  it('may begin with TLS (sslnegotiation=direct)', async () => {
    expect(await encrypted(await open('sslmode=require sslnegotiation=direct'))).toBe(true);
    expect(await failure('sslmode=require sslnegotiation=direct', {}, plain)).toMatch(
      /^(TLS failed|the server closed)/,
    );
    const { port } = await front(serverCertificate, { direct: true });
    expect(await failure('sslmode=require sslnegotiation=direct', { port }, plain)).toBe(
      'the server did not agree to speak the PostgreSQL protocol (ALPN)',
    );
  });

  it('takes nothing from before the handshake', async () => {
    const { port } = await front(serverCertificate, { answer: 'Sinjected' });
    expect(await failure('sslmode=require', { port }, plain)).toBe(
      'the server answered the request for TLS with something else',
    );
  });
});

describe('channel binding', () => {
  it('is used where the server offers it, and can be required', async () => {
    expect(await encrypted(await open('sslmode=require channel_binding=require'))).toBe(true);
    for (const mode of ['prefer', 'disable']) {
      expect(await failure(`sslmode=require channel_binding=${mode}`)).toBe('connected');
    }
  });

  it('that is required is not to be had by MD5, by a certificate alone or without TLS', async () => {
    const missing = 'the server does not offer channel binding, which channel_binding=require demands';
    const { cert, key } = clientCertificate;
    expect(await failure('sslmode=require channel_binding=require', { user: 'hashed', password: 'pw' })).toBe(
      missing,
    );
    expect(
      await failure(`sslmode=require channel_binding=require sslcert=${cert} sslkey=${key}`, {
        user: 'certified',
      }),
    ).toBe(missing);
    expect(await failure('sslmode=disable channel_binding=require')).toBe(missing);
  });

  it('notices somebody in between whose certificate is good', async () => {
    const between = root.issue('between', 'ignored', 'IP:127.0.0.1');
    const { port } = await front(between, { encryptUpstream: true }, tls);
    for (const binding of ['prefer', 'require']) {
      expect(await failure(`sslmode=verify-full ${trust} channel_binding=${binding}`, { port })).toBe(
        'SCRAM channel binding check failed',
      );
    }
    expect(await failure(`sslmode=verify-full ${trust} channel_binding=disable`, { port })).toBe('connected');
  });

  it('is refused in short words where it is not defined for the certificate', async () => {
    const modern = new Authority(folder, 'modern', 'sha3-256').issue(
      'modern-server',
      'ignored',
      'IP:127.0.0.1',
    );
    const { port } = await front(modern, { encryptUpstream: true }, tls);
    expect(await failure('sslmode=require', { port })).toBe(
      "the server's certificate has a signature for which channel binding is not defined",
    );
    expect(await failure('sslmode=require channel_binding=disable', { port })).toBe('connected');
  });
});
