import { join } from 'node:path';
import { exists, homeDirectory } from './home.ts';
import type { ParameterSet } from './parameters.ts';

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

export type SslMode = (typeof SSL_MODES)[number];
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** How a connection is to be encrypted (PostgreSQL documentation, "SSL Support" of libpq); plain data. */
export interface TlsSettings {
  readonly mode: SslMode;
  /** `postgres` asks the server whether it speaks TLS, `direct` starts with the handshake. */
  readonly negotiation: 'postgres' | 'direct';
  /** File of the trusted root certificates, or `system` for the operating system's; null without a home directory. */
  readonly rootCertificates: string | null;
  /** Files of certificate revocation lists, each of which must exist. */
  readonly revocationLists: readonly string[];
  /** Directory of revocation lists under OpenSSL's hashed names. */
  readonly revocationDirectory: string | null;
  /** The client's certificate, which is used if its file exists; null for none. */
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  readonly clientKeyPassword: string | null;
  /** Whether the host name is sent in the handshake. */
  readonly serverNameIndication: boolean;
  /** Lowest and highest version of the protocol; null for OpenSSL's bound. */
  readonly minVersion: TlsVersion | null;
  readonly maxVersion: TlsVersion | null;
}

/** Reads the `ssl…` parameters. `warn` is told when a file that was asked for is missing and libpq goes on without. */
export function resolveTlsSettings(
  parameters: ParameterSet,
  env: NodeJS.ProcessEnv,
  warn: (line: string) => void,
): TlsSettings {
  const home = homeDirectory(env);
  const inHome = (name: string) => (home === undefined ? null : join(home, '.postgresql', name));
  const mode = resolveMode(parameters);
  const rootCertificates = parameters.get('sslrootcert') ?? inHome('root.crt');
  const useCertificate =
    parameters.choice('sslcertmode', ['disable', 'allow', 'require'], 'allow') !== 'disable';
  refuseUnsupported(parameters);
  warnOfMissingRoots(parameters, mode, warn);
  return {
    mode,
    negotiation: resolveNegotiation(parameters, mode),
    rootCertificates,
    ...resolveRevocation(parameters, inHome('root.crl')),
    clientCertificate: useCertificate ? (parameters.get('sslcert') ?? inHome('postgresql.crt')) : null,
    clientKey: parameters.get('sslkey') ?? inHome('postgresql.key'),
    clientKeyPassword: parameters.get('sslpassword') ?? null,
    serverNameIndication: parameters.get('sslsni') !== '0',
    ...resolveVersions(parameters),
  };
}

function resolveMode(parameters: ParameterSet): SslMode {
  const system = parameters.get('sslrootcert') === 'system';
  const mode = parameters.choice('sslmode', SSL_MODES, system ? 'verify-full' : 'prefer');
  if (system && mode !== 'verify-full') {
    throw parameters.invalid('sslmode', 'sslrootcert=system needs verify-full');
  }
  return mode;
}

function resolveNegotiation(parameters: ParameterSet, mode: SslMode): 'postgres' | 'direct' {
  const negotiation = parameters.choice('sslnegotiation', ['postgres', 'direct'], 'postgres');
  if (negotiation === 'direct' && (mode === 'disable' || mode === 'allow' || mode === 'prefer')) {
    throw parameters.invalid(
      'sslnegotiation',
      `sslmode ${mode} is too weak for it; use require, verify-ca or verify-full`,
    );
  }
  return negotiation;
}

function resolveRevocation(parameters: ParameterSet, fallback: string | null) {
  const file = parameters.get('sslcrl');
  const directory = parameters.get('sslcrldir') ?? null;
  const defaults = fallback !== null && directory === null && exists(fallback) ? [fallback] : [];
  return { revocationLists: file === undefined ? defaults : [file], revocationDirectory: directory };
}

function resolveVersions(parameters: ParameterSet) {
  const minVersion = resolveVersion(parameters, 'ssl_min_protocol_version', 'TLSv1.2');
  const maxVersion = resolveVersion(parameters, 'ssl_max_protocol_version', null);
  if (minVersion !== null && maxVersion !== null && minVersion > maxVersion) {
    throw parameters.invalid(
      'ssl_max_protocol_version',
      `it is below ssl_min_protocol_version, ${minVersion}`,
    );
  }
  return { minVersion, maxVersion };
}

function resolveVersion(
  parameters: ParameterSet,
  keyword: string,
  fallback: TlsVersion | null,
): TlsVersion | null {
  if (!parameters.has(keyword)) return fallback;
  const text = parameters.get(keyword);
  if (text === undefined) return null;
  const version = TLS_VERSIONS.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
  if (version === undefined) throw parameters.invalid(keyword, `expected ${TLS_VERSIONS.join(', ')}`);
  return version;
}

function refuseUnsupported(parameters: ParameterSet): void {
  if (parameters.get('sslcertmode') === 'require') {
    throw parameters.unsupported(
      'sslcertmode',
      'whether the server asked for the certificate cannot be seen from Node.js',
    );
  }
  if (parameters.get('sslkeylogfile') !== undefined) {
    throw parameters.unsupported('sslkeylogfile', "the session's keys are not written anywhere");
  }
  if (parameters.get('sslkey')?.includes(':') && !exists(parameters.get('sslkey')!)) {
    throw parameters.unsupported('sslkey', 'keys in OpenSSL engines cannot be used');
  }
}

/** libpq verifies nothing below verify-ca when the root file is missing; a mistyped path must not pass in silence. */
function warnOfMissingRoots(parameters: ParameterSet, mode: SslMode, warn: (line: string) => void): void {
  const file = parameters.get('sslrootcert');
  if (
    file === undefined ||
    file === 'system' ||
    mode.startsWith('verify') ||
    mode === 'disable' ||
    exists(file)
  )
    return;
  warn(`sslrootcert "${file}" does not exist: with sslmode=${mode} the server's certificate is not verified`);
}
