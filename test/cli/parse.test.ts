import { describe, expect, test } from 'vitest';
import { defaultOf, type OptionValues } from '../../src/cli/options.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { byteSize, integer } from '../../src/cli/values.ts';
import { ExportError } from '../../src/errors.ts';
import { exportSettings, MIN_BLOCK_SIZE } from '../../src/export/settings.ts';

const NEEDED = ['--sql', 'select 1', '--out', 'x.parquet'];

/** The values of a command line that is right. */
function values(...argv: string[]): OptionValues {
  const request = parseCommandLine([...NEEDED, ...argv]);
  if (request.action !== 'export') throw new Error(`unexpected action ${request.action}`);
  return request.values;
}

/** Message and hint of a command line that is wrong. */
function mistake(...argv: string[]): string {
  try {
    parseCommandLine(argv);
  } catch (error) {
    expect(error).toBeInstanceOf(ExportError);
    expect(error).toMatchObject({ code: 'usage', stage: 'options' });
    const { message, hint } = error as ExportError;
    expect(`${message}${hint}`).not.toMatch(/\n|undefined/);
    return `${message}; ${hint}`;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

describe('a right command line', () => {
  test('has defaults', () => {
    expect(values()).toEqual({
      sql: 'select 1',
      out: 'x.parquet',
      rowGroupSize: 1_000_000,
      blockSize: 64 * 1024 * 1024,
      maxMemory: 512 * 1024 * 1024,
      encoding: 'compatible',
      compression: 'zstd',
    });
  });

  test('sets every option, with a space or =', () => {
    const connection = [
      '--host',
      'h',
      '--port=6432',
      '--dbname',
      'd',
      '--user',
      'u',
      '--password=p=w',
      '--dsn',
      'host=x',
      '--service=s',
      '--env-file',
      '.env',
    ];
    const transport = [
      '-j',
      '3',
      '--max-memory=1GiB',
      '--transport',
      'csv',
      '--keep-temp',
      '--temp-dir',
      '/var/tmp',
      '--block-size',
      '65536',
    ];
    const types = [
      '--column-type',
      'ra=float64',
      '--column-type=a=b= timestamp[us, UTC] ',
      '--numeric',
      'decimal128(38,10)',
      '--on-unrepresentable=null',
      '--duplicate-columns=rename',
    ];
    const parquet = ['--row-group-size', '5', '--compression', 'gzip', '--compression-level', '9'];
    parquet.push('--encoding', 'compact', '--bloom-filter', 'id,"a,b"');
    expect(values(...connection, ...types, ...transport, ...parquet, '--quiet')).toEqual({
      sql: 'select 1',
      out: 'x.parquet',
      host: 'h',
      port: 6432,
      dbname: 'd',
      user: 'u',
      password: 'p=w',
      dsn: 'host=x',
      service: 's',
      envFile: '.env',
      columnType: { ra: 'float64', 'a=b': 'timestamp[us, UTC]' },
      numeric: 'decimal128(38,10)',
      onUnrepresentable: 'null',
      duplicateColumns: 'rename',
      jobs: 3,
      maxMemory: 2 ** 30,
      transport: 'csv',
      keepTemp: true,
      tempDir: '/var/tmp',
      rowGroupSize: 5,
      encoding: 'compact',
      bloomFilter: ['id', 'a,b'],
      compression: 'gzip',
      compressionLevel: 9,
      blockSize: 65536,
      quiet: true,
    });
  });

  test('takes a query that begins with dashes', () => {
    const sql = '-- all of them\nselect 1';
    expect(parseCommandLine(['--sql', sql, '--out', 'x'])).toMatchObject({ values: { sql } });
  });

  test('names a file or a table instead of a query', () => {
    const out = ['--out', 'x'];
    expect(parseCommandLine(['--sql-file', '-', ...out])).toMatchObject({ values: { sqlFile: '-' } });
    expect(parseCommandLine(['--sql', 'x', '--out', '-'])).toMatchObject({ values: { out: '/dev/stdout' } });
    expect(parseCommandLine(['--sql', 'x', '--out', './-'])).toMatchObject({ values: { out: './-' } });
    expect(parseCommandLine(['--table', 'public.Obs', '--columns=ra, Dec', ...out])).toMatchObject({
      values: { table: ['public', 'Obs'], columns: ['ra', 'Dec'] },
    });
  });

  test('asks for help or version even where others are missing', () => {
    expect(parseCommandLine(['--help'])).toEqual({ action: 'help' });
    expect(parseCommandLine(['--version', '--port', 'none'])).toEqual({ action: 'version' });
  });
});

describe('a wrong command line says what to do', () => {
  test.each([
    [[], /^a query \(--sql, --sql-file, --table\) and --out are missing; /],
    [['--out', 'x'], /^a query \(--sql, --sql-file, --table\) is missing; /],
    [['--columns', 'a', '--out', 'x'], /^a query \(--sql, --sql-file, --table\) is missing; /],
    [['--sql', 'select 1'], /^--out is missing; /],
    [['--sql', ' ', '--out', 'x'], /^--sql cannot be " "; give a query/],
    [['--sql', 'x', '--out', ''], /^--out cannot be ""; give the path/],
    [['--sql', '--out', 'x'], /^--sql needs a value, but --out follows; /],
    [['--sql', 'x', '--out'], /^--out needs a value; /],
    [['--sql', 'select', '1', '--out', 'x'], /^unexpected argument "1"; quote/],
    [[...NEEDED, '--sql-file', 'x'], /^--sql and --sql-file exclude each other; give one of them$/],
    [
      [...NEEDED, '--table', 'x', '--sql-file', 'x'],
      /^--sql and --sql-file and --table exclude each other; /,
    ],
    [[...NEEDED, '--columns', 'a'], /^--columns needs --table; /],
    [
      ['--table', 'a.b.c', '--out', 'x'],
      /^--table cannot be "a\.b\.c"; give SCHEMA\.TABLE, with double quotes/,
    ],
    [
      ['--table', 'x', '--columns', 'a,,b', '--out', 'x'],
      /^--columns cannot be "a,,b"; give names separated/,
    ],
    [
      ['--table', 'x', '--columns', 'a,b,a', '--out', 'x'],
      /^--columns cannot be "a,b,a"; give each column once$/,
    ],
    [['--table', 'x'.repeat(64), '--out', 'x'], /; give names of at most 63 bytes, as Postgres has them$/],
    [[...NEEDED, '--transport', 'text'], /^--transport cannot be "text"; give one of binary, csv$/],
    [
      [...NEEDED, '--transport', 'binary', '--keep-temp'],
      /^--transport binary has no CSV file that --keep-temp could keep; leave out one of them$/,
    ],
    [
      [...NEEDED, '--column-type', 'ra'],
      /^--column-type cannot be "ra"; give NAME=TYPE, such as ra=float64$/,
    ],
    [[...NEEDED, '--column-type', '=int64'], /^--column-type cannot be "=int64"; /],
    [[...NEEDED, '--column-type', 'a= '], /^--column-type cannot be "a= "; /],
    [
      [...NEEDED, '--column-type', 'a=int64', '--column-type', 'a=string'],
      /^--column-type cannot be "a=string"; give each column once$/,
    ],
    [
      [...NEEDED, '--numeric', ''],
      /^--numeric cannot be ""; give auto, string, float64 or decimal128\(p,s\)$/,
    ],
    [
      [...NEEDED, '--on-unrepresentable', 'skip'],
      /^--on-unrepresentable cannot be "skip"; give one of error, null$/,
    ],
    [
      [...NEEDED, '--duplicate-columns', 'drop'],
      /^--duplicate-columns cannot be "drop"; give one of error, rename$/,
    ],
    [[...NEEDED, '--temp-dir', ''], /^--temp-dir cannot be ""; /],
    [[...NEEDED, '--env-file', ''], /^--env-file cannot be ""; /],
    [['-f', 'x.sql'], /^unknown option -f; did you mean --sql-file\?$/],
    [['--rwo-group-size', '5'], /^unknown option --rwo-group-size; did you mean --row-group-size\?$/],
    [['--xyz'], /^unknown option --xyz; see fast-export --help$/],
    [['-h', 'db'], /^unknown option -h; did you mean --help or --host\?$/],
    [['--quiet=yes'], /^--quiet takes no value; /],
    [[...NEEDED, '--sql', 'x'], /^--sql is given twice; /],
    [[...NEEDED, '--quiet', '--quiet'], /^--quiet is given twice; /],
    [[...NEEDED, '--quiet', '--verbose'], /^--quiet and --verbose exclude each other; /],
    [[...NEEDED, '--row-group-size', '0'], /^--row-group-size cannot be "0"; give a whole number from 1 to /],
    [[...NEEDED, '--row-group-size', '1e6'], /^--row-group-size cannot be "1e6"/],
    [[...NEEDED, '--row-group-size', '-5'], /^--row-group-size cannot be "-5"/],
    [[...NEEDED, '--port', '99999'], /^--port cannot be "99999"; give a whole number from 1 to 65535$/],
    [[...NEEDED, '--port', ''], /^--port cannot be ""/],
    [
      [...NEEDED, '--block-size', '64M'],
      /^--block-size cannot be "64M"; give 65536 to 1073741824 bytes, .*MiB/,
    ],
    [[...NEEDED, '--block-size', '63KiB'], /^--block-size cannot be "63KiB"/],
    [
      [...NEEDED, '--compression', 'lzo'],
      /^--compression cannot be "lzo"; give one of zstd, snappy, gzip, lz4_raw, uncompressed$/,
    ],
    [[...NEEDED, '--compression-level', '23'], /^--compression-level cannot be "23"; /],
    [
      [...NEEDED, '--compression', 'gzip', '--compression-level', '12'],
      /^--compression-level: gzip has no level 12; give one from 1 to 9$/,
    ],
    [
      [...NEEDED, '--compression', 'uncompressed', '--compression-level', '1'],
      /^--compression uncompressed has no level; /,
    ],
  ])('%j', (argv, expected) => {
    expect(mistake(...argv)).toMatch(expected);
  });

  test.each([
    [['--passwrod=hunter2']],
    [['-phunter2']],
    [[...NEEDED, '--password', 'my', 'hunter2']],
    [[...NEEDED, '--dsn', 'host=x', 'password=hunter2']],
    [[...NEEDED, '--password', 'hunter2', '--port', 'x']],
    [[...NEEDED, '--password=hunter2', '--password=hunter2']],
  ])('without showing the password: %j', (argv) => {
    expect(mistake(...argv)).not.toMatch(/hunter2/);
  });
});

describe('values', () => {
  test.each([
    ['65536', 65536],
    ['64KiB', 65536],
    ['64 kib', 65536],
    ['64MiB', 67108864],
    ['67MB', 67_000_000],
    ['67000kB', 67_000_000],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['2gb', 2e9],
    ['70000B', 70000],
  ])('%s is %i bytes', (text, bytes) => {
    expect(byteSize(65536, 2 ** 31)(text)).toBe(bytes);
  });

  test.each([
    '',
    'x',
    '64',
    '64K',
    '64M',
    '-64MiB',
    '64MiBs',
    'MiB',
    '.5GiB',
    '1e9',
    '99999999999999999999',
    '64 MiB ',
  ])('%j is no size', (text) => {
    expect(() => byteSize(65536, 2 ** 31)(text)).toThrow(/expected 65536 to/);
  });

  test.each(['', ' 1', '1.0', '0x1', '11', '1e1', '9'.repeat(400)])(
    '%j is no number from 0 to 10',
    (text) => {
      expect(() => integer(0, 10)(text)).toThrow('expected a whole number from 0 to 10');
    },
  );

  test('defaults and limits are those of the export', () => {
    const { parquet, ...defaults } = exportSettings({ sql: '', out: '' });
    expect(values()).toMatchObject({
      rowGroupSize: defaults.rowGroupSize,
      blockSize: defaults.blockSize,
      maxMemory: defaults.maxMemory,
      compression: parquet.compression,
    });
    expect(defaultOf('transport')).toBe(defaults.transport);
    const { min, max } = { min: String(MIN_BLOCK_SIZE), max: String(2 ** 30) };
    for (const blockSize of [min, max].map((size) => values('--block-size', size).blockSize!)) {
      exportSettings({ sql: '', out: '', blockSize });
    }
    for (const size of [Number(min) - 1, Number(max) + 1]) {
      expect(() => values('--block-size', String(size))).toThrow();
      expect(() => exportSettings({ sql: '', out: '', blockSize: size })).toThrow();
    }
  });
});
