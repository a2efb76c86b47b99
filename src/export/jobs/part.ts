/** One COPY that a job is to read: the whole result, or a slice of it. */
export interface Part {
  readonly copySql: string;
  /** What it covers, for messages; null for the whole result. */
  readonly label: string | null;
  /** Whether it gives the same rows in the same order each time, within the snapshot. */
  readonly repeatable: boolean;
}
