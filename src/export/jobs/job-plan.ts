import type { ParquetOptions } from '../../parquet/options.ts';
import type { Transport } from '../../postgres/copy-sql.ts';
import type { Field } from '../../types/kinds.ts';
import type { ColumnPlan } from '../../types/pg-type.ts';
import type { RowGroupLimits } from './paced-encoder.ts';

/** How a job decodes and encodes: plain data, posted to its worker thread. */
export interface JobPlan {
  readonly transport: Transport;
  /** Where the rows are also kept as they come; null for nowhere. Only for the csv transport. */
  readonly tempFile: string | null;
  readonly columns: readonly ColumnPlan[];
  readonly fields: readonly Field[];
  readonly parquet: ParquetOptions;
  readonly rowGroupLimits: RowGroupLimits;
  readonly onUnrepresentable: 'error' | 'null';
}

/** The plan of jobs that fill the same row groups: they may take what each of them could. */
export function planTogether(plan: JobPlan, jobs: number): JobPlan {
  const { parquet, rowGroupLimits } = plan;
  return {
    ...plan,
    parquet: { ...parquet, dictionaryMemory: jobs * parquet.dictionaryMemory },
    rowGroupLimits: { ...rowGroupLimits, bytes: jobs * rowGroupLimits.bytes },
  };
}
