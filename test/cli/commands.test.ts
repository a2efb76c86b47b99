import { expect, test } from 'vitest';
import { helpText } from '../../src/cli/help.ts';
import { runFastExport } from '../support/command.ts';

test('the help lists the commands, and each has a help of its own', async () => {
  expect(helpText()).toMatch(/^Commands:\n( {2}\w+ +.*\n)* {2}verify +check Parquet files/m);
  const help = await runFastExport(['verify', '--help']);
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toMatch(/^Usage: fast-export verify <file>/);
});

test.each([
  [[], 'fast-export verify needs <file>… [options]', 'see fast-export verify --help'],
  [['--quite', 'x'], 'unknown option --quite', 'did you mean --quiet?'],
  [['--quiet', '--quiet', 'x'], '--quiet is given twice', 'give it once'],
])('verify %j is a wrong command line: two lines, status 2', async (argv, message, hint) => {
  expect(await runFastExport(['verify', ...argv])).toEqual({
    status: 2,
    signal: null,
    stdout: '',
    stderr: `fast-export: ${message}\nhint: ${hint}\n`,
  });
});

test.each([
  ['verfy', 'did you mean verify?'],
  ['Diff', 'did you mean diff?'],
  ['export', 'the commands are verify, diff, compact; an export takes options only, see fast-export --help'],
])('%s is no command: two lines, status 2', async (word, hint) => {
  expect(await runFastExport([word, 'x'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: `fast-export: there is no command "${word}"\nhint: ${hint}\n`,
  });
});
