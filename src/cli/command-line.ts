import { Command, CommanderError, Option } from 'commander';
import type { ExportError } from '../errors.ts';
import { usageError } from './usage-error.ts';
import { type Parser, WrongValue } from './values.ts';

/** Widest line of a help. */
const MAX_WIDTH = 98;

/** One option of a command. */
export interface CommandOption<T> {
  /** As the help shows it: `--name <value>`, or `--name` for a switch. */
  readonly flags: string;
  readonly help: string;
  /** For options with a value. */
  readonly parse?: Parser<T>;
  /** The value where the option is absent; undefined without it. */
  readonly default?: T;
  /** The default in words, where the help does not name it as it is. */
  readonly defaultText?: string;
}

/** The command line of a command such as `fast-export verify`. Keys of `options` are the flags' names in camel case. */
export interface CommandSpec<Options> {
  readonly word: string;
  /** What follows the word: `<file>… [options]`. */
  readonly usage: string;
  readonly description: string;
  /** How many operands there are at least and at most; the usage names them. */
  readonly operands: { readonly min: number; readonly max: number };
  readonly options: { readonly [Name in keyof Options]-?: CommandOption<NonNullable<Options[Name]>> };
  /** What the help says at its end. */
  readonly epilogue: string;
}

/** What a command line says. */
export interface CommandLine<Options> {
  readonly operands: readonly string[];
  readonly options: Partial<Options>;
}

/**
 * Reads a command's arguments; prints the help and returns null where that is asked for. Throws `ExportError`
 * (`usage`).
 *
 * @example
 * const line = readCommandLine<{ quiet: boolean }>(SPEC, argv);
 * if (line === null) return 0;
 */
export function readCommandLine<Options>(
  spec: CommandSpec<Options>,
  argv: readonly string[],
): CommandLine<Options> | null {
  const command = createCommand(spec);
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? explain(error, spec) : error;
  }
  const texts = command.opts<Record<string, string | boolean | undefined>>();
  if (texts.help === true) {
    process.stdout.on('error', () => {});
    command.outputHelp();
    return null;
  }
  const operands = command.args;
  const { min, max } = spec.operands;
  if (operands.length < min || operands.length > max) {
    throw usageError(`fast-export ${spec.word} needs ${spec.usage}`, seeHelp(spec));
  }
  const options: Partial<Options> = {};
  for (const name of Object.keys(spec.options) as (keyof Options & string)[]) {
    options[name] = parsedOption(spec.options[name], texts[name]) as Options[typeof name];
  }
  return { operands, options };
}

function createCommand<Options>(spec: CommandSpec<Options>): Command {
  const command = new Command(`fast-export ${spec.word}`)
    .usage(spec.usage)
    .description(spec.description)
    .helpOption(false)
    .exitOverride()
    .allowExcessArguments()
    .configureOutput({
      outputError: () => {},
      getOutHelpWidth: () => Math.min(process.stdout.columns || MAX_WIDTH, MAX_WIDTH),
      getOutHasColors: () => false,
    })
    .addHelpText('after', `\n${spec.epilogue}`);
  for (const option of Object.values<CommandOption<unknown>>(spec.options)) {
    const preset = option.defaultText ?? option.default;
    const help = preset === undefined ? option.help : `${option.help} (default: ${preset})`;
    addOnce(command, new Option(option.flags, help));
  }
  addOnce(command, new Option('--help', 'print this help and exit'));
  return command;
}

function addOnce(command: Command, option: Option): void {
  let given = false;
  command.addOption(option);
  command.on(`option:${option.name()}`, () => {
    if (given) throw usageError(`${option.long} is given twice`, 'give it once');
    given = true;
  });
}

function parsedOption<T>(
  { flags, parse, default: preset }: CommandOption<T>,
  text: string | boolean | undefined,
) {
  if (typeof text !== 'string' || parse === undefined) return text ?? preset;
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    throw usageError(`${flags.split(' ')[0]} cannot be "${text}"`, `give ${error.expected}`);
  }
}

function explain(error: CommanderError, spec: { readonly word: string }): ExportError {
  const message = error.message
    .split('\n')[0]!
    .replace(/^error: /, '')
    .replaceAll("'", '');
  const suggestion = /Did you mean (.*)\?\)/.exec(error.message)?.[1];
  return usageError(message, suggestion === undefined ? seeHelp(spec) : `did you mean ${suggestion}?`);
}

function seeHelp({ word }: { readonly word: string }): string {
  return `see fast-export ${word} --help`;
}
