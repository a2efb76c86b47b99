import type { CommandOptions, CommandResult, RunningCommand } from '../test/support/command.ts';
import type { Random } from './random.ts';
import type { Source } from './source.ts';

/**
 * What an export under a fault came to. Everything but `wrong` is an outcome that some fault may have.
 *
 * - `unhurt`: a right file, the fault came too late or met nothing
 * - `survived`: a right file in spite of the fault
 * - `error`: status 1, one or two lines, the earlier file as it was, nothing left behind
 * - `interrupted`: ended by the signal that was sent, otherwise as `error`
 * - `killed`: by SIGKILL; at most its partial file was left, and the next export removed that
 * - `one value`: a file with all rows, of which one value is another: changed on its way, unseen
 * - `waited`: went on waiting for the server and ended in order when it was told to
 * - `unflushed`: status 1 and a message that the right file is in its place but may not outlive a crash of the system
 */
export const OUTCOMES = [
  'unhurt',
  'survived',
  'error',
  'interrupted',
  'killed',
  'one value',
  'waited',
  'unflushed',
  'wrong',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** A kind of fault: what may come of it, and how it is brought about. */
export interface Fault {
  readonly name: string;
  readonly allowed: readonly Outcome[];
  /** Why it cannot be had on this machine; null where it can. */
  readonly unavailable?: () => string | null;
  /** Decides one fault of this kind. */
  prepare(trial: TrialSetting): Promise<Preparation> | Preparation;
}

/** Where a fault is to happen. */
export interface TrialSetting {
  readonly source: Source;
  readonly random: Random;
  /** Name of the export's sessions. */
  readonly application: string;
  /** Folder of the output. */
  readonly folder: string;
  /** The output file, which is there from an earlier run or not. */
  readonly out: string;
  /** What an undisturbed export like this one takes and makes. */
  readonly usual: Usual;
}

export interface Usual {
  /** From the start of the process to its end. */
  readonly milliseconds: number;
  readonly fileBytes: number;
  /** Received by each connection from the server, the first one's first. */
  readonly streamBytes: readonly number[];
}

/** One fault, decided. */
export interface Preparation {
  /** What it is, with its random numbers. */
  readonly description: string;
  /** How the command is run differently. */
  readonly command?: Pick<CommandOptions, 'env' | 'prefix'>;
  /** Where it connects to instead of the server. */
  readonly port?: number;
  /** Default `disable`. */
  readonly sslmode?: 'disable' | 'require';
  /** A pipe that is written to instead of `out`, and the file with what its reader received. */
  readonly pipe?: { readonly path: string; readonly received: string };
  /** Where the output's folder is at the end, if it is moved. */
  readonly movedTo?: string;
  /** The signal that `inject` sends to the command. */
  readonly signal?: NodeJS.Signals;
  /** Brings the fault about in the running export; gives whether it met it. */
  inject(command: RunningCommand): Promise<boolean> | boolean;
  /** After the export's end: puts things right. Gives whether the fault met it, where only the end tells. */
  settle?(result: CommandResult): Promise<boolean> | boolean;
  /** Last of all, when the output has been looked at. */
  cleanUp?(): void;
}

/** A moment of the export, a little beyond its usual end included. */
export function someMoment({ random, usual }: TrialSetting): number {
  return Math.round(random.next() * usual.milliseconds * 1.05);
}
