import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What the package is made from: a copy, so that packing does not build into the checkout while other tests run. */
const ingredients = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'bin',
  'src',
  'schema',
  'tools/bundle.ts',
];
export const documents = ['README.md', 'LICENSE', 'CHANGELOG.md'];

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The package, packed and installed in a folder where nothing else is. */
export interface InstalledPackage {
  /** Paths of the files in the package. */
  readonly files: readonly string[];
  /** The packed file. */
  readonly tarball: string;
  /** Where it is installed. */
  readonly folder: string;
  remove(): void;
}

/** Packs the checkout and installs the tarball in an empty folder, as its users do. */
export function installPackage(): InstalledPackage {
  const work = mkdtempSync(join(tmpdir(), 'ddpp-package-'));
  const source = join(work, 'source');
  for (const name of [...ingredients, ...documents]) {
    cpSync(join(root, name), join(source, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  const report = npm(['pack', '--json', '--silent', '--pack-destination', work], source);
  const [packed] = JSON.parse(report.slice(report.indexOf('['))) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  const folder = join(work, 'installed');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const tarball = join(work, packed.filename);
  npm(['install', '--silent', '--prefer-offline', tarball], folder);
  return {
    files: packed.files.map(({ path }) => path),
    tarball,
    folder,
    remove: () => rmSync(work, { recursive: true, force: true }),
  };
}

export function npm(args: readonly string[], cwd: string): string {
  return execFileSync('npm', [...args], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
