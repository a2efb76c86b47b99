import pg from 'pg';
import { CopyOut } from '../../src/postgres/submittables.ts';

/** The bytes that a real server sends from the start of a `COPY … TO STDOUT` to ReadyForQuery, with the settings that exports pin. */
export async function recordCopy(dsn: string, copySql: string): Promise<Uint8Array> {
  const client = new pg.Client({
    connectionString: dsn,
    options:
      '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=3 -c bytea_output=hex',
  });
  await client.connect();
  const chunks: Buffer[] = [];
  const record = (chunk: Buffer) => chunks.push(Buffer.from(chunk));
  const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadableStream } }).connection;
  await new Promise<number>((resolve, reject) => {
    const copy = new CopyOut(copySql, () => stream.prependListener('data', record), resolve, reject);
    client.query(Object.assign(copy, { handleCopyData() {} }) as unknown as pg.Submittable);
  });
  await client.end();
  return new Uint8Array(Buffer.concat(chunks));
}
