import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** What tells one process from every other, on any host and at any time. The parts hold no dots. */
export interface ProcessIdentity {
  readonly host: string;
  /** Linux's boot id: 32 hexadecimal digits. */
  readonly bootId: string;
  /** Inode numbers of the PID namespace, and of the time namespace, which start times depend on. */
  readonly namespaces: string;
  readonly pid: number;
  /** Start time in clock ticks since boot (proc(5), /proc/PID/stat, field 22). */
  readonly startTime: string;
}

const MAX_HOST_LENGTH = 40;

/** This process; null where the system does not tell (no Linux /proc, or one of another PID namespace). */
export async function ownIdentity(): Promise<ProcessIdentity | null> {
  try {
    if ((await readlink('/proc/self')) !== String(process.pid)) return null;
    const [boot, pids, times, startTime] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'latin1'),
      readlink('/proc/self/ns/pid'),
      // Linux has time namespaces from 5.6 on.
      readlink('/proc/self/ns/time').catch(() => '0'),
      readStartTime(process.pid),
    ]);
    return {
      host: hostname()
        .replace(/[^\w-]/g, '_')
        .slice(0, MAX_HOST_LENGTH),
      bootId: boot.replace(/[^0-9a-f]/g, ''),
      namespaces: `${pids.replace(/\D/g, '')}-${times.replace(/\D/g, '')}`,
      pid: process.pid,
      startTime,
    };
  } catch {
    return null;
  }
}

/** The identity as a part of a file's name: `host.bootid.namespaces.pid.starttime`. */
export function identityText({ host, bootId, namespaces, pid, startTime }: ProcessIdentity): string {
  return `${host}.${bootId}.${namespaces}.${pid}.${startTime}`;
}

/** What `identityText` gave; null for any other text. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const parts = /^([\w-]+)\.([0-9a-f]{32})\.(\d+-\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (parts === null) return null;
  const [, host, bootId, namespaces, pid, startTime] = parts as unknown as string[];
  return {
    host: host!,
    bootId: bootId!,
    namespaces: namespaces!,
    pid: Number(pid),
    startTime: startTime!,
  };
}

/** Whether `other` has certainly ended, as seen from `self`. False wherever that cannot be known. */
export async function hasEnded(other: ProcessIdentity, self: ProcessIdentity): Promise<boolean> {
  const comparable =
    other.host === self.host && other.bootId === self.bootId && other.namespaces === self.namespaces;
  if (!comparable) return false;
  if (!isRunning(other.pid)) return true;
  // The number may have been given to a later process.
  return readStartTime(other.pid).then(
    (startTime) => startTime !== other.startTime,
    () => false,
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function readStartTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  // Field 2, the command's name in parentheses, may hold anything; field 3 follows its last parenthesis.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[22 - 3];
  if (startTime === undefined || !/^\d+$/.test(startTime)) throw new Error(`unexpected /proc/${pid}/stat`);
  return startTime;
}
