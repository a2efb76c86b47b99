import { ExportError } from '../errors.ts';

/** That the command line is wrong, and what to do. */
export function usageError(message: string, hint: string): ExportError {
  return new ExportError('usage', message, { stage: 'options', hint });
}
