import type { CommandResult } from '../test/support/command.ts';
import { type Comparison, isRight } from './comparer.ts';
import type { Outcome } from './fault.ts';

/** What is to be seen after an export under a fault. */
export interface Observation {
  readonly result: CommandResult;
  /** Whether the fault met the export. */
  readonly met: boolean;
  /** The signal that was sent to the command, if any. */
  readonly signal: NodeJS.Signals | null;
  /** Whether it had to be told to end, having waited for long. */
  readonly waited: boolean;
  /** The output against the table; null where it is as before the export: the earlier file, untouched, or none. */
  readonly output: Comparison | null;
  /** Names of files in the folders of the output and of temporary files that are neither the output nor were there before. */
  readonly left: readonly string[];
  /** Sessions that stayed on the server. */
  readonly sessions: number;
}

export interface Verdict {
  readonly outcome: Outcome;
  /** What is wrong; null unless the outcome is `wrong`. */
  readonly reason: string | null;
}

const STATUS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Holds what is to be seen against what is promised. */
export function judge(seen: Observation): Verdict {
  const wrong = (reason: string): Verdict => ({ outcome: 'wrong', reason });
  if (seen.sessions > 0) return wrong(`${seen.sessions} session(s) left on the server`);
  if (seen.signal === 'SIGKILL' && seen.result.signal === 'SIGKILL') return judgeKilled(seen);
  if (seen.left.length > 0) return wrong(`left behind: ${seen.left.join(', ')}`);
  const { status, signal } = seen.result;
  if (status === 0) return judgeSuccess(seen);
  if (seen.output !== null) return judgePublished(seen);
  const expected = seen.waited ? 'SIGTERM' : seen.signal;
  const interrupted = expected !== null && (status === STATUS[expected] || signal === expected);
  if (interrupted) return { outcome: seen.waited ? 'waited' : 'interrupted', reason: null };
  if (status !== 1) return wrong(`ended with ${status ?? signal}`);
  const complaint = messageComplaint(seen.result.stderr);
  return complaint === null ? { outcome: 'error', reason: null } : wrong(complaint);
}

function judgeSuccess({ output, met, result }: Observation): Verdict {
  if (output === null) return { outcome: 'wrong', reason: 'status 0 without a file' };
  if (result.stderr !== '') return { outcome: 'wrong', reason: 'status 0 with a message' };
  if (isRight(output)) return { outcome: met ? 'survived' : 'unhurt', reason: null };
  if ('changedCells' in output && output.changedCells === 1) return { outcome: 'one value', reason: null };
  return { outcome: 'wrong', reason: `a wrong file: ${JSON.stringify(output)}` };
}

/** The output was replaced though the command says that it failed: only for a flush that came too late to matter. */
function judgePublished({ output, result }: Observation): Verdict {
  const said = /is complete, but/.test(result.stderr) && messageComplaint(result.stderr) === null;
  if (said && isRight(output!)) return { outcome: 'unflushed', reason: null };
  return {
    outcome: 'wrong',
    reason: `ended with ${result.status ?? result.signal}, but the output was replaced: ${JSON.stringify(output)}`,
  };
}

function judgeKilled({ output, left }: Observation): Verdict {
  if (output !== null && !isRight(output))
    return { outcome: 'wrong', reason: `a wrong file: ${JSON.stringify(output)}` };
  const strangers = left.filter((name) => !/^\..+\.partial$/.test(name));
  if (left.length > 1 || strangers.length > 0)
    return { outcome: 'wrong', reason: `left behind: ${left.join(', ')}` };
  return { outcome: 'killed', reason: null };
}

/** What is wrong with the message of a failure, which is a line, or two with a hint. */
function messageComplaint(stderr: string): string | null {
  const lines = stderr.trimEnd().split('\n');
  const said = lines.filter((line) => !line.startsWith('fast-export: warning: '));
  const wellFormed = said.length === 1 || (said.length === 2 && said[1]!.startsWith('hint: '));
  if (!wellFormed || !said[0]!.startsWith('fast-export: ')) return 'not one or two lines';
  return said[0]!.includes('internal error') ? 'an internal error' : null;
}
