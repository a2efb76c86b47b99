import { setTimeout as sleep } from 'node:timers/promises';
import { type Cut, type Faults, startProxy } from '../../tools/proxy.ts';
import type { Fault, Outcome, Preparation, TrialSetting } from '../fault.ts';

/** What the login and the planning of an export send, roughly. */
const FIRST_BYTES = 6_000;

/** One of the export's connections, and a place in what the server sends over it: often among the first bytes. */
function somePlace({ random, usual }: TrialSetting): { connection: number; offset: number } {
  const connection = random.integer(1, usual.streamBytes.length);
  const bytes = usual.streamBytes[connection - 1]!;
  const early = random.chance(0.25);
  return { connection, offset: random.integer(1, early ? Math.min(FIRST_BYTES, bytes) : bytes) };
}

/** A proxy between the export and the server, and what happens on one of the connections. */
async function throughProxy(
  { source }: TrialSetting,
  {
    description,
    faults,
    ...more
  }: { description: string; faults: (connection: number) => Faults } & Partial<Preparation>,
): Promise<Preparation & { readonly proxy: Awaited<ReturnType<typeof startProxy>> }> {
  const { host, port } = source.server;
  const proxy = await startProxy({ upstream: { host, port }, faults });
  return {
    description,
    port: proxy.port,
    inject: () => false,
    async settle() {
      const met = proxy.counters.faults > 0;
      await proxy.close();
      return met;
    },
    ...more,
    proxy,
  };
}

function cutFault(name: string, cutBy: Cut): Fault {
  return {
    name,
    allowed: ['error', 'survived', 'unhurt'],
    prepare(setting) {
      const { connection, offset } = somePlace(setting);
      const sslmode = setting.random.pick(['disable', 'require'] as const);
      return throughProxy(setting, {
        description: `connection ${connection} cut (${cutBy}) after ${offset} bytes, sslmode ${sslmode}`,
        faults: (number) => (number === connection ? { cutAfter: offset, cutBy } : {}),
        sslmode,
      });
    },
  };
}

const slow: Fault = {
  name: 'slow connections, in small pieces',
  allowed: ['survived'],
  async prepare(setting) {
    const { random, usual } = setting;
    const bytes = usual.streamBytes.reduce((sum, each) => sum + each, 0);
    const seconds = 0.5 + random.next();
    const pieceSizes = Array.from({ length: 7 }, () => random.integer(1, 60_000));
    const preparation = await throughProxy(setting, {
      description: `connections that take ${seconds.toFixed(1)} s longer, in pieces of ${pieceSizes.join(', ')} bytes`,
      faults: () => ({ bytesPerSecond: Math.round(bytes / seconds), pieceSizes }),
    });
    return { ...preparation, settle: async () => preparation.proxy.close().then(() => true) };
  },
};

/** A connection on which nothing comes any more may be a slow query's: unless the server knows better, it is for whoever waits to end it. */
const stalled: Fault = {
  name: 'connection stalls, then a signal',
  allowed: ['interrupted', 'error', 'survived', 'unhurt'],
  async prepare(setting) {
    const { connection, offset } = somePlace(setting);
    const signal = setting.random.pick(['SIGINT', 'SIGTERM', 'SIGHUP'] as const);
    const preparation = await throughProxy(setting, {
      description: `connection ${connection} stalls after ${offset} bytes, then ${signal}`,
      faults: (number) => (number === connection ? { stallAfter: offset } : {}),
    });
    return {
      ...preparation,
      signal,
      async inject({ child }) {
        const { counters } = preparation.proxy;
        while (counters.faults === 0 && child.exitCode === null) await sleep(5);
        await sleep(setting.random.integer(0, 200));
        return child.exitCode === null && child.kill(signal);
      },
    };
  },
};

/** Flips bits of one byte. `fromConnection` is the first one that may be hit. */
function corruptFault(
  name: string,
  {
    sslmode,
    fromConnection,
    allowed,
  }: { sslmode: 'disable' | 'require'; fromConnection: number; allowed: readonly Outcome[] },
): Fault {
  return {
    name,
    allowed,
    prepare(setting) {
      const { random } = setting;
      let place = somePlace(setting);
      while (place.connection < fromConnection) place = somePlace(setting);
      const { connection, offset } = place;
      const xor = random.integer(1, 255);
      return throughProxy(setting, {
        description: `byte ${offset} of connection ${connection} changed by xor ${xor}`,
        faults: (number) => (number === connection ? { corrupt: { offset, xor } } : {}),
        sslmode,
      });
    },
  };
}

export const networkFaults: readonly Fault[] = [
  cutFault('connection reset (RST)', 'reset'),
  cutFault('connection closed (FIN)', 'close'),
  cutFault("server's half of a connection closed", 'half-close'),
  slow,
  stalled,
  corruptFault('a byte changed, over TLS', {
    sslmode: 'require',
    fromConnection: 1,
    allowed: ['error', 'survived', 'unhurt'],
  }),
  // Nothing on a plain connection protects a value; what frames the values is checked. The first connection brings
  // the catalog's answers, of which a changed byte may make another query's.
  corruptFault('a byte changed, without TLS', {
    sslmode: 'disable',
    fromConnection: 2,
    allowed: ['error', 'survived', 'unhurt', 'one value', 'waited'],
  }),
];
