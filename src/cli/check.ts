import { codecs } from '../parquet/compression/compress.ts';
import {
  flagOf,
  OPTIONS,
  type OptionName,
  type OptionSpec,
  type OptionValues,
  type ProductValues,
} from './options.ts';
import { usageError } from './usage-error.ts';

type Values = OptionValues | ProductValues;

/** Checks what no option can check alone. Throws `ExportError` (`usage`). */
export function checkTogether(values: Values): void {
  checkQuery(values);
  checkTransport(values);
  checkLevel(values);
  if (values.quiet && values.verbose) {
    throw usageError('--quiet and --verbose exclude each other', 'give one of them');
  }
}

/** What a run of a configuration takes from the command line, besides the group of its own. */
const WITH_CONFIG: readonly OptionSpec<unknown>['group'][] = ['Products', 'Connection', 'Reporting'];
const WITH_CONFIG_TOO: readonly OptionName[] = ['jobs', 'maxMemory'];

/**
 * Checks that the options given are those of a run of a configuration, or all those of one export. Throws `ExportError`
 * (`usage`).
 */
export function checkProduct(given: readonly OptionName[]): void {
  const hasConfig = given.includes('config');
  const wrong = given.filter((name) => {
    const { group } = OPTIONS[name];
    return hasConfig ? !WITH_CONFIG.includes(group) && !WITH_CONFIG_TOO.includes(name) : group === 'Products';
  });
  if (wrong.length === 0) return;
  const flags = wrong.map(flagOf).join(' and ');
  if (!hasConfig) {
    throw usageError(`${flags} ${wrong.length === 1 ? 'needs' : 'need'} --config`, 'name a configuration');
  }
  throw usageError(
    `${flags} and --config exclude each other`,
    'write into the configuration what each table has, or leave out --config',
  );
}

function checkQuery({ sql, sqlFile, table, columns }: Values): void {
  const given = Object.entries({ '--sql': sql, '--sql-file': sqlFile, '--table': table })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag);
  if (given.length > 1) throw usageError(`${given.join(' and ')} exclude each other`, 'give one of them');
  if (columns !== undefined && table === undefined) {
    throw usageError('--columns needs --table', 'name the table, or the columns in the query');
  }
}

function checkTransport({ transport, keepTemp }: Values): void {
  if (keepTemp && transport === 'binary') {
    throw usageError(
      '--transport binary has no CSV file that --keep-temp could keep',
      'leave out one of them',
    );
  }
}

function checkLevel({ compression, compressionLevel: level }: Values): void {
  if (level === undefined || compression === undefined) return;
  const { minLevel, maxLevel } = codecs[compression];
  if (maxLevel === 0) {
    throw usageError(`--compression ${compression} has no level`, 'leave --compression-level out');
  }
  if (level < minLevel || level > maxLevel) {
    throw usageError(
      `--compression-level: ${compression} has no level ${level}`,
      `give one from ${minLevel} to ${maxLevel}`,
    );
  }
}
