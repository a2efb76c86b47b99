import { readFileSync } from 'node:fs';

interface PackageJson {
  readonly version: string;
}

/** This package's version. package.json lies one folder above, from src/ as from dist/. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as PackageJson
).version;
