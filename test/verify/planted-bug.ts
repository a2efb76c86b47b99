/** Loaded into the command and its workers by `--import`: an encoder that gets one value wrong. */
import type { FixedColumn } from '../../src/columns/column.ts';
import { FixedValues } from '../../src/parquet/values/values-fixed.ts';

const { load } = FixedValues.prototype;

FixedValues.prototype.load = function (column, validity, nullCount) {
  const { values } = column as FixedColumn;
  const wrong = values.slice();
  wrong[0]! ^= 1;
  load.call(this, { ...(column as FixedColumn), values: wrong }, validity, nullCount);
};
