/** The command from its sources, whatever the bundle is of: for tests that change a module of it. */
import { main } from '../../src/cli/main.ts';

await main(process.argv.slice(2));
