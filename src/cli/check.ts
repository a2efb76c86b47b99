import { codecs } from '../parquet/compression/compress.ts';
import type { OptionValues } from './options.ts';
import { usageError } from './usage-error.ts';

/** Checks what no option can check alone. Throws `ExportError` (`usage`). */
export function checkTogether(values: OptionValues): void {
  checkQuery(values);
  checkTransport(values);
  checkLevel(values);
  if (values.quiet && values.verbose) {
    throw usageError('--quiet and --verbose exclude each other', 'give one of them');
  }
}

function checkQuery({ sql, sqlFile, table, columns }: OptionValues): void {
  const given = Object.entries({ '--sql': sql, '--sql-file': sqlFile, '--table': table })
    .filter(([, value]) => value !== undefined)
    .map(([flag]) => flag);
  if (given.length > 1) throw usageError(`${given.join(' and ')} exclude each other`, 'give one of them');
  if (columns !== undefined && table === undefined) {
    throw usageError('--columns needs --table', 'name the table, or the columns in the query');
  }
}

function checkTransport({ transport, keepTemp }: OptionValues): void {
  if (keepTemp && transport === 'binary') {
    throw usageError(
      '--transport binary has no CSV file that --keep-temp could keep',
      'leave out one of them',
    );
  }
}

function checkLevel({ compression, compressionLevel: level }: OptionValues): void {
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
