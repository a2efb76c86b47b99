import { ExportError } from '../../errors.ts';

/** To catch with: the same error, its message saying first which export it concerns, and which `part` of its work. */
export function ofExport(name: string, part = ''): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ExportError) || error.code === 'aborted') throw error;
    const { code, message, stage, column, row, hint, sqlState } = error;
    throw new ExportError(code, `export ${name}${part}: ${message}`, {
      stage,
      exports: [name],
      column,
      row,
      hint,
      sqlState,
      cause: error,
    });
  };
}
