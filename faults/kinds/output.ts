import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fault, type Outcome, someMoment, type TrialSetting } from '../fault.ts';

const preload = (name: string) => `--import=${new URL(`../preload/${name}.ts`, import.meta.url).href}`;

const sizeLimit: Fault = {
  name: 'disk full: limit of the file size',
  allowed: ['error', 'unhurt'],
  prepare({ random, usual }) {
    // Shells count in units of 512 or 1,024 bytes.
    const limit = random.integer(1, Math.ceil(usual.fileBytes / 512));
    const prefix = ['sh', '-c', `ulimit -f ${limit}; exec "$@"`, 'sh'];
    return {
      description: `a file may have ${limit} units`,
      command: { prefix },
      inject: () => false,
      settle: ({ status }) => status !== 0,
    };
  },
};

const smallDisk: Fault = {
  name: 'disk full: a small file system',
  allowed: ['error', 'survived', 'unhurt'],
  unavailable: () => {
    if (process.platform !== 'linux') return 'it needs Linux';
    try {
      execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
      return null;
    } catch {
      return 'it takes the right to mount file systems';
    }
  },
  prepare({ random, usual, folder, out }) {
    const earlier = existsSync(out);
    const size = random.integer(64 << 10, Math.round(usual.fileBytes * 1.2) + (64 << 10));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
    if (earlier) execFileSync('sh', ['-c', 'echo earlier > "$1"', 'sh', out]);
    return {
      description: `a file system of ${size} bytes`,
      inject: () => false,
      settle: ({ status }) => status !== 0,
      cleanUp: () => execFileSync('umount', [folder]),
    };
  },
};

/** One call of the file system fails, or a signal comes with it. */
function failingCall(
  name: string,
  call: string,
  codes: readonly string[],
  most: number,
  allowed: readonly Outcome[],
): Fault {
  return {
    name,
    allowed,
    prepare({ random, folder }) {
      const number = random.integer(1, most);
      const code = random.pick(codes);
      const told = join(dirname(folder), 'told');
      const env = {
        NODE_OPTIONS: preload('disk'),
        FAULT_DISK: `${call}:${number}:${code}`,
        FAULT_DISK_TOLD: told,
      };
      return {
        description: `${call} number ${number}: ${code}`,
        command: { env },
        inject: () => false,
        settle: () => existsSync(told),
      };
    },
  };
}

/** The folder of the output is taken away, or something else takes the output's name. */
const removed: Fault = {
  name: 'output directory removed',
  // Unflushed: removed when the file had its name already, before the directory was flushed.
  allowed: ['error', 'unhurt', 'unflushed'],
  prepare(setting) {
    const { folder } = setting;
    const moment = someMoment(setting);
    const movedTo = `${folder}.gone`;
    return {
      description: `the output's directory removed after ${moment} ms`,
      movedTo,
      async inject() {
        await sleep(moment);
        // Moved first, so that it can be seen what was in it.
        renameSync(folder, movedTo);
        return false;
      },
      // A file that is in the removed directory had its name before: the process may have had its end still to come.
      settle: ({ status }) => status !== 0,
    };
  },
};

const nameTaken: Fault = {
  name: 'a directory takes the name of the output',
  allowed: ['error', 'unhurt'],
  prepare(setting) {
    const { out } = setting;
    const moment = someMoment(setting);
    rmSync(out, { force: true });
    return {
      description: `a directory of the output's name after ${moment} ms`,
      async inject() {
        await sleep(moment);
        try {
          mkdirSync(out);
          return true;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
          // The export has put its file there.
          return false;
        }
      },
    };
  },
};

/** Reads the export from a FIFO, with pauses, until it ends or so many bytes have come. */
function pipeFault(
  name: string,
  allowed: readonly Outcome[],
  choose: (setting: TrialSetting) => { readonly description: string; readonly most: number; pause(): number },
): Fault {
  return {
    name,
    allowed,
    prepare(setting) {
      const root = dirname(setting.folder);
      const pipe = { path: join(root, 'pipe'), received: join(root, 'received') };
      execFileSync('mkfifo', [pipe.path]);
      const { description, most, pause } = choose(setting);
      let reading = Promise.resolve(false);
      return {
        description,
        pipe,
        inject() {
          reading = receive(pipe, most, pause);
          return false;
        },
        settle() {
          // A reader still waits for the first writer where the export ended before it wrote.
          closeSync(openSync(pipe.path, constants.O_RDWR | constants.O_NONBLOCK));
          return reading;
        },
      };
    },
  };
}

/** Gives whether it did as it was to: read slowly to the end, or go away before. */
async function receive(
  { path, received }: { readonly path: string; readonly received: string },
  most: number,
  pause: () => number,
): Promise<boolean> {
  const file = openSync(received, 'w');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      bytes += writeSync(file, chunk as Buffer);
      if (bytes >= most) return true;
      await sleep(pause());
    }
    return most === Number.POSITIVE_INFINITY;
  } finally {
    closeSync(file);
  }
}

const slowReader = pipeFault('a slow reader of a pipe', ['survived'], ({ random, usual }) => {
  const pauses = Math.ceil(usual.fileBytes / (64 << 10));
  const longest = random.integer(1, 4000 / pauses);
  return {
    description: `a reader that pauses for up to ${longest} ms at each of ${pauses} reads`,
    most: Number.POSITIVE_INFINITY,
    pause: () => random.integer(0, longest),
  };
});

// Survived: the bytes beyond those that it waited for had come with them.
const goneReader = pipeFault(
  'the reader of a pipe goes away',
  ['error', 'survived', 'unhurt'],
  ({ random, usual }) => {
    const most = random.integer(1, usual.fileBytes - 1);
    return { description: `a reader that goes away after ${most} bytes`, most, pause: () => 0 };
  },
);

const clock: Fault = {
  name: 'the clock jumps',
  allowed: ['survived'],
  prepare({ random, usual }) {
    const jumps = Array.from({ length: 3 }, () => {
      const by = random.integer(-100, 100) * random.pick([1_000, 3_600_000, 86_400_000]);
      return `${Math.round(random.next() * usual.milliseconds)}:${by}`;
    });
    const env = { NODE_OPTIONS: preload('clock'), FAULT_CLOCK: jumps.join() };
    return {
      description: `the clock jumps (ms:ms) ${jumps.join(', ')}`,
      command: { env },
      inject: () => true,
    };
  },
};

const WRITE_ERRORS = ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG'];

export const outputFaults: readonly Fault[] = [
  sizeLimit,
  smallDisk,
  failingCall('a write fails', 'writev', WRITE_ERRORS, 8, ['error', 'unhurt']),
  failingCall('the flush fails', 'fsync', WRITE_ERRORS, 1, ['error']),
  failingCall('a signal at the final rename', 'rename', ['SIGINT', 'SIGTERM', 'SIGHUP'], 1, ['survived']),
  failingCall('the final rename fails', 'rename', ['ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EXDEV'], 1, [
    'error',
  ]),
  failingCall("the flush of the output's directory fails", 'fsyncDirectory', ['EIO', 'ENOSPC'], 1, [
    'unflushed',
  ]),
  removed,
  nameTaken,
  slowReader,
  goneReader,
  clock,
];
