import { isIP } from 'node:net';
import { exists } from './home.ts';
import { type ParameterSet, usageError } from './parameters.ts';

const DEFAULT_PORT = 5432;

/** Where one server may be reached. */
export interface HostAddress {
  /** Host name, IP address or directory of a Unix socket, as the user wrote it; '' where only `hostaddr` is known. */
  readonly host: string;
  /** The IP address to connect to, so that `host` is not looked up; null to look it up. */
  readonly hostaddr: string | null;
  readonly port: number;
}

/** Whether a host is the directory of a Unix socket: an absolute path, or `@name` in Linux's abstract namespace. */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith('/') || host.startsWith('@');
}

/** Whether a host is this machine: a Unix socket, or an address of the loopback device (RFC 1122, 4291). */
export function isLoopback({ host, hostaddr }: HostAddress): boolean {
  const address = hostaddr ?? host;
  return isSocketDirectory(address) || /^(::ffff:)?127\./.test(address) || address === '::1';
}

/** Where libpq as Debian and Red Hat build it looks for a local server's socket, then where PostgreSQL itself does. */
export function defaultHost(): string {
  return ['/var/run/postgresql', '/tmp'].find(exists) ?? 'localhost';
}

/**
 * Pairs the lists in `host`, `hostaddr` and `port` (PostgreSQL documentation, "Specifying Multiple Hosts"): as many of
 * each, or one port for all. An empty host is the default one, an empty port 5432.
 */
export function resolveHosts(parameters: ParameterSet): HostAddress[] {
  const hostaddrs = parameters.get('hostaddr')?.split(',');
  const hosts = parameters.get('host')?.split(',');
  const count = hostaddrs?.length ?? hosts?.length ?? 1;
  if (hosts !== undefined && hosts.length !== count) {
    throw usageError(
      `the connection parameters name ${hosts.length} in host but ${count} in hostaddr`,
      'give hostaddr as many addresses as host has names',
    );
  }
  const ports = resolvePorts(parameters, count);
  return Array.from({ length: count }, (_, index) => {
    const hostaddr = hostaddrs?.[index] || null;
    if (hostaddr !== null && isIP(hostaddr) === 0) {
      throw parameters.invalid('hostaddr', 'an IP address is expected');
    }
    return {
      host: hosts?.[index] || (hostaddr === null ? defaultHost() : ''),
      hostaddr,
      port: ports[index]!,
    };
  });
}

function resolvePorts(parameters: ParameterSet, count: number): number[] {
  const texts = parameters.get('port')?.split(',') ?? [''];
  if (texts.length !== 1 && texts.length !== count) {
    throw usageError(
      `the connection parameters name ${texts.length} ports for ${count} host${count === 1 ? '' : 's'}`,
      'give one port for all hosts, or one for each',
    );
  }
  const ports = texts.map((text) => {
    const port = text === '' ? DEFAULT_PORT : /^\s*\+?\d+\s*$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65535) throw parameters.invalid('port', 'expected a number from 1 to 65535');
    return port;
  });
  return ports.length === count ? ports : Array.from({ length: count }, () => ports[0]!);
}
