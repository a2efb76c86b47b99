/** For `node --import`: lets programs import 'ddpp' and 'ddpp/parquet' from this checkout's sources, as if installed. */
import { registerHooks } from 'node:module';

const sources = new Map([
  ['ddpp', new URL('../../src/index.ts', import.meta.url).href],
  ['ddpp/parquet', new URL('../../src/parquet-writer.ts', import.meta.url).href],
]);

registerHooks({
  resolve: (specifier, context, next) => next(sources.get(specifier) ?? specifier, context),
});
