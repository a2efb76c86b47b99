/** A worker thread's main file: runs the job that it is started with and posts `JobMessage`s. */
import { parentPort, workerData } from 'node:worker_threads';
import { transferList } from '../parquet/encoded.ts';
import { Job, type JobPlan } from './job.ts';
import { type JobCommand, type JobMessage, toRecord } from './job-messages.ts';

const port = parentPort!;

function post(message: JobMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

const job = new Job(workerData as JobPlan, {
  onStarted: (backend) => post({ kind: 'started', backend }),
  onProgress: (rows, bytesReceived) => post({ kind: 'progress', rows, bytesReceived }),
  onRowGroup: (rowGroup) => post({ kind: 'rowGroup', rowGroup }, transferList(rowGroup)),
});

port.on('message', (command: JobCommand) => {
  if (command.kind === 'rowGroupWritten') return job.rowGroupWritten();
  try {
    job.closeTempFile();
  } finally {
    // Ends this thread only.
    process.exit();
  }
});

try {
  post({ kind: 'done', result: await job.run() });
} catch (error) {
  post({ kind: 'failed', error: toRecord(error) });
}
