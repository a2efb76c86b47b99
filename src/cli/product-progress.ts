import type { ExportProgress } from '../export/options.ts';
import type { ExportedTable, RunEvent } from '../product/run.ts';
import { formatBytes, formatCounted, formatDuration } from './format.ts';
import { progressFields, progressText } from './progress.ts';
import type { LiveProgress, LogFields } from './reporter.ts';

/** How far one table of a run has come. */
export interface TableProgress {
  readonly name: string;
  readonly kind: 'full' | 'increment';
  /** When it began, by the run's clock in milliseconds; null before. */
  readonly started: number | null;
  readonly progress: ExportProgress | null;
  readonly summary: ExportedTable | null;
}

/** How far a run has come, table by table; fed with its events. */
export class ProductProgress implements LiveProgress {
  readonly #now: () => number;
  readonly #start: number;
  readonly #tables = new Map<string, TableProgress>();
  #isChecking = false;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#start = now();
  }

  /** In the order of the configuration; empty until the queries are planned. */
  get tables(): readonly TableProgress[] {
    return [...this.#tables.values()];
  }

  update(event: RunEvent): void {
    switch (event.kind) {
      case 'planned':
        for (const { name, increment } of event.exports) {
          const kind = increment === 'increment' ? 'increment' : 'full';
          this.#tables.set(name, { name, kind, started: null, progress: null, summary: null });
        }
        break;
      case 'started':
        this.#change(event.name, { started: this.#now() });
        break;
      case 'progress':
        this.#change(event.name, { progress: event.progress });
        break;
      case 'finished':
        this.#change(event.summary.name, { summary: event.summary });
        break;
      case 'checking':
        this.#isChecking = true;
        break;
    }
  }

  #change(name: string, change: Partial<TableProgress>): void {
    const table = this.#tables.get(name);
    if (table !== undefined) this.#tables.set(name, { ...table, ...change });
  }

  lines(): readonly string[] {
    const elapsed = formatDuration(this.#now() - this.#start);
    if (this.#tables.size === 0) return [`planning, ${elapsed}`];
    const width = Math.max(...[...this.#tables.keys()].map((name) => name.length));
    const lines = this.tables.map((table) => `${table.name.padEnd(width)}  ${this.#stateOf(table)}`);
    return this.#isChecking ? [...lines, `checking, ${elapsed}`] : lines;
  }

  running(): readonly string[] {
    const elapsed = formatDuration(this.#now() - this.#start);
    if (this.#tables.size === 0) return [`planning, ${elapsed}`];
    if (this.#isChecking) return [`checking, ${elapsed}`];
    return this.#running().map((table) => `${table.name}: ${this.#stateOf(table)}`);
  }

  records(): readonly LogFields[] {
    return this.#running().map(({ name, started, progress }) => ({
      table: name,
      ...progressFields(progress, this.#now() - started!),
    }));
  }

  #running(): readonly TableProgress[] {
    return this.tables.filter(({ started, summary }) => started !== null && summary === null);
  }

  #stateOf({ started, progress, summary }: TableProgress): string {
    if (summary !== null) {
      const { rows, fileBytes, elapsedMs } = summary;
      return `${formatCounted(rows, 'row')}, ${formatBytes(fileBytes)}, done in ${formatDuration(elapsedMs)}`;
    }
    return started === null ? 'waiting for its turn' : progressText(progress, this.#now() - started);
  }
}
