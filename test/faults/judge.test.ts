import { describe, expect, test } from 'vitest';
import { judge, type Observation } from '../../faults/judge.ts';

const right = { rows: 10, lost: 0, extra: 0, changedCells: 0 };
const success = { status: 0, signal: null, stdout: '', stderr: '' };
const failure = { status: 1, signal: null, stdout: '', stderr: 'fast-export: it broke\nhint: mend it\n' };

/** An export that was undisturbed, but for what is given. */
function outcome(differences: Partial<Observation>): string {
  const { outcome, reason } = judge({
    result: success,
    met: false,
    signal: null,
    waited: false,
    output: right,
    left: [],
    sessions: 0,
    ...differences,
  });
  return reason ?? outcome;
}

describe('of a success', () => {
  test('a right file is asked for', () => {
    expect(outcome({})).toBe('unhurt');
    expect(outcome({ met: true })).toBe('survived');
    expect(outcome({ output: null })).toBe('status 0 without a file');
    expect(outcome({ output: { error: 'no footer' } })).toMatch('a wrong file');
    expect(outcome({ output: { ...right, lost: 1 } })).toMatch('a wrong file');
    expect(outcome({ output: { ...right, extra: 1 } })).toMatch('a wrong file');
    expect(outcome({ output: { ...right, lost: 2, extra: 2, changedCells: 2 } })).toMatch('a wrong file');
    expect(outcome({ output: { ...right, lost: 1, extra: 1, changedCells: 1 } })).toBe('one value');
  });

  test('nothing may be left, nor be said', () => {
    expect(outcome({ left: ['.x.partial'] })).toBe('left behind: .x.partial');
    expect(outcome({ sessions: 1 })).toBe('1 session(s) left on the server');
    expect(outcome({ result: { ...success, stderr: 'hm\n' } })).toBe('status 0 with a message');
  });
});

describe('of a failure', () => {
  test('a message of one or two lines, and the earlier file, are asked for', () => {
    const failed = { result: failure, output: null };
    expect(outcome(failed)).toBe('error');
    expect(outcome({ ...failed, left: ['.x.partial'] })).toBe('left behind: .x.partial');
    expect(outcome({ ...failed, output: right })).toMatch('but the output was replaced');
    const stderr = (text: string) => outcome({ output: null, result: { ...failure, stderr: text } });
    expect(stderr('fast-export: it broke\n')).toBe('error');
    expect(stderr('')).toBe('not one or two lines');
    expect(stderr('Error: it broke\n    at x.ts\n')).toBe('not one or two lines');
    expect(stderr('fast-export: internal error: x\nhint: y\n')).toBe('an internal error');
  });

  test('a status of its own', () => {
    expect(outcome({ output: null, result: { ...failure, status: 7 } })).toBe('ended with 7');
    expect(outcome({ output: null, result: { ...failure, status: null, signal: 'SIGSEGV' } })).toBe(
      'ended with SIGSEGV',
    );
    expect(outcome({ output: null, result: { ...failure, status: 143 } })).toBe('ended with 143');
  });

  test('a right file that could not be flushed is told from a failure', () => {
    const stderr = 'fast-export: x is complete, but its directory cannot be flushed\n';
    expect(outcome({ result: { ...failure, stderr } })).toBe('unflushed');
    expect(outcome({ result: { ...failure, stderr }, output: { ...right, lost: 1 } })).toMatch(
      'was replaced',
    );
  });
});

describe('of a signal', () => {
  const interrupted = { signal: 'SIGTERM', output: null, result: { ...failure, status: 143 } } as const;

  test('its status and the earlier file', () => {
    expect(outcome(interrupted)).toBe('interrupted');
    expect(outcome({ ...interrupted, result: { ...failure, status: null, signal: 'SIGTERM' } })).toBe(
      'interrupted',
    );
    expect(outcome({ ...interrupted, signal: 'SIGINT' })).toBe('ended with 143');
    expect(outcome({ ...interrupted, output: right })).toMatch('ended with 143, but the output was replaced');
    expect(outcome({ ...interrupted, signal: null, waited: true })).toBe('waited');
  });

  test('of SIGKILL one partial file at most', () => {
    const killed = {
      signal: 'SIGKILL',
      output: null,
      result: { ...failure, status: null, signal: 'SIGKILL' },
    } as const;
    expect(outcome({ ...killed, left: ['.x.partial'] })).toBe('killed');
    expect(outcome({ ...killed, left: ['.x.partial', '.y.partial'] })).toMatch('left behind');
    expect(outcome({ ...killed, left: ['rows.csv'] })).toMatch('left behind');
    expect(outcome({ ...killed, output: { ...right, lost: 1 } })).toMatch('a wrong file');
    expect(outcome({ ...killed, output: right })).toBe('killed');
    expect(outcome({ ...killed, signal: 'SIGTERM' })).toBe('ended with SIGKILL');
  });
});
