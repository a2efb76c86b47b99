/** For `node --import`: lets programs import 'ddpp' from this checkout's sources, as if it were installed. */
import { registerHooks } from 'node:module';

const source = new URL('../../src/index.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'ddpp' ? source : specifier, context),
});
