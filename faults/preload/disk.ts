/**
 * Makes one call of the file system fail, to be preloaded (`node --import`) into a program. `FAULT_DISK` is
 * `<call>:<number>:<code>`: the call `writev`, `fsync`, `fsyncDirectory` or `rename`; which of them, counted from 1; and the
 * error's code. A `writev` that fails has written a part before. Instead of a code, a signal's name lets the call succeed
 * and the signal come at that moment. `FAULT_DISK_TOLD` names a file that is created when it has come to pass.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const [wanted, number, code = ''] = (process.env.FAULT_DISK ?? '').split(':');
let calls = 0;

/** The error that this call is to end with, if it is its turn. */
function fault(call: string): NodeJS.ErrnoException | null {
  if (call !== wanted || ++calls !== Number(number)) return null;
  fs.writeFileSync(process.env.FAULT_DISK_TOLD!, '');
  if (!code.startsWith('SIG'))
    return Object.assign(new Error(`${code}: made to fail, ${call}`), { code, syscall: call });
  process.kill(process.pid, code as NodeJS.Signals);
  return null;
}

type Callback = (error: NodeJS.ErrnoException | null) => void;
// biome-ignore lint/suspicious/noExplicitAny: the functions of node:fs have many signatures each.
type AnyFunction = (...args: any[]) => any;

/** Puts a function in the place of one that takes a callback last. */
function replace(name: 'fsync' | 'writev', broken: (real: AnyFunction) => AnyFunction): void {
  const real = fs[name] as AnyFunction;
  // promisify reads from a symbol of its own how the results are called.
  const replaced = Object.defineProperties(broken(real), Object.getOwnPropertyDescriptors(real));
  Object.assign(fs, { [name]: replaced });
}

if (isMainThread) {
  replace('writev', (real) => {
    return (fd: number, buffers: readonly Uint8Array[], position: number | null, done: Callback) => {
      const error = fault('writev');
      if (error === null) return real(fd, buffers, position, done);
      const half = buffers[0]!.subarray(0, buffers[0]!.length >> 1);
      real(fd, [half], position, () => done(error));
    };
  });
  replace('fsync', (real) => (fd: number, done: Callback) => {
    const error = fault(fs.fstatSync(fd).isDirectory() ? 'fsyncDirectory' : 'fsync');
    if (error === null) return real(fd, done);
    process.nextTick(done, error);
  });
  const { rename } = fs.promises;
  fs.promises.rename = async (from, to) => {
    const error = fault('rename');
    if (error !== null) throw error;
    await rename(from, to);
  };
  syncBuiltinESMExports();
}
