import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../src/cli/redact.ts';

describe('redaction', () => {
  test.each([
    ['postgresql://u:hunter2@h/d', 'hunter2'],
    ['postgres://u:hun%74er2@h/d', 'hunter2'],
    ['postgres://u:hun%74er2@h/d', 'hun%74er2'],
    ['postgres://u:hun@ter/2@h/d', 'hun@ter/2'],
    ['postgres://u@h/d?sslmode=disable&password=hunter2', 'hunter2'],
    ["host=h password='hun ter\\'2' user=u", "hun ter'2"],
    ['host=h password = hunter2 user=u', 'hunter2'],
  ])('the password of %s', (dsn, secret) => {
    const redact = createRedactor({ dsn, env: {} });
    expect(redact(`before "${secret}" after`)).toBe('before "***" after');
    expect(redact(`could not parse ${dsn}`)).not.toContain(secret);
  });

  test('passwords of options and environment, in any quoting', () => {
    const redact = createRedactor({ password: 'p$w.(d', env: { PGPASSWORD: 'from env' } });
    expect(redact('p$w.(d, p%24w.(d, from env, from%20env')).toBe('***, ***, ***, ***');
  });

  test('connection strings that nobody announced', () => {
    const redact = createRedactor({ env: {} });
    expect(redact("postgresql://u:hunter2@h/d and password=hunter2 sslpassword='hunter 2'.")).toBe(
      'postgresql://u:***@h/d and password=*** sslpassword=***.',
    );
    expect(redact('postgresql://u@h/d: password authentication failed')).toBe(
      'postgresql://u@h/d: password authentication failed',
    );
  });

  test('a short one only as a word, a long one everywhere', () => {
    expect(createRedactor({ password: 'row', env: {} })('row rows arrow "row"')).toBe('*** rows arrow "***"');
    expect(createRedactor({ password: 'longsecret', env: {} })('xlongsecretx')).toBe('x***x');
  });

  test('not the name of the user, database or host', () => {
    const redact = createRedactor({
      user: 'postgres',
      password: 'postgres',
      env: { PGHOST: 'db', PGPASSWORD: 'db' },
    });
    const message = 'password authentication failed for user "postgres" at db';
    expect(redact(message)).toBe(message);
    expect(createRedactor({ dsn: 'postgres://postgres:postgres@h/d', env: {} })(message)).toBe(message);
    expect(createRedactor({ dsn: 'host=h user=postgres password=postgres', env: {} })(message)).toBe(message);
  });
});
