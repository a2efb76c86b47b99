import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import type { Conninfo } from './conninfo.ts';

/** A logged-in connection. */
export interface OpenedConnection {
  readonly client: pg.Client;
  /** The duplex on which the server's bytes arrive: the `net.Socket`, or the `tls.TLSSocket` over it. */
  readonly stream: Duplex;
  /** The same conninfo narrowed to the one address that answered, for further connections to the same server. */
  readonly pinned: Conninfo;
}

/**
 * Connects to the first of the conninfo's hosts that accepts the login and fits `target_session_attrs`.
 *
 * `makeSocket` is called once per attempt for an unconnected socket. A socket made with `onread` has no `data` events
 * of its own: until this function has resolved, its callback must re-emit what it reads (`socket.emit('data', bytes)`).
 *
 * Throws an `ExportError` with code `connection`.
 */
export declare function openConnection(
  conninfo: Conninfo,
  makeSocket?: () => Socket,
): Promise<OpenedConnection>;
