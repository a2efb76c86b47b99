import { DecodeFailures } from '../../src/decode/failures.ts';
import { beginPlanned } from '../../src/export/begin.ts';
import { PacedEncoder } from '../../src/export/jobs/paced-encoder.ts';
import { DECODERS, RowReader } from '../../src/export/jobs/row-reader.ts';
import type { ExportPlan } from '../../src/export/plan.ts';
import { ParquetFileWriter } from '../../src/parquet/file/file-writer.ts';
import { type ParquetChoices, parquetOptions } from '../../src/parquet/options.ts';
import { RowGroupEncoder } from '../../src/parquet/row-group-encoder.ts';
import { arrowSchemaKey } from '../../src/parquet/schema/arrow-schema.ts';
import { resolveConninfo } from '../../src/postgres/connect/conninfo.ts';
import { copySql, TRANSPORTS, type Transport } from '../../src/postgres/copy-sql.ts';
import { Session } from '../../src/postgres/session.ts';
import { rollback } from '../../src/postgres/transaction.ts';
import { DECODE_FUNCTIONS } from '../../src/types/registry.ts';

/** How a file is divided and encoded. */
export interface FileShape {
  readonly rowGroupSize: number;
  readonly pageRows: number;
  readonly choices: ParquetChoices;
}

const BLOCK_SIZE = 8 << 20;

/** A connection for many exports: what takes the time of a small one is its connection and its worker thread. */
export function openSession(dsn: string): Promise<Session> {
  return Session.open(resolveConninfo({ dsn }), BLOCK_SIZE);
}

/** Exports a query by the stages that an export consists of, over both transports: the files' bytes. */
export async function exportBoth(session: Session, sql: string, shape: FileShape): Promise<Buffer[]> {
  const { plan } = await beginPlanned(session, { sql, onUnrepresentable: 'null' }, new Map(), () => {});
  const files: Buffer[] = [];
  for (const transport of TRANSPORTS) files.push(await exportPlanned(session, plan, transport, shape));
  await rollback(session);
  return files;
}

async function exportPlanned(
  session: Session,
  { query, columns, fields }: ExportPlan,
  transport: Transport,
  { rowGroupSize, pageRows, choices }: FileShape,
): Promise<Buffer> {
  const parquet = parquetOptions(choices);
  const chunks: Buffer[] = [];
  const output = { write: async (slices: readonly Uint8Array[]) => void chunks.push(Buffer.concat(slices)) };
  const writer = new ParquetFileWriter(output, fields, {
    ...parquet,
    sortingColumns: [],
    keyValueMetadata: { 'ARROW:schema': await arrowSchemaKey(fields) },
    createdBy: 'ddpp version 0',
  });
  let written = Promise.resolve();
  const rowGroups = new RowGroupEncoder(fields, parquet);
  const limits = { rows: rowGroupSize, pageRows, bytes: Number.POSITIVE_INFINITY };
  const encoder: PacedEncoder = new PacedEncoder(rowGroups, limits, {
    onRowGroup: (rowGroup) => {
      written = written
        .then(() => writer.writeRowGroup(rowGroup))
        .then(() => rowGroups.recycle(rowGroup.blocks));
    },
    recycle: (index, column) => decoder.recycleColumn(index, column),
  });
  const decoder = DECODERS[transport].create(columns, DECODE_FUNCTIONS, new DecodeFailures(columns, 'null'), {
    onBatch: (batch) => encoder.push(batch),
    maxRows: () => encoder.maxRows,
  });
  const reader = new RowReader(decoder, () => encoder.keepPace(decoder.fill));
  reader.begin();
  reader.end(await session.copyOut(copySql(query, columns, transport), reader));
  decoder.finish();
  encoder.finish();
  await written;
  await writer.finish();
  return Buffer.concat(chunks);
}
