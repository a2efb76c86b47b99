/** The second part of the demo: a product on two days, the second one as an increment that is compacted and checked. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { type FastExport, root } from './command.ts';
import { compareFiles } from './compare-files.ts';
import { formatCount, heading } from './terminal.ts';

const TABLES = ['obs_sbn', 'mpc_orbits', 'DiaSource', 'DiaForcedSource'];
const [FIRST_DAY, SECOND_DAY] = ['2026-11-22', '2026-11-23'];
const CONFIG = 'demo/exports.yaml';
const PRODUCTS = 'demo/output/products';
const COMPACTED = 'demo/output/compacted';
const FULL = 'demo/output/full';
/** `fast-export diff` found differences. */
const DIFFERENT = 1;

export async function demonstrateProducts(fastExport: FastExport, client: pg.Client): Promise<void> {
  heading(`A product of four tables, from one snapshot: ${CONFIG}`);
  await fastExport.run(['--config', CONFIG, '--date', FIRST_DAY]);
  await fastExport.run(['verify', `${PRODUCTS}/latest/manifest.json`]);

  heading('The next day: demo/second-day.sql, and only what it changed');
  await client.query(readFileSync(join(root, 'demo', 'second-day.sql'), 'utf8'));
  await fastExport.run(['--config', CONFIG, '--date', SECOND_DAY]);
  await fastExport.run(['verify', `${PRODUCTS}/latest/manifest.json`]);
  await fastExport.run(['diff', `${PRODUCTS}/${FIRST_DAY}`, `${PRODUCTS}/${SECOND_DAY}`], DIFFERENT);

  heading('Both days merged, and the same tables exported in full');
  await fastExport.run(['compact', `${PRODUCTS}/latest`, '--out', COMPACTED]);
  await fastExport.run(['verify', COMPACTED]);
  mkdirSync(join(root, FULL), { recursive: true });
  await fastExport.run(['--config', 'demo/full.yaml']);

  heading('DuckDB compares them: EXCEPT ALL, both ways');
  for (const table of TABLES) await compareTable(table);
}

async function compareTable(table: string): Promise<void> {
  const [compacted, full] = [COMPACTED, FULL].map((folder) => join(root, folder, `${table}.parquet`));
  const { rows, onlyInFirst, onlyInSecond } = await compareFiles(compacted!, full!);
  console.log(
    `${table}: ${formatCount(rows)} rows; only in the compacted file ${onlyInFirst}, only in the full export ${onlyInSecond}`,
  );
  if (onlyInFirst + onlyInSecond > 0) throw new Error(`${table}: the compacted file is not the full export`);
}
