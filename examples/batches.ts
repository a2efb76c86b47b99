// Reads a query as Arrow record batches: first into a running sum, then into one table.
// PG* variables say where the server is:  node examples/batches.ts
import { type RecordBatch, Table } from 'apache-arrow';
import { exportBatches } from 'ddpp';

let sum = 0;
for await (const batch of exportBatches({
  sql: 'SELECT sqrt(n) AS root FROM generate_series(1, 1000000) AS n',
})) {
  // Columns of numbers are typed arrays; where something is null, isValid() says so.
  for (const root of batch.getChild('root')!.toArray()) sum += root;
}
console.log(`sum of the roots: ${sum.toFixed(3)}`);

const batches: RecordBatch[] = [];
for await (const batch of exportBatches({
  sql: "SELECT n, to_char(n, 'FMRN') AS roman FROM generate_series(1, 3000) AS n",
})) {
  batches.push(batch);
}
const table = new Table(batches);
console.log(`${table.numRows} rows; ${table.getChild('n')!.get(41)} is ${table.getChild('roman')!.get(41)}`);
