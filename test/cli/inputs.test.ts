import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CommandOptions, type CommandResult, runFastExport } from '../support/command.ts';
import { readWithHyparquet, type Value } from '../support/readers.ts';
import { testDatabase, testServer } from '../support/server.ts';

const database = testDatabase(
  'inputs',
  `CREATE TABLE obs (id int, "Mag" int, "a,b" int);
   INSERT INTO obs VALUES (1, 2, 3);
   CREATE SCHEMA "My.Schema";
   CREATE TABLE "My.Schema"."T""; DROP TABLE obs" AS SELECT 7 AS """; SELECT 1";`,
);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-inputs-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** Runs an export to `out.parquet` in `dir`, as the system runs a program that begins with #!/bin/sh. */
function run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const command = [...args, '--out', join(dir, 'out.parquet'), '--quiet'];
  return runFastExport(command, { node: '/bin/sh', ...options });
}

const exportFrom = (args: readonly string[], options?: CommandOptions) =>
  run(['--dsn', database.dsn, ...args], options);

/** Column names and values of what an export wrote. */
async function written(result: CommandResult): Promise<Record<string, readonly Value[]>> {
  expect(result).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
  const { schema, columns } = await readWithHyparquet(join(dir, 'out.parquet'));
  return Object.fromEntries(schema.map(({ name }, i) => [name, columns[i]!]));
}

/** What a wrong command line prints; nothing is written then. */
function mistake(result: CommandResult): string {
  expect(result).toMatchObject({ status: 2, stdout: '' });
  expect(result.stderr).toMatch(/^fast-export: .*\nhint: .*\n$/);
  expect(readdirSync(dir)).not.toContain('out.parquet');
  return result.stderr;
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(dir, name), content);
  return join(dir, name);
}

test('--out - is standard output, and no file of that name', async () => {
  const args = ['--dsn', database.dsn, '--table', 'obs', '--out', '-', '--quiet'];
  const { status, stdout, stderr } = await runFastExport(args, { cwd: dir });
  expect({ status, stderr, ends: [stdout.slice(0, 4), stdout.slice(-4)] }).toEqual({
    status: 0,
    stderr: '',
    ends: ['PAR1', 'PAR1'],
  });
  expect(readdirSync(dir)).toEqual([]);
});

describe('--sql-file', () => {
  test('a file, with a byte order mark, comments and a semicolon', async () => {
    const path = file('q.sql', '\ufeff-- all\nselect \'é\' as "é"; -- end\n');
    expect(await written(await exportFrom(['--sql-file', path]))).toEqual({ é: ['é'] });
  });

  test('a long query on standard input', async () => {
    const input = `select 5 as n /* ${'x'.repeat(300_000)} */`;
    expect(await written(await exportFrom(['--sql-file', '-'], { input }))).toEqual({ n: ['5'] });
  });

  test('files that hold no query', async () => {
    const latin1 = file('latin1.sql', Buffer.from("select 'é'", 'latin1'));
    const utf16 = file('utf16.sql', Buffer.from('select 1', 'utf16le'));
    const empty = file('empty.sql', ' \n');
    mkdirSync(join(dir, 'folder'));
    const results = await Promise.all(
      [latin1, utf16, empty, join(dir, 'folder'), join(dir, 'none.sql'), '-'].map((path) =>
        exportFrom(['--sql-file', path]),
      ),
    );
    expect(results.map(mistake).map((text) => text.split('\n')[0])).toEqual([
      `fast-export: --sql-file: ${latin1} is not text in UTF-8`,
      `fast-export: --sql-file: ${utf16} is not text in UTF-8`,
      `fast-export: --sql-file: ${empty} is empty`,
      `fast-export: --sql-file: ${join(dir, 'folder')} is a directory`,
      `fast-export: --sql-file: there is no file ${join(dir, 'none.sql')}`,
      'fast-export: --sql-file: standard input is empty',
    ]);
  });
});

describe('--table and --columns', () => {
  test('a whole table', async () => {
    expect(await written(await exportFrom(['--table', 'public.obs']))).toEqual({
      id: ['1'],
      Mag: ['2'],
      'a,b': ['3'],
    });
  });

  test('the file says nothing of who read it from where', async () => {
    await written(await exportFrom(['--table', 'obs']));
    const bytes = readFileSync(join(dir, 'out.parquet'));
    const { key_value_metadata: metadata = [] } = parquetMetadata(new Uint8Array(bytes).buffer);
    const schema = metadata.find(({ key }) => key === 'ARROW:schema')!.value!;
    const text = bytes.toString('latin1') + Buffer.from(schema, 'base64').toString('latin1');
    expect(text).toContain('SELECT * FROM "obs"');
    const { host, user, password } = testServer();
    const found = [host, password, `${user}@`, database.name].filter((each) => text.includes(each));
    expect(found).toEqual([]);
  });

  test('some columns, in the given order, with names as in the database', async () => {
    const args = ['--table', 'obs', '--columns', '"a,b", Mag'];
    expect(Object.entries(await written(await exportFrom(args)))).toEqual([
      ['a,b', ['3']],
      ['Mag', ['2']],
    ]);
  });

  test('names that would be SQL if they were not quoted', async () => {
    const args = ['--table', '"My.Schema"."T""; DROP TABLE obs"', '--columns', '"""; SELECT 1"'];
    expect(await written(await exportFrom(args))).toEqual({ '"; SELECT 1': ['7'] });
    expect(await database.query('SELECT count(*)::int AS n FROM obs')).toEqual([{ n: 1 }]);
  });

  test.each([
    [
      ['--table', 'public.Obs'],
      /: relation "public\.Obs" does not exist\nhint: check the spelling; names are .* upper and lower case included\n$/,
    ],
    [['--table', 'nowhere.obs'], /relation "nowhere\.obs" does not exist/],
    [
      ['--table', 'obs', '--columns', 'mag'],
      /: column "mag" does not exist\nhint: Perhaps you meant .*"obs.Mag"; names are .* upper and lower case included\n$/,
    ],
    // Not the table's rows, which a name in a select list may mean.
    [['--table', 'obs', '--columns', 'obs'], /column "obs" does not exist/],
    [['--table', 'obs', '--columns', 'obs.id'], /column "?obs\.id"? does not exist/],
    [['--table', 'obs', '--columns', '*'], /column "\*" does not exist/],
  ])('%j is a plain error', async (args, message) => {
    const result = await exportFrom(args);
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('credentials', () => {
  const { host, port, user, password } = testServer();
  const whoami = ['--sql', 'select current_user::text as who, current_database()::text as db'];

  test('--service', async () => {
    const services = file(
      'services',
      `[mpc]\nhost=${host}\nport=${port}\nuser=${user}\npassword=${password}\ndbname=${database.name}\n`,
    );
    const env = { PGSERVICEFILE: services, PGDATABASE: 'elsewhere' };
    const unknown = mistake(await run([...whoami, '--service', 'none'], { env }));
    expect(unknown).toMatch(/no definition of service "none"/);
    expect(await written(await run([...whoami, '--service', 'mpc'], { env }))).toEqual({
      who: [user],
      db: [database.name],
    });
  });

  const envFile = (extra = '') =>
    file(
      '.env',
      `# the replica\nexport PGHOST='${host}'\nPGPORT=${port}\nPGUSER="${user}"\nPGPASSWORD='${password}' # secret\n${extra}`,
    );

  test('--env-file: PG* variables, over which those of the environment win', async () => {
    const path = envFile('PGDATABASE=elsewhere\nNODE_OPTIONS=--bogus\n');
    const env = { PGDATABASE: database.name };
    expect(await written(await run([...whoami, '--env-file', path], { env }))).toEqual({
      who: [user],
      db: [database.name],
    });
  });

  test('an option wins over --env-file, and its password is not shown', async () => {
    const path = envFile('PGDATABASE=elsewhere\n');
    const args = [...whoami, '--env-file', path, '--dbname', `no_${password}_base`, '--verbose'];
    const result = await runFastExport([...args, '--out', join(dir, 'out.parquet')]);
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/database "no_\*\*\*_base" does not exist/);
    expect(result.stderr).not.toContain(password);
  });

  test('.env in the working directory is not read unasked', async () => {
    envFile(`PGDATABASE=${database.name}\n`);
    const result = await run(whoami, { cwd: dir, env: { PGHOST: dir } });
    expect(result).toMatchObject({ status: 1 });
    expect(readdirSync(dir)).toEqual(['.env']);
  });

  test('--env-file that is not there or has nothing to give', async () => {
    const none = mistake(await run([...whoami, '--env-file', join(dir, 'none.env')]));
    expect(none).toMatch(/^fast-export: --env-file: there is no file .*none\.env\n/);
    const without = mistake(await run([...whoami, '--env-file', file('.env', 'DATABASE_URL=x\n')]));
    expect(without).toMatch(/^fast-export: --env-file: .*\.env sets no PG\* variable\n/);
  });
});
