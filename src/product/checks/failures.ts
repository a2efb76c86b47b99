import { ExportError } from '../../errors.ts';

/** One thing that a check has found wrong with an export. */
export interface Failure {
  readonly name: string;
  /** `has 3 rows, fewer than its min_rows, 10`: a sentence of which the export is the subject. */
  readonly message: string;
}

/** Throws an `ExportError` (`check`) that names all failures, if there are any. */
export function throwFailures(failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  const text = failures.map(({ name, message }) => `export ${name} ${message}`).join('; ');
  throw new ExportError('check', text, {
    stage: 'verify',
    exports: failures.map(({ name }) => name),
    hint: 'see what happened to the tables; if all is as it should be, change the checks in the configuration',
  });
}
