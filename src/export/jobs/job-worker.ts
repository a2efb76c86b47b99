/** A worker thread's main file: runs a job over a connection of its own and posts `JobMessage`s. */
import { parentPort } from 'node:worker_threads';
import { ExportError } from '../../errors.ts';
import { queryError } from '../../postgres/server-error.ts';
import { Session } from '../../postgres/session.ts';
import { adoptSnapshot } from '../../postgres/transaction.ts';
import { Job } from './job.ts';
import { JobConnection } from './job-connection.ts';
import { type JobCommand, type JobMessage, type JobStart, toRecord } from './job-messages.ts';
import type { Part } from './part.ts';

// As in the main thread: Node.js's own crash reports are not to hold PGPASSWORD.
if (process.report) process.report.excludeEnv = true;

const port = parentPort!;
let job: Job | null = null;
let connection: JobConnection | null = null;
let onPart: (part: Part | null) => void = () => {};

function post(message: JobMessage): void {
  port.postMessage(message);
}

/** How long a further connection may take; without it everything is read over fewer, or the first one. */
const OPEN_LIMIT_MS = 30_000;

/** A connection that sees the export's snapshot. Throws `ExportError` of the stage `connect`. */
async function openSession({ conninfo, snapshot, serial, blockSize }: JobStart): Promise<Session> {
  const limit = AbortSignal.timeout(OPEN_LIMIT_MS);
  let session: Session | null = null;
  const onLimit = () => session?.destroy();
  limit.addEventListener('abort', onLimit);
  try {
    session = await Session.open(conninfo, blockSize, { signal: limit });
    const serverProcess = await adoptSnapshot(session, snapshot, serial);
    post({ kind: 'connected', backend: session.backend, serverProcess });
    return session;
  } catch (error) {
    session?.destroy();
    if (!limit.aborted) throw queryError(error, 'connect');
    const message = `a further connection had no answer within ${OPEN_LIMIT_MS / 1000} s`;
    throw new ExportError('connection', message, { stage: 'connect', cause: error });
  } finally {
    limit.removeEventListener('abort', onLimit);
  }
}

async function run(start: JobStart): Promise<void> {
  try {
    connection = new JobConnection(await openSession(start), {
      open: () => openSession(start),
      retries: start.conninfo.connectRetries,
      onLog: (line) => post({ kind: 'log', line }),
    });
    job = new Job(start.plan, connection, {
      nextPart: () =>
        new Promise((resolve) => {
          onPart = resolve;
          post({ kind: 'nextPart' });
        }),
      onProgress: (rows, bytesReceived) => post({ kind: 'progress', rows, bytesReceived }),
      onRowGroup: (rowGroup) => post({ kind: 'rowGroup', rowGroup }),
    });
    post({ kind: 'ready' });
    const result = await job.run();
    await connection.close();
    post({ kind: 'done', result });
  } catch (error) {
    connection?.destroy();
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
      return connection?.abandon(new Error('nothing has come over it for too long'));
    case 'rowGroupWritten':
      return job?.rowGroupWritten();
    case 'stop':
      try {
        job?.closeTempFile();
      } finally {
        // Ends this thread only.
        process.exit();
      }
  }
});
