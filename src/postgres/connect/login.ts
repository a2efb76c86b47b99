import type { Duplex } from 'node:stream';
import pg from 'pg';
import { conditionOf } from '../conditions.ts';
import { AttemptError, isPassing } from './attempt-error.ts';
import type { AuthMethod, AuthPolicy } from './auth-policy.ts';

/** Who logs in, and how the session is to start. */
export interface Login {
  readonly user: string;
  readonly dbname: string;
  readonly password: string | null;
  /** Further parameters of the startup message. */
  readonly settings: Readonly<Record<string, string>>;
  readonly auth: AuthPolicy;
  /** Whether the stream is a TLS socket. */
  readonly encrypted: boolean;
}

/** A session, and what the server said of itself when it began (ParameterStatus messages). */
export interface Session {
  readonly client: pg.Client;
  readonly parameterStatus: ReadonlyMap<string, string>;
}

/** Messages that ask for a login, as pg names them. */
const REQUESTS: Readonly<Record<string, AuthMethod>> = {
  authenticationCleartextPassword: 'password',
  authenticationMD5Password: 'md5',
  authenticationSASL: 'scram-sha-256',
};

/** A server begins with an Authentication, ErrorResponse or NoticeResponse message. */
const FIRST_MESSAGES = 'REN';

/** The members of pg's connection that its type declarations leave out. */
interface ConnectionInternals {
  _connecting: boolean;
  _ending: boolean;
  attachListeners(stream: {
    on(event: string | symbol, listener: (...args: unknown[]) => void): Duplex;
  }): void;
}

/** pg's connection over a stream that is connected and, where wanted, encrypted already. */
class EstablishedConnection extends pg.Connection {
  #begun = false;

  connect(): void {
    const internals = this as unknown as ConnectionInternals;
    internals._connecting = true;
    this.stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!internals._ending) this.emit('error', error);
    });
    this.stream.on('close', () => this.emit('end'));
    internals.attachListeners({ on: (event, listener) => this.#listen(event, listener) });
    // pg's client listens for it only after this call.
    process.nextTick(() => this.emit('connect'));
  }

  /** pg's parser throws on messages it does not know; that must end the connection, not the process. */
  #listen(event: string | symbol, listener: (...args: unknown[]) => void): Duplex {
    return this.stream.on(event, (...args: unknown[]) => {
      try {
        if (event === 'data') this.#checkFirst(args[0] as Buffer);
        listener(...args);
      } catch (error) {
        this.emit('error', error);
        this.stream.destroy();
      }
    });
  }

  /** Else the length of what is no message at all, such as HTTP's, would be waited for. */
  #checkFirst(bytes: Buffer): void {
    if (this.#begun) return;
    this.#begun = true;
    if (FIRST_MESSAGES.includes(String.fromCharCode(bytes[0]!))) return;
    throw new AttemptError('what answers there does not speak the PostgreSQL protocol', {
      next: 'nothing',
      hint: 'check host and port',
    });
  }
}

/**
 * Logs in over a connected stream. Nothing comes from the process's environment or its files: pg is given every value
 * that it would look up there. Throws an `AttemptError`; the stream is then the caller's to destroy.
 */
export async function logIn(stream: Duplex, login: Login): Promise<Session> {
  const connection = new EstablishedConnection({ stream: () => stream });
  const guard = new AuthGuard(connection, login);
  const parameterStatus = new Map<string, string>();
  connection.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
    parameterStatus.set(message.parameterName, message.parameterValue);
  });
  const client = new pg.Client({
    connection,
    user: login.user,
    database: login.dbname,
    host: 'localhost',
    port: 1,
    password: () => guard.password(),
    ssl: false,
    sslnegotiation: 'postgres',
    enableChannelBinding: login.encrypted && login.auth.channelBinding !== 'disable',
    // libpq sets no limit to the server's number of SCRAM iterations either.
    scramMaxIterations: 0,
  } as pg.ClientConfig);
  Object.assign(client, {
    getStartupConf: () => ({ user: login.user, database: login.dbname, ...login.settings }),
  });
  // A broken connection fails the query that runs, and every later one. Without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw refusal(error as Error, login);
  }
  return { client, parameterStatus };
}

/** Holds the server's ways of authentication against the user's demands before a password leaves this process. */
class AuthGuard {
  readonly #login: Login;
  #request: AuthMethod = 'none';
  #bound = false;
  #finished = false;

  constructor(connection: EstablishedConnection, login: Login) {
    this.#login = login;
    for (const [event, method] of Object.entries(REQUESTS)) {
      connection.on(event, (message: { mechanisms?: readonly string[] }) => {
        this.#request = method;
        this.#bound = login.encrypted && (message.mechanisms ?? []).includes('SCRAM-SHA-256-PLUS');
      });
    }
    connection.on('authenticationSASLFinal', () => {
      this.#finished = true;
    });
    connection.on('authenticationOk', () => {
      const violation = this.#violation() ?? this.#unfinished();
      if (violation === undefined) return;
      connection.emit('error', violation);
      connection.stream.destroy();
    });
  }

  /** The password, once the server has asked for it in a way that the user accepts. */
  password(): string {
    const violation = this.#violation();
    if (violation !== undefined) throw violation;
    if (this.#login.password === null) {
      throw new AttemptError('the server asks for a password and none is known', {
        next: 'nothing',
        hint: 'set PGPASSWORD, or add a line for this server to ~/.pgpass',
      });
    }
    return this.#login.password;
  }

  #violation(): AttemptError | undefined {
    const { methods, channelBinding } = this.#login.auth;
    if (!methods.includes(this.#request)) {
      return new AttemptError(
        `the server asks for ${this.#request === 'none' ? 'no authentication' : this.#request}, which require_auth rules out`,
        { next: 'nothing', hint: "change require_auth or the server's pg_hba.conf" },
      );
    }
    if (channelBinding === 'require' && !this.#bound) {
      return new AttemptError(
        'the server does not offer channel binding, which channel_binding=require demands',
        {
          next: 'nothing',
          hint: 'channel binding needs TLS and a SCRAM password',
        },
      );
    }
    return undefined;
  }

  /** A server that has not proved to know the password (its last SCRAM message) is not the one it pretends to be. */
  #unfinished(): AttemptError | undefined {
    if (this.#request !== 'scram-sha-256' || this.#finished) return undefined;
    return new AttemptError('the server broke off the SCRAM authentication', { next: 'nothing' });
  }
}

function refusal(error: Error, login: Login): AttemptError {
  if (error instanceof AttemptError) return error;
  if (error instanceof pg.DatabaseError) {
    const { code } = error;
    const { hint = error.hint, passing } = conditionOf(error);
    return new AttemptError(error.message, {
      next: code === '57P03' ? 'host' : 'encryption',
      hint,
      sqlState: code,
      passing,
      cause: error,
    });
  }
  const unknown = /^Unknown authenticationOk message type (\d+)/.exec(error.message)?.[1];
  if (unknown !== undefined || error.message.startsWith('SASL: Only mechanism')) {
    return new AttemptError('the server asks for a kind of authentication that is not supported', {
      next: 'nothing',
      hint: `let user "${login.user}" log in by password, certificate or trust in the server's pg_hba.conf`,
      cause: error,
    });
  }
  if (error.message.startsWith('SASL channel binding:')) {
    // pg's own message repeats the whole certificate.
    return new AttemptError(
      "the server's certificate has a signature for which channel binding is not defined",
      {
        next: 'nothing',
        hint: 'set channel_binding=disable, or give the server a certificate signed with RSA or ECDSA',
        cause: error,
      },
    );
  }
  const closed = error.message.startsWith('Connection terminated');
  return new AttemptError(closed ? 'the server closed the connection' : error.message, {
    next: 'nothing',
    passing: closed || isPassing(error),
    hint: closed ? "look into the server's log for the reason" : undefined,
    cause: error,
  });
}
