import { ExportError } from '../errors.ts';

/** Where in a file something is wrong; row groups and pages are counted from 0, as Parquet's readers do. */
export interface Place {
  readonly rowGroup?: number | undefined;
  /** Path of the leaf column, joined by dots. */
  readonly column?: string | undefined;
  readonly page?: number | undefined;
  /** What else tells where: `footer`, `column index`. */
  readonly part?: string | undefined;
}

/** What is wrong with a file's contents, in words that need no more than the place: `its statistics count 3 nulls, but …`. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly place: Place;

  constructor(message: string, place: Place = {}) {
    super(message);
    this.place = place;
  }

  /** The same problem, with what `place` adds; what is known already stays. */
  at(place: Place): Problem {
    return new Problem(this.message, { ...place, ...definedParts(this.place) });
  }
}

function definedParts(place: Place): Place {
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined));
}

/** Adds the place to a problem that `action` throws. */
export function within<T>(place: Place, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof Problem ? error.at(place) : error;
  }
}

/** The error for the user: what is wrong, where, and what to do. */
export function damaged(problem: Problem, file: string): ExportError {
  const { rowGroup, column, page, part } = problem.place;
  const where = [
    rowGroup === undefined ? null : `row group ${rowGroup}`,
    page === undefined ? null : `page ${page}`,
    part ?? null,
  ].filter((each) => each !== null);
  const message = [file, ...(where.length === 0 ? [] : [where.join(', ')]), problem.message].join(': ');
  return new ExportError('corrupt', message, {
    stage: 'verify',
    column,
    hint: 'the file is damaged or was written wrongly: export it again, or copy it again from where it is good',
    cause: problem,
  });
}
