import { openUnauthenticated } from './connect/connect.ts';
import type { Conninfo } from './connect/conninfo.ts';
import type { BackendKey } from './session.ts';

/** CancelRequest's code: 1234 in the high half, 5678 in the low one (protocol 3.0, "Message Formats"). */
const CANCEL_REQUEST = 80_877_102;

/**
 * Asks the server to cancel what a connection runs. Resolves when the server has taken the request, or when it could
 * not be delivered: cancelling is best effort, the caller closes its connection in any case.
 */
export async function cancelQuery(server: Conninfo, { processId, secretKey }: BackendKey): Promise<void> {
  const message = Buffer.alloc(16);
  message.writeInt32BE(16, 0);
  message.writeInt32BE(CANCEL_REQUEST, 4);
  message.writeInt32BE(processId, 8);
  message.writeInt32BE(secretKey, 12);
  const stream = await openUnauthenticated(server).catch(() => null);
  if (stream === null) return;
  await new Promise<void>((resolve) => {
    stream.once('error', () => resolve());
    stream.once('close', () => resolve());
    // The server closes the connection when it has sent the signal; it says nothing before.
    stream.resume();
    stream.end(message);
  });
}
