import type { ParameterSet } from './parameters.ts';

/** TCP keepalive of the client's end of the connection. Times in seconds; 0 for the system's default. */
export interface Keepalives {
  readonly enabled: boolean;
  readonly idleSeconds: number;
  readonly intervalSeconds: number;
  readonly count: number;
}

/** Linux's own values, which Node.js would otherwise replace by its own. */
export const SYSTEM_KEEPALIVES = { idleSeconds: 7200, intervalSeconds: 75, count: 9 };

export function resolveKeepalives(parameters: ParameterSet): Keepalives {
  return {
    enabled: parameters.integer('keepalives', 1) !== 0,
    idleSeconds: Math.max(0, parameters.integer('keepalives_idle', 0)),
    intervalSeconds: Math.max(0, parameters.integer('keepalives_interval', 0)),
    count: Math.max(0, parameters.integer('keepalives_count', 0)),
  };
}

/** How long a server may leave a question unanswered: see `Conninfo`. */
export function silenceLimitMs(parameters: ParameterSet, keepalives: Keepalives): number {
  const userTimeout = parameters.integer('tcp_user_timeout', 0);
  if (userTimeout > 0) return userTimeout;
  const { idleSeconds, intervalSeconds, count } = keepalives;
  const system = SYSTEM_KEEPALIVES;
  const seconds =
    (idleSeconds || system.idleSeconds) +
    (intervalSeconds || system.intervalSeconds) * (count || system.count);
  return keepalives.enabled ? seconds * 1000 : 0;
}
