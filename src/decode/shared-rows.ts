import type { ColumnPlan } from '../types/pg-type.ts';
import { BatchAssembler, type BatchTarget } from './batch-assembler.ts';
import type { DecodeFailures } from './failures.ts';

/**
 * What decoders share that read several COPYs of the same columns, a chunk of one and then a chunk of another, into the
 * same batches: the batches, and the generated functions that fill them.
 */
export class SharedRows<Generated> {
  readonly columns: readonly ColumnPlan[];
  readonly assembler: BatchAssembler;
  readonly generated: Generated;
  /** Those of the decoder that is decoding. */
  failures: DecodeFailures;

  /** `generate` makes the functions, which report to the `failures` of the moment. */
  constructor(
    columns: readonly ColumnPlan[],
    target: BatchTarget,
    failures: DecodeFailures,
    generate: (rows: Pick<SharedRows<Generated>, 'assembler' | 'failures'>) => Generated,
  ) {
    this.columns = columns;
    this.assembler = new BatchAssembler(columns, target);
    this.failures = failures;
    this.generated = generate(this);
  }
}
