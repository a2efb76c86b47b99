// Asks for other Arrow types than the default ones.
// PG* variables say where the server is:  node examples/custom-types.ts
import { Float64 } from 'apache-arrow';
import { ExportError, exportBatches, PGOID_TO_ARROW } from 'ddpp';

const sql = 'SELECT 0.1 AS price, 42 AS id, true AS sold';

async function printTypes(): Promise<void> {
  for await (const { schema } of exportBatches({ sql })) {
    console.log(schema.fields.map(({ name, type }) => `${name}: ${type}`).join(', '));
  }
}

await printTypes();

// The keys are OIDs of Postgres's types: SELECT oid, typname FROM pg_type.
const NUMERIC = 1700;
const BOOL = 16;
PGOID_TO_ARROW.set(NUMERIC, new Float64()); // fast to compute with, no longer exact
PGOID_TO_ARROW.delete(BOOL); // as text, the way Postgres prints it
await printTypes();

// What a type cannot become is refused before anything is read.
PGOID_TO_ARROW.set(BOOL, new Float64());
await printTypes().catch((error) => {
  if (!(error instanceof ExportError)) throw error;
  console.log(`${error.message}: ${error.hint}`);
});
