import { Command, Option } from 'commander';
import { commandsHelp } from './commands.ts';
import { defaultOf, OPTIONS, type OptionName, type OptionSpec } from './options.ts';

/** Widest line of the help. */
const MAX_WIDTH = 98;

const EPILOGUE = `
${commandsHelp()}

Examples:
  fast-export --dsn postgresql://reader@localhost/mpc \\
      --sql 'select * from obs_sbn' --out obs_sbn.parquet
  fast-export --service mpc --table public.obs_sbn --columns trksub,ra,dec --out obs.parquet
  PGHOST=/var/run/postgresql fast-export --dbname mpc --out orbits.parquet \\
      --sql "select * from mpc_orbits where updated_at > '2026-01-01'"

What is given nowhere comes from PG* variables, the service file and ~/.pgpass, as in psql.

Exit status: 0 the file is complete; 1 the export failed; 2 the command line is wrong;
129, 130, 143 ended by SIGHUP, SIGINT, SIGTERM. Unless it is 0 the file is as it was before.
`;

/** The command with all its options, to be parsed or shown. Prints nothing by itself. */
export function createCommand(): Command {
  const command = new Command('fast-export')
    .usage('--sql <query> --out <file> [options]')
    .description('Stream the result of a Postgres query into a Parquet file.')
    .helpOption(false)
    .addHelpText('after', EPILOGUE);
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    const { flags, short, group, merge }: OptionSpec<unknown> = OPTIONS[name];
    const option = new Option(short === undefined ? flags : `${short}, ${flags}`, describe(name)).helpGroup(
      `${group}:`,
    );
    if (merge !== undefined) option.argParser((text, earlier: string[] = []) => [...earlier, text]);
    command.addOption(option);
  }
  return command;
}

/** The text of `--help`, for a terminal `columns` wide. */
export function helpText(columns = MAX_WIDTH): string {
  let text = '';
  const command = createCommand().configureOutput({
    writeOut: (part) => {
      text += part;
    },
    getOutHelpWidth: () => Math.min(columns, MAX_WIDTH),
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}

function describe(name: OptionName): string {
  const { help, required, env }: OptionSpec<unknown> = OPTIONS[name];
  const preset = defaultOf(name);
  const remarks = [
    required ? 'required' : null,
    preset === null ? null : `default: ${preset}`,
    env === undefined ? null : `env: ${env}`,
  ].filter((remark) => remark !== null);
  return remarks.length === 0 ? help : `${help} (${remarks.join('; ')})`;
}
