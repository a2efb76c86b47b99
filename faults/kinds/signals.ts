import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, someMoment } from '../fault.ts';

function signalFault(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGKILL'): Fault {
  return {
    name: signal,
    // It survives a signal that comes in the moment of the final rename.
    allowed: signal === 'SIGKILL' ? ['unhurt', 'killed'] : ['unhurt', 'survived', 'interrupted'],
    prepare(setting) {
      const moment = someMoment(setting);
      const inode = () => statSync(setting.out, { throwIfNoEntry: false })?.ino;
      const before = inode();
      return {
        description: `${signal} after ${moment} ms`,
        signal,
        async inject({ child }) {
          await sleep(moment);
          const inPlace = inode() !== before;
          return child.exitCode === null && child.kill(signal) && !inPlace;
        },
      };
    },
  };
}

/** The process stands still, as when the machine sleeps. */
const stopped: Fault = {
  name: 'process stopped and continued',
  allowed: ['survived', 'unhurt'],
  prepare(setting) {
    const moment = someMoment(setting);
    const pause = setting.random.integer(100, 800);
    return {
      description: `SIGSTOP after ${moment} ms for ${pause} ms`,
      async inject({ child }) {
        await sleep(moment);
        const met = child.exitCode === null && child.kill('SIGSTOP');
        await sleep(pause);
        child.kill('SIGCONT');
        return met;
      },
    };
  },
};

export const signalFaults: readonly Fault[] = [
  signalFault('SIGINT'),
  signalFault('SIGTERM'),
  signalFault('SIGHUP'),
  signalFault('SIGKILL'),
  stopped,
];
