import { CommanderError } from 'commander';
import type { ExportError } from '../errors.ts';
import { checkProduct, checkTogether } from './check.ts';
import { createCommand } from './help.ts';
import {
  flagOf,
  OPTIONS,
  type OptionName,
  type OptionSpec,
  type OptionValues,
  type ProductValues,
} from './options.ts';
import { usageError } from './usage-error.ts';
import { WrongValue } from './values.ts';

const SEE_HELP = 'see fast-export --help';

/** What psql's short options are called here. */
const SHORT_OPTIONS: Readonly<Record<string, string>> = {
  c: '--sql',
  d: '--dbname',
  f: '--sql-file',
  h: '--help or --host',
  o: '--out',
  p: '--port',
  q: '--quiet',
  t: '--table',
  U: '--user',
  v: '--verbose',
  V: '--version',
  W: '--password',
};

/** One of them says what to export. */
const QUERY_OPTIONS = ['sql', 'sqlFile', 'table'] as const;

/** What the command line asks for. */
export type Request =
  | { readonly action: 'help' }
  | { readonly action: 'version' }
  | { readonly action: 'export'; readonly values: OptionValues }
  | { readonly action: 'product'; readonly values: ProductValues };

/**
 * Reads the command line; `argv` is without the program's own name. With `--help` or `--version` nothing else
 * matters but that the options exist. Throws an `ExportError` with code `usage` that shows no secret.
 */
export function parseCommandLine(argv: readonly string[]): Request {
  const texts = parseTexts(argv);
  if (texts.help) return { action: 'help' };
  if (texts.version) return { action: 'version' };
  const given = optionNames().filter((name) => texts[name] !== undefined);
  checkProduct(given);
  if (texts.config !== undefined) {
    // No defaults: what is not given is in the configuration.
    const values = parsedValues(given, texts) as ProductValues;
    checkTogether(values);
    return { action: 'product', values };
  }
  requireOptions(texts);
  const values = parsedValues(optionNames(), texts) as OptionValues;
  checkTogether(values);
  return { action: 'export', values };
}

/** An option that may be given more than once has the texts of each time. */
type Texts = Partial<Record<OptionName, string | boolean | readonly string[]>>;

function optionNames(): OptionName[] {
  return Object.keys(OPTIONS) as OptionName[];
}

/** The options as they were given. */
function parseTexts(argv: readonly string[]): Texts {
  const command = createCommand()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  const given = new Set<string>();
  for (const name of optionNames()) {
    const flag = flagOf(name);
    command.on(`option:${flag.slice(2)}`, (text: string | null) => {
      if (given.has(flag) && !isRepeatable(name)) throw usageError(`${flag} is given twice`, 'give it once');
      if (isFlag(text)) throw usageError(`${flag} needs a value, but ${text} follows`, SEE_HELP);
      given.add(flag);
    });
  }
  try {
    command.parse(argv, { from: 'user' });
    return command.opts<Texts>();
  } catch (error) {
    if (error instanceof CommanderError) throw explain(error, command.args, given);
    throw error;
  }
}

function explain(
  error: CommanderError,
  operands: readonly string[],
  given: ReadonlySet<string>,
): ExportError {
  switch (error.code) {
    case 'commander.unknownOption':
      return unknownOption(error.message);
    case 'commander.optionMissingArgument': {
      const flag = /--[\w-]+/.exec(error.message)?.[0] ?? 'the last option';
      return usageError(`${flag} needs a value`, SEE_HELP);
    }
    case 'commander.excessArguments': {
      const mayBeSecret = optionNames().some((name) => isSecret(name) && given.has(flagOf(name)));
      const what = mayBeSecret
        ? 'there is an argument without an option'
        : `unexpected argument "${operands[0]}"`;
      return usageError(what, 'quote values that hold spaces: --sql "select 1"');
    }
    default:
      return usageError(error.message.replace(/^error: /, ''), SEE_HELP);
  }
}

function unknownOption(message: string): ExportError {
  // What follows a = or a short option's letter may be a password.
  const flag = /unknown option '(--[^=']*|-.)/.exec(message)?.[1] ?? '-';
  if (isFlag(flag)) return usageError(`${flag} takes no value`, `write ${flag} alone`);
  const suggestion = /Did you mean (.*)\?\)/.exec(message)?.[1] ?? SHORT_OPTIONS[flag[1] ?? ''];
  return usageError(
    `unknown option ${flag}`,
    suggestion === undefined ? SEE_HELP : `did you mean ${suggestion}?`,
  );
}

function requireOptions(texts: Texts): void {
  const missing = optionNames().filter((name) => isRequired(name) && texts[name] === undefined);
  const parts = missing.map(flagOf);
  if (QUERY_OPTIONS.every((name) => texts[name] === undefined)) {
    parts.unshift(`a query (${QUERY_OPTIONS.map(flagOf).join(', ')})`);
  }
  if (parts.length === 0) return;
  throw usageError(
    `${parts.join(' and ')} ${parts.length === 1 ? 'is' : 'are'} missing`,
    'fast-export --sql "select * from obs_sbn" --out obs_sbn.parquet; more with --help',
  );
}

function parsedValues(names: readonly OptionName[], texts: Texts): Partial<Record<OptionName, unknown>> {
  return Object.fromEntries(names.map((name) => [name, parsedValue(name, texts[name])]));
}

function parsedValue(name: OptionName, text: Texts[OptionName]): unknown {
  const { parse, merge, default: preset }: OptionSpec<unknown> = OPTIONS[name];
  if (text === undefined || typeof text === 'boolean') return text ?? preset;
  const texts = typeof text === 'string' ? [text] : text;
  let value: unknown;
  for (const [i, each] of texts.entries()) {
    try {
      const own = parse?.(each);
      value = i === 0 ? own : merge?.(value, own);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      const shown = isSecret(name) ? 'that' : `"${each}"`;
      throw usageError(`${flagOf(name)} cannot be ${shown}`, `give ${error.expected}`);
    }
  }
  return value;
}

function isFlag(text: string | null): boolean {
  return optionNames().some((name) => flagOf(name) === text);
}

function isRepeatable(name: OptionName): boolean {
  return 'merge' in OPTIONS[name];
}

function isSecret(name: OptionName): boolean {
  const spec: OptionSpec<unknown> = OPTIONS[name];
  return spec.secret === true;
}

function isRequired(name: OptionName): boolean {
  const spec: OptionSpec<unknown> = OPTIONS[name];
  return spec.required === true;
}
