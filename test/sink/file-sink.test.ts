import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ExportError } from '../../src/errors.ts';
import { openSink } from '../../src/sink/open.ts';
import { runElsewhere } from './elsewhere.ts';

const isRoot = process.getuid?.() === 0;
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-sink-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const bytes = (text: string) => Buffer.from(text);

/** The `ExportError` that `promise` rejects with. */
async function failure(promise: Promise<unknown>): Promise<ExportError> {
  const error = await promise.then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ExportError);
  expect(error).toMatchObject({ code: 'output', stage: 'write' });
  expect((error as ExportError).hint).toBeTruthy();
  return error as ExportError;
}

describe('a regular file', () => {
  test('appears whole at close, and only then', async () => {
    const out = join(dir, 'a.parquet');
    const sink = await openSink(out);
    await sink.write([bytes('PAR1'), bytes(''), bytes('xyz')]);
    await sink.write([]);
    await sink.write([bytes('!')]);
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(dir).map((name) => name.replace(/^\.a\.parquet\..*\.partial$/, 'partial'))).toEqual([
      'partial',
    ]);
    await sink.close();
    expect(readFileSync(out, 'utf8')).toBe('PAR1xyz!');
    expect(readdirSync(dir)).toEqual(['a.parquet']);
    await sink.abort();
    expect(readFileSync(out, 'utf8')).toBe('PAR1xyz!');
  });

  test('takes more chunks than one writev does', async () => {
    const out = join(dir, 'many');
    const chunks = Array.from({ length: 5000 }, (_, i) => bytes(`${i},`));
    const sink = await openSink(out);
    await sink.write(chunks);
    await sink.close();
    expect(readFileSync(out).equals(Buffer.concat(chunks))).toBe(true);
  });

  test('replaces an existing file only at close, with the mode of the umask', async () => {
    const out = join(dir, 'old');
    writeFileSync(out, 'old bytes');
    chmodSync(out, 0o600);
    const before = statSync(out).ino;
    const sink = await openSink(out);
    await sink.write([bytes('new bytes')]);
    expect([readFileSync(out, 'utf8'), statSync(out).ino]).toEqual(['old bytes', before]);
    await sink.close();
    expect(readFileSync(out, 'utf8')).toBe('new bytes');
    expect(statSync(out).ino).not.toBe(before);
    expect(statSync(out).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test('abort leaves an existing file alone and nothing beside it', async () => {
    const out = join(dir, 'old');
    writeFileSync(out, 'old bytes');
    const before = statSync(out).ino;
    const sink = await openSink(out);
    const writing = sink.write([Buffer.alloc(1 << 20)]);
    await sink.abort();
    await writing;
    await failure(sink.write([bytes('more')]));
    await failure(sink.close());
    await sink.abort();
    expect([readFileSync(out, 'utf8'), statSync(out).ino]).toEqual(['old bytes', before]);
    expect(readdirSync(dir)).toEqual(['old']);
  });

  test('abort during close publishes all or nothing', async () => {
    const out = join(dir, 'new');
    const sink = await openSink(out);
    await sink.write([bytes('whole')]);
    const closed = sink.close().then(
      () => true,
      () => false,
    );
    await sink.abort();
    expect(readdirSync(dir)).toEqual((await closed) ? ['new'] : []);
  });

  test('two sinks of one process write to the same target without mixing', async () => {
    const out = join(dir, 'same');
    const [first, second] = [await openSink(out), await openSink(out)];
    await first.write([bytes('first')]);
    await second.write([bytes('second')]);
    await first.close();
    expect(readFileSync(out, 'utf8')).toBe('first');
    await second.close();
    expect(readFileSync(out, 'utf8')).toBe('second');
    expect(readdirSync(dir)).toEqual(['same']);
  });

  test('a name as long as the file system allows', async () => {
    const out = join(dir, `${'é'.repeat(123)}.parquet`);
    const sink = await openSink(out);
    await sink.write([bytes('x')]);
    await sink.close();
    expect(readFileSync(out, 'utf8')).toBe('x');
  });
});

describe('symlinks', () => {
  test('are followed, also over another link whose directory is a link', async () => {
    mkdirSync(join(dir, 'real/deep'), { recursive: true });
    writeFileSync(join(dir, 'real/target'), 'old');
    symlinkSync('real/deep', join(dir, 'short'));
    symlinkSync('../target', join(dir, 'real/deep/link'));
    symlinkSync('short/link', join(dir, 'start'));
    const sink = await openSink(join(dir, 'start'));
    await sink.write([bytes('new')]);
    await sink.close();
    expect(readFileSync(join(dir, 'real/target'), 'utf8')).toBe('new');
    expect(readFileSync(join(dir, 'start'), 'utf8')).toBe('new');
    expect(readdirSync(dir).sort()).toEqual(['real', 'short', 'start']);
  });

  test('that dangle are created at their target', async () => {
    mkdirSync(join(dir, 'data'));
    symlinkSync('data/new', join(dir, 'link'));
    const sink = await openSink(join(dir, 'link'));
    await sink.write([bytes('x')]);
    await sink.close();
    expect(readdirSync(join(dir, 'data'))).toEqual(['new']);
    expect(readFileSync(join(dir, 'link'), 'utf8')).toBe('x');
  });

  test('that run in a circle are an error', async () => {
    symlinkSync('b', join(dir, 'a'));
    symlinkSync('a', join(dir, 'b'));
    expect((await failure(openSink(join(dir, 'a')))).message).toMatch(/run in a circle/);
  });
});

describe('what cannot work is refused at open', () => {
  test('a missing directory', async () => {
    const error = await failure(openSink(join(dir, 'none/x')));
    expect(error.message).toBe(`cannot write ${dir}/none/x: the directory ${dir}/none does not exist`);
  });

  test('a file as directory', async () => {
    writeFileSync(join(dir, 'file'), '');
    expect((await failure(openSink(join(dir, 'file/x')))).message).toMatch(/file is not a directory/);
  });

  test('a directory as file', async () => {
    expect((await failure(openSink(dir))).message).toBe(`cannot write ${dir}: it is a directory`);
    expect((await failure(openSink(join(dir, 'new/')))).message).toMatch(/it is a directory/);
  });

  test('a name that is too long', async () => {
    expect((await failure(openSink(join(dir, 'x'.repeat(300))))).message).toMatch(/name is too long/);
  });

  // Given up only once the modules are loaded: the checkout may be where nobody else can read it.
  const asNobody = 'process.setgroups([]); process.setgid(65534); process.setuid(65534);\n';
  const openAndTell = (path: string) =>
    `await openSink(${JSON.stringify(path)}).then((s) => s.abort().then(() => console.log('opened')), (e) => console.log(e.code, e.message));`;

  test('a directory that is not writable', () => {
    const closed = join(dir, 'closed');
    mkdirSync(closed);
    chmodSync(dir, 0o755);
    chmodSync(closed, 0o555);
    const stdout = runElsewhere((isRoot ? asNobody : '') + openAndTell(join(closed, 'x')));
    expect(stdout).toBe(`output cannot create a file in ${closed}: permission denied\n`);
  });

  test('an existing file that is write-protected', () => {
    const out = join(dir, 'kept');
    writeFileSync(out, 'kept', { mode: 0o444 });
    chmodSync(dir, 0o777);
    const stdout = runElsewhere((isRoot ? asNobody : '') + openAndTell(out));
    expect(stdout).toBe(`output cannot replace ${out}: the file is there and you may not write to it\n`);
    expect(readFileSync(out, 'utf8')).toBe('kept');
  });

  test.runIf(isRoot)("another user's file in a sticky directory", () => {
    const out = join(dir, 'theirs');
    writeFileSync(out, 'theirs');
    chmodSync(out, 0o666);
    chownSync(out, 12345, 12345);
    chmodSync(dir, 0o1777);
    expect(runElsewhere(asNobody + openAndTell(out))).toMatch(/^output .*belongs to another user/);
    chmodSync(dir, 0o777);
    expect(runElsewhere(asNobody + openAndTell(out))).toBe('opened\n');
  });
});

describe('failures in the middle', () => {
  test('a removed directory', async () => {
    const sub = join(dir, 'sub');
    mkdirSync(sub);
    const sink = await openSink(join(sub, 'x'));
    await sink.write([bytes('x')]);
    rmSync(sub, { recursive: true });
    expect((await failure(sink.close())).message).toBe(`cannot write ${sub}/x: no such file or directory`);
  });

  test('a directory that took the name', async () => {
    const out = join(dir, 'x');
    const sink = await openSink(out);
    await sink.write([bytes('x')]);
    mkdirSync(out);
    expect((await failure(sink.close())).message).toMatch(/it is a directory/);
    expect(readdirSync(dir)).toEqual(['x']);
  });

  test('a file that outgrows the limit of its size leaves nothing', () => {
    const out = join(dir, 'big');
    writeFileSync(out, 'old');
    const script = `const sink = await openSink(${JSON.stringify(out)});
      await sink.write([Buffer.alloc(300_000, 1), Buffer.alloc(300_000, 2)]).catch((e) => console.log(e.code, e.message));`;
    // In the shell's unit of 512 or 1024 bytes this is less than 600,000: a short write, then EFBIG.
    const stdout = runElsewhere(script, ['sh', '-c', 'ulimit -f 500; exec "$@"', 'sh']);
    expect(stdout).toBe(`output cannot write ${out}: the file grew larger than allowed\n`);
    expect(readdirSync(dir)).toEqual(['big']);
    expect(readFileSync(out, 'utf8')).toBe('old');
  });

  test.runIf(mayMount)('a full disk leaves nothing, and an existing file as it was', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir]);
    try {
      const out = join(dir, 'x');
      writeFileSync(out, 'old');
      const before = statSync(out).ino;
      const sink = await openSink(out);
      await sink.write([Buffer.alloc(10_000)]);
      const error = await failure(sink.write([Buffer.alloc(100_000)]));
      expect(error.message).toBe(`cannot write ${out}: no space is left on the device`);
      expect(readdirSync(dir)).toEqual(['x']);
      expect([readFileSync(out, 'utf8'), statSync(out).ino]).toEqual(['old', before]);
      await sink.abort();
    } finally {
      execFileSync('umount', [dir]);
    }
  });
});
