/** A worker thread's main file: runs a job and posts `JobMessage`s. */
import { parentPort } from 'node:worker_threads';
import type { JobCommand, JobMessage, JobStart } from './job-messages.ts';
import { toRecord } from './job-messages.ts';
import { JobRun } from './job-run.ts';
import type { Part } from './part.ts';
import { RowGroupMaker } from './row-group-maker.ts';

// As in the main thread: Node.js's own crash reports are not to hold PGPASSWORD.
if (process.report) process.report.excludeEnv = true;

const port = parentPort!;
let job: JobRun | null = null;
let rowGroups: RowGroupMaker | null = null;
let onPart: (part: Part | null) => void = () => {};

function post(message: JobMessage): void {
  port.postMessage(message);
}

async function run(start: JobStart): Promise<void> {
  rowGroups = new RowGroupMaker(start.plan, (rowGroup) => post({ kind: 'rowGroup', rowGroup }));
  job = new JobRun(start, rowGroups, {
    onConnected: (backend, serverProcess) => post({ kind: 'connected', backend, serverProcess }),
    onReady: () => post({ kind: 'ready' }),
    onLog: (line) => post({ kind: 'log', line }),
    nextPart: () =>
      new Promise((resolve) => {
        onPart = resolve;
        post({ kind: 'nextPart' });
      }),
    onProgress: (rows, bytesReceived) => post({ kind: 'progress', rows, bytesReceived }),
  });
  try {
    post({ kind: 'done', result: await job.run() });
  } catch (error) {
    post({ kind: 'failed', error: toRecord(error) });
  }
}

port.on('message', (command: JobCommand) => {
  switch (command.kind) {
    case 'start':
      return run(command.start);
    case 'part':
      return onPart(command.part);
    case 'reconnect':
      return job?.reconnect();
    case 'rowGroupWritten':
      return rowGroups?.rowGroupWritten();
    case 'stop':
      try {
        job?.closeTempFile();
      } finally {
        // Ends this thread only.
        process.exit();
      }
  }
});
