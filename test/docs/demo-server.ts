import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { root } from './markdown.ts';

/** The server of `npm run demo -- --serve`, with the database and the role that the README speaks of. */
export interface DemoServer {
  /** The variables with which the role `reader` logs in to the database `mpc`. */
  readonly env: Readonly<Record<`PG${string}`, string>>;
  stop(): Promise<void>;
}

/** The password of `reader`, as the README writes it. */
const PASSWORD = 'PASSWORD';

export async function startDemoServer(): Promise<DemoServer> {
  const child = spawn(process.execPath, [join(root, 'demo/run.ts'), '--serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = await exportLine(child);
  const variables = Object.fromEntries(
    [...printed.matchAll(/(PG\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
  );
  await addReader(variables);
  return {
    env: {
      PGHOST: variables.PGHOST!,
      PGPORT: variables.PGPORT!,
      PGDATABASE: 'mpc',
      PGUSER: 'reader',
      PGPASSWORD: PASSWORD,
    },
    stop: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      await exited;
    },
  };
}

/** Waits for the line that the user is to copy. */
async function exportLine(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const text of child.stdout!.setEncoding('utf8')) {
    printed += text;
    const line = /^export PG.*$/m.exec(printed);
    if (line !== null) return line[0];
  }
  throw new Error(`the demo ended before its server was ready:\n${printed}`);
}

/** A role that may read and nothing more, as the README advises. */
async function addReader({ PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE }: Record<string, string>) {
  const client = new pg.Client({
    host: PGHOST!,
    port: Number(PGPORT),
    user: PGUSER!,
    password: PGPASSWORD!,
    database: 'template1',
  });
  await client.connect();
  await client.query(`ALTER DATABASE ${pg.escapeIdentifier(PGDATABASE!)} RENAME TO mpc`);
  await client.query(`CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}'; GRANT pg_read_all_data TO reader`);
  await client.end();
}
