/** A worker thread's main file: runs a job over a connection of its own and posts `JobMessage`s. */
import { parentPort } from 'node:worker_threads';
import { transferList } from '../parquet/encoded.ts';
import { queryError } from '../postgres/server-error.ts';
import { Session } from '../postgres/session.ts';
import { adoptSnapshot } from '../postgres/transaction.ts';
import { Job, type Part } from './job.ts';
import { type JobCommand, type JobMessage, type JobStart, toRecord } from './job-messages.ts';

const port = parentPort!;
let job: Job | null = null;
let onPart: (part: Part | null) => void = () => {};

function post(message: JobMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

async function run({ conninfo, snapshot, blockSize, plan }: JobStart): Promise<void> {
  let session: Session | null = null;
  try {
    session = await Session.open(conninfo, blockSize);
    await adoptSnapshot(session, snapshot).catch((error) => {
      throw queryError(error, 'connect');
    });
    job = new Job(plan, session, {
      nextPart: () =>
        new Promise((resolve) => {
          onPart = resolve;
          post({ kind: 'nextPart' });
        }),
      onProgress: (rows, bytesReceived) => post({ kind: 'progress', rows, bytesReceived }),
      onRowGroup: (rowGroup) => post({ kind: 'rowGroup', rowGroup }, transferList(rowGroup)),
    });
    post({ kind: 'ready', backend: session.backend });
    const result = await job.run();
    await session.close();
    post({ kind: 'done', result });
  } catch (error) {
    session?.destroy();
    post({ kind: 'failed', error: toRecord(error) });
  }
}

port.on('message', (command: JobCommand) => {
  switch (command.kind) {
    case 'start':
      return run(command.start);
    case 'part':
      return onPart(command.part);
    case 'rowGroupWritten':
      return job?.rowGroupWritten(command.blocks);
    case 'stop':
      try {
        job?.closeTempFile();
      } finally {
        // Ends this thread only.
        process.exit();
      }
  }
});
