import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { readService } from '../../src/postgres/connect/service-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ddpp-service-'));
afterAll(() => rmSync(folder, { recursive: true }));

const home = join(folder, 'home');
const sysconf = join(folder, 'sysconf');
mkdirSync(home);
mkdirSync(sysconf);
const env = { HOME: home, PGSYSCONFDIR: sysconf };

writeFileSync(
  join(home, '.pg_service.conf'),
  `# the nightly export
[mpc]
host=db1,db2
port=6001
  user=reader
dbname=mpc sbn
application_name=a=b
user=ignored

[mpc]
sslmode=require
[broken]
nonsense
`,
);
writeFileSync(join(sysconf, 'pg_service.conf'), '[mpc]\nhost=system\n[shared]\nhost=shared\n');
const own = join(folder, 'own.conf');
writeFileSync(own, '[mpc]\nhost=own\n[nested]\nservice=mpc\n[odd]\nhots=x\n[ldap]\nldap://x/y?z?one\n');

const read = (service: string, servicefile?: string) =>
  Object.fromEntries(readService(service, { servicefile, env }));

describe('service files', () => {
  it('give the parameters of the first section of the name, of which the first of each counts', () => {
    expect(read('mpc')).toEqual({
      host: 'db1,db2',
      port: '6001',
      user: 'reader',
      dbname: 'mpc sbn',
      application_name: 'a=b',
    });
  });

  it('are asked in order: the user’s own one, then the system’s', () => {
    expect(read('mpc', own)).toEqual({ host: 'own' });
    expect(read('shared')).toEqual({ host: 'shared' });
    expect(read('shared', own)).toEqual({ host: 'shared' });
  });

  it.each([
    ['nowhere', undefined, 'there is no definition of service "nowhere"'],
    ['broken', undefined, `service file ${join(home, '.pg_service.conf')}, line 13: expected keyword=value`],
    ['odd', own, `service file ${own}, line 6: unknown connection parameter "hots"`],
    ['nested', own, `a service cannot refer to another (${own}, line 4)`],
    ['ldap', own, `LDAP lookup of a service is not supported (${own}, line 8)`],
  ])('refuse %s', (service, servicefile, message) => {
    expect(() => read(service, servicefile)).toThrow(message);
  });

  it('must exist where they are named', () => {
    expect(() => read('mpc', join(folder, 'none.conf'))).toThrow(/none\.conf" cannot be read: ENOENT/);
  });
});

describe('a service', () => {
  const resolve = (options: object, more = {}) => resolveConninfo(options, { ...env, ...more }, () => {});

  it('is named by an option, in the connection string or by PGSERVICE, in this order', () => {
    expect(resolve({}, { PGSERVICE: 'shared' }).hosts[0]!.host).toBe('shared');
    expect(resolve({ dsn: 'service=mpc' }, { PGSERVICE: 'shared' }).hosts[0]!.host).toBe('db1');
    expect(resolve({ dsn: 'service=mpc', service: 'shared' }).hosts[0]!.host).toBe('shared');
  });

  it('is looked up in servicefile before PGSERVICEFILE', () => {
    const file = { PGSERVICEFILE: own };
    expect(resolve({ service: 'mpc' }, file).hosts[0]!.host).toBe('own');
    const dsn = `servicefile=${join(home, '.pg_service.conf')}`;
    expect(resolve({ service: 'mpc', dsn }, file).hosts[0]!.host).toBe('db1');
  });

  it('wins over variables and yields to the connection string', () => {
    const conninfo = resolve(
      { dsn: 'service=mpc port=7000' },
      { PGUSER: 'env', PGPORT: '1', PGOPTIONS: '-c geqo=off' },
    );
    expect(conninfo).toMatchObject({ user: 'reader', dbname: 'mpc sbn', options: '-c geqo=off' });
    expect(conninfo.hosts.map(({ port }) => port)).toEqual([7000, 7000]);
  });
});
