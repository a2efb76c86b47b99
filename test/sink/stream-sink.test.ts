import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSink } from '../../src/sink/open.ts';

const SINK = new URL('../../src/sink/open.ts', import.meta.url).href;

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ddpp-sink-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** A shell command line that runs `script`, an ES module with `openSink` in scope. */
function nodeCommand(script: string): string {
  writeFileSync(join(dir, 'script.mjs'), `import { openSink } from ${JSON.stringify(SINK)};\n${script}`);
  return `"${process.execPath}" "${join(dir, 'script.mjs')}"`;
}

const shell = (command: string) => spawnSync('bash', ['-c', command], { encoding: 'utf8' });

describe('a FIFO', () => {
  const makeFifo = () => {
    const fifo = join(dir, 'fifo');
    execFileSync('mkfifo', [fifo]);
    return fifo;
  };

  test('is written directly to a reader that comes late, and stays a FIFO', async () => {
    const fifo = makeFifo();
    const sink = await openSink(fifo);
    const chunks = Array.from({ length: 3000 }, (_, i) => Buffer.from(`chunk ${i};`));
    const writing = sink
      .write(chunks)
      .then(() => sink.write([Buffer.alloc(1 << 20, 'x')]))
      .then(() => sink.close());
    const cat = spawn('cat', [fifo]);
    const received: Buffer[] = [];
    cat.stdout.on('data', (data) => received.push(data));
    const ended = new Promise((resolve) => cat.once('close', resolve));
    await Promise.all([writing, ended]);
    expect(Buffer.concat(received).equals(Buffer.concat([...chunks, Buffer.alloc(1 << 20, 'x')]))).toBe(true);
    expect(lstatSync(fifo).isFIFO()).toBe(true);
  });

  test('whose reader leaves is an error', async () => {
    const fifo = makeFifo();
    const head = spawn('head', ['-c', '10', fifo]);
    const sink = await openSink(fifo);
    await expect(sink.write([Buffer.alloc(1 << 20)])).rejects.toMatchObject({
      code: 'output',
      stage: 'write',
      message: `cannot write ${fifo}: its reader has gone away`,
    });
    await expect(sink.close()).rejects.toMatchObject({ code: 'output' });
    await sink.abort();
    expect(head.exitCode ?? 0).toBe(0);
    expect(lstatSync(fifo).isFIFO()).toBe(true);
  });

  test('without a reader can be aborted', async () => {
    const fifo = makeFifo();
    const sink = await openSink(fifo);
    const writing = expect(sink.write([Buffer.from('x')])).rejects.toMatchObject({ message: /was stopped/ });
    await sink.abort();
    await writing;
    expect(existsSync(fifo)).toBe(true);
  });

  test('with a reader that does not read can be aborted, and the process ends', () => {
    const fifo = makeFifo();
    const command = nodeCommand(`const sink = await openSink(${JSON.stringify(fifo)});
      const writing = sink.write([Buffer.alloc(1 << 20)]).catch((e) => console.log(e.message));
      setTimeout(() => sink.abort(), 50); await writing;`);
    const { stdout } = shell(`sleep 20 <"${fifo}" & reader=$!; ${command}; kill $reader`);
    expect(stdout).toBe(`the writing of ${fifo} was stopped\n`);
  });
});

describe('devices', () => {
  test('/dev/null takes everything and stays', async () => {
    const sink = await openSink('/dev/null');
    await sink.write([Buffer.alloc(100)]);
    await sink.close();
    await sink.abort();
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('/dev/full has no space', async () => {
    const sink = await openSink('/dev/full');
    await expect(sink.write([Buffer.alloc(100)])).rejects.toMatchObject({
      code: 'output',
      message: 'cannot write /dev/full: no space is left on the device',
    });
    await sink.abort();
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  test('a socket is refused', async () => {
    const path = join(dir, 'socket');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(openSink(path)).rejects.toMatchObject({ message: `cannot write ${path}: it is a socket` });
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('/dev/stdout', () => {
  const writeSome = (path: string) =>
    nodeCommand(`const sink = await openSink(${JSON.stringify(path)});
      try { await sink.write([Buffer.from('some '), Buffer.from('bytes')]); await sink.close(); }
      catch (e) { console.error(e.message); }`);

  test('as a pipe', () => {
    expect(shell(`${writeSome('/dev/stdout')} | cat`).stdout).toBe('some bytes');
  });

  test('as a socket, which is what other Node programs hand out', () => {
    const { stdout } = spawnSync(
      process.execPath,
      [
        '-e',
        `
      const child = require('child_process').spawn('bash', ['-c', ${JSON.stringify(`exec ${writeSome('/dev/stdout')}`)}]);
      child.stdout.pipe(process.stdout);`,
      ],
      { encoding: 'utf8' },
    );
    expect(stdout).toBe('some bytes');
  });

  test('as a redirection keeps what is before it in the file', () => {
    const file = join(dir, 'file');
    shell(`{ printf 'head '; ${writeSome('/dev/stdout')}; printf ' tail'; } > "${file}"`);
    expect(readFileSync(file, 'utf8')).toBe('head some bytes tail');
  });

  test('as /dev/fd/N of a process substitution', () => {
    expect(shell(`${writeSome('/dev/fd/9')} 9> >(cat >&2)`).stderr).toBe('some bytes');
  });

  test('with a reader that has gone', () => {
    const { stderr } = shell(`{ sleep 0.2; ${writeSome('/dev/stdout')}; } | true`);
    expect(stderr).toBe('cannot write /dev/stdout: its reader has gone away\n');
  });

  test('closed', () => {
    const command = nodeCommand(`await openSink('/dev/fd/77').catch((e) => console.log(e.message));`);
    expect(shell(command).stdout).toBe('cannot write /dev/fd/77: it is not open for writing\n');
  });

  test('as a terminal is refused', () => {
    const command = nodeCommand(`await openSink('/dev/stdout').catch((e) => console.error(e.message));`);
    const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { encoding: 'utf8' });
    expect(stdout.trim()).toBe('/dev/stdout is a terminal, and Parquet is not text');
  });
});
