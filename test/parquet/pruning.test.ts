import * as duckdb from '@duckdb/node-api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parquetOptions } from '../../src/parquet/options.ts';
import type { Field } from '../../src/types/kinds.ts';
import { runPython } from '../support/python.ts';
import { needModule } from '../support/python-module.ts';
import type { Value } from '../support/readers.ts';
import { writeTable } from './files.ts';
import { inspect } from './inspect.ts';

const ROW_GROUPS = 3;
const PAGES = 4;
const PAGE_ROWS = 500;

const fields: Field[] = [
  { name: 'id', type: { id: 'int', bitWidth: 64, signed: true }, nullable: true },
  { name: 'name', type: { id: 'utf8' }, nullable: true },
];

/** Ids rise from row to row; the names of every page span the same range. */
function rowGroup(group: number): Value[][][] {
  return Array.from({ length: PAGES }, (_, page) => {
    const first = (group * PAGES + page) * PAGE_ROWS;
    const ids = Array.from({ length: PAGE_ROWS }, (_, i) => first + i);
    return [ids.map(String), ids.map(nameOf)];
  });
}

function nameOf(id: number): string {
  return `${((id % PAGE_ROWS) * 7919) % PAGE_ROWS} of ${id}`;
}

const inGroup1 = (PAGES + 2) * PAGE_ROWS + 77;

describe.each(['compatible', 'compact'] as const)('%s files', async (encoding) => {
  const path = await writeTable(
    { fields, rowGroups: Array.from({ length: ROW_GROUPS }, (_, group) => rowGroup(group)) },
    parquetOptions({ encoding, bloomFilters: ['name'] }),
  );

  describe('DataFusion skips', () => {
    beforeEach(({ skip }) => needModule('datafusion', skip));

    test('row groups and pages by their bounds', () => {
      const { rows, pruned } = runDataFusion(path, `id = ${inGroup1}`);
      expect(rows).toBe(1);
      expect(pruned.row_groups_pruned_statistics).toEqual([ROW_GROUPS, 1]);
      expect(pruned.page_index_pages_pruned).toEqual([PAGES, 1]);
    });

    test('row groups by their bloom filters, where bounds say nothing', () => {
      const present = runDataFusion(path, `name = '${nameOf(inGroup1)}'`);
      expect(present.rows).toBe(1);
      expect(present.pruned.row_groups_pruned_statistics).toEqual([ROW_GROUPS, ROW_GROUPS]);
      expect(present.pruned.row_groups_pruned_bloom_filter).toEqual([ROW_GROUPS, 1]);
      const absent = runDataFusion(path, "name = '250 of nothing'");
      expect(absent.rows).toBe(0);
      expect(absent.pruned.row_groups_pruned_bloom_filter).toEqual([ROW_GROUPS, 0]);
    });
  });

  describe('DuckDB reads', () => {
    let instance: duckdb.DuckDBInstance;
    beforeAll(async () => {
      instance = await duckdb.DuckDBInstance.create();
    });
    afterAll(() => instance.closeSync());

    test.each([
      ['one row group, by its bounds', `id = ${inGroup1}`, [1]],
      ['one row group, by its bloom filter', `name = '${nameOf(inGroup1)}'`, [1]],
      ['none, by their bloom filters', "name = '250 of nothing'", []],
      ['all, where nothing says that they can be skipped', 'id % 1000 = 77', [0, 1, 2]],
    ])('%s', async (_, condition, groups) => {
      expect(await rowGroupsRead(instance, path, condition)).toEqual(groups);
    });
  });
});

interface Pruned {
  readonly rows: number;
  /** By metric: how many there were, and how many were left. */
  readonly pruned: Readonly<Record<string, readonly [number, number]>>;
}

function runDataFusion(path: string, condition: string): Pruned {
  const program = `
import datafusion, json, re, sys
context = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(1))
context.register_parquet("t", sys.argv[1])
query = "SELECT id FROM t WHERE " + sys.argv[2]
rows = sum(batch.num_rows for batch in context.sql(query).collect())
plan = str(context.sql("EXPLAIN ANALYZE " + query).collect()[0].to_pydict()["plan"])
pruned = {name: [int(total), int(left)] for name, total, left in re.findall(r"(\\w+)=(\\d+) total → (\\d+) matched", plan)}
print(json.dumps({"rows": rows, "pruned": pruned}))`;
  return runPython<Pruned>(program, [path, condition]);
}

/** The row groups that DuckDB reads pages of, by its log of file accesses. */
async function rowGroupsRead(
  instance: duckdb.DuckDBInstance,
  path: string,
  condition: string,
): Promise<number[]> {
  const connection = await instance.connect();
  try {
    await connection.run('SET enable_external_file_cache = false');
    await connection.run("CALL enable_logging('FileSystem')");
    await connection.run('CALL truncate_duckdb_logs()');
    await connection.runAndReadAll(`SELECT id, name FROM read_parquet('${path}') WHERE ${condition}`);
    const log = await connection.runAndReadAll(
      "SELECT pos::double, bytes::double FROM duckdb_logs_parsed('FileSystem') WHERE op = 'READ'",
    );
    const reads = log.getRows() as [number, number][];
    return inspect(path).flatMap((chunks, group) => {
      const pages = chunks.flatMap((chunk) => chunk.pages);
      const isRead = pages.some(({ offset, length }) =>
        reads.some(([from, bytes]) => from < offset + length && offset < from + bytes),
      );
      return isRead ? [group] : [];
    });
  } finally {
    connection.closeSync();
  }
}
