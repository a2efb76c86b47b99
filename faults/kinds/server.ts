import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningCommand } from '../../test/support/command.ts';
import { type Fault, someMoment, type TrialSetting } from '../fault.ts';
import type { Source } from '../source.ts';

/** Waits for one of the export's sessions; undefined if it ends before there is one. */
async function sessionOf(
  { source, application, random }: TrialSetting,
  role: 'jobs' | 'coordinator',
  { child }: RunningCommand,
): Promise<number | undefined> {
  while (child.exitCode === null && child.signalCode === null) {
    const found = (await source.backends(application))[role];
    if (found.length > 0) return random.pick(found);
    await sleep(2);
  }
  return undefined;
}

/** Ends one session of the export, at some moment after it has begun. */
function sessionFault(
  name: string,
  role: 'jobs' | 'coordinator',
  end: (source: Source, pid: number) => Promise<boolean>,
): Fault {
  return {
    name,
    allowed: ['error', 'survived', 'unhurt'],
    prepare(setting) {
      // Reading is a small part of a short export, and comes soon after the session's begin.
      const delay = Math.round((setting.random.next() ** 2 * setting.usual.milliseconds) / 3);
      return {
        description: `${name}, ${delay} ms after it began`,
        async inject(command) {
          if ((await sessionOf(setting, role, command)) === undefined) return false;
          await sleep(delay);
          const pid = await sessionOf(setting, role, command);
          return pid !== undefined && (await end(setting.source, pid));
        },
      };
    },
  };
}

async function terminate(source: Source, pid: number): Promise<boolean> {
  const [row] = await source.query<{ done: boolean }>('SELECT pg_terminate_backend($1) AS done', [pid]);
  return row!.done;
}

/** As the kernel does when memory is short: the server then ends all sessions and recovers. */
async function kill(source: Source, pid: number): Promise<boolean> {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
  await source.query('SELECT 1');
  return true;
}

function stopFault(mode: 'fast' | 'immediate'): Fault {
  return {
    name: `server stopped -m ${mode}`,
    allowed: ['error', 'survived', 'unhurt'],
    prepare(setting) {
      const moment = someMoment(setting);
      return {
        description: `the server stopped (${mode}) after ${moment} ms, and started again`,
        async inject({ child }) {
          await sleep(moment);
          const met = child.exitCode === null;
          await setting.source.server.restart(mode);
          return met;
        },
      };
    },
  };
}

export const serverFaults: readonly Fault[] = [
  sessionFault("a job's session terminated", 'jobs', terminate),
  sessionFault("the coordinator's session terminated", 'coordinator', terminate),
  sessionFault("a job's backend killed -9", 'jobs', kill),
  stopFault('fast'),
  stopFault('immediate'),
];
