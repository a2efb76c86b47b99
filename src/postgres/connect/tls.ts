import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, getCACertificates, type PeerCertificate } from 'node:tls';
import { AttemptError } from './attempt-error.ts';
import { exists } from './home.ts';
import type { TlsSettings } from './tls-settings.ts';

/** OpenSSL's names for revocation lists in a directory: the issuer's hash and a number. */
const HASHED_LIST = /^[0-9a-f]{8}\.r\d+$/;

/**
 * Reads the files that the settings name into options for `tls.connect`, for the host as the user wrote it. The
 * server's certificate is verified where roots are known, below verify-ca too, and its name for verify-full only.
 * Throws an `AttemptError` for a file that libpq would refuse as well.
 */
export function tlsOptions(settings: TlsSettings, host: string): ConnectionOptions {
  if (settings.mode === 'verify-full' && host === '') {
    throw unusable('sslmode=verify-full needs a host name', 'give host besides hostaddr');
  }
  const roots = readRoots(settings);
  return {
    rejectUnauthorized: roots !== undefined,
    ca: roots,
    crl: roots === undefined ? undefined : readRevocationLists(settings),
    checkServerIdentity: (_, certificate) =>
      settings.mode === 'verify-full' ? checkName(host, certificate) : undefined,
    servername: settings.serverNameIndication && isIP(host) === 0 ? host : undefined,
    minVersion: settings.minVersion ?? 'TLSv1',
    maxVersion: settings.maxVersion ?? undefined,
    ALPNProtocols: settings.negotiation === 'direct' ? ['postgresql'] : undefined,
    ...readClientCertificate(settings),
  };
}

/** The trusted root certificates in PEM; undefined where none are known and the mode does not need them. */
function readRoots({ mode, rootCertificates }: TlsSettings): string | string[] | undefined {
  if (rootCertificates === 'system') return getCACertificates('system');
  if (rootCertificates !== null && exists(rootCertificates)) return readText(rootCertificates);
  if (!mode.startsWith('verify')) return undefined;
  throw unusable(
    `root certificate file "${rootCertificates ?? '~/.postgresql/root.crt'}" does not exist`,
    "set sslrootcert to the file of the authority that signed the server's certificate, or to system",
  );
}

function readRevocationLists({ revocationLists, revocationDirectory }: TlsSettings): string[] | undefined {
  const hashed = revocationDirectory === null ? [] : readDirectory(revocationDirectory);
  const files = [...revocationLists, ...hashed];
  return files.length === 0 ? undefined : files.map(readText);
}

function readDirectory(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => HASHED_LIST.test(name))
      .map((name) => join(directory, name));
  } catch (error) {
    throw unusable(
      `directory "${directory}" cannot be read: ${(error as Error).message}`,
      'correct sslcrldir',
      error,
    );
  }
}

function readClientCertificate(
  settings: TlsSettings,
): Pick<ConnectionOptions, 'cert' | 'key' | 'passphrase'> {
  const { clientCertificate, clientKey, clientKeyPassword } = settings;
  if (clientCertificate === null || !exists(clientCertificate)) return {};
  if (clientKey === null || !exists(clientKey)) {
    throw unusable(
      `there is a client certificate, "${clientCertificate}", but no private key file "${clientKey ?? ''}"`,
      'set sslkey, or sslcertmode=disable to log in without the certificate',
    );
  }
  checkKeyFile(clientKey, statSync(clientKey));
  return {
    cert: readText(clientCertificate),
    key: readKey(clientKey, clientKeyPassword),
    ...(clientKeyPassword === null ? {} : { passphrase: clientKeyPassword }),
  };
}

/** A key that others can read is refused: 0600, or 0640 where root owns it. */
function checkKeyFile(file: string, stat: Stats): void {
  if (!stat.isFile()) throw unusable(`private key file "${file}" is not a plain file`, 'correct sslkey');
  if ((stat.mode & (stat.uid === 0 ? 0o037 : 0o077)) !== 0) {
    throw unusable(`others can read private key file "${file}"`, `Run: chmod 0600 "${file}"`);
  }
}

/** Reads the key here rather than leave it to `tls.connect`, whose errors do not tell the file. */
function readKey(file: string, passphrase: string | null): string {
  const text = readText(file);
  try {
    createPrivateKey({ key: text, format: 'pem', ...(passphrase === null ? {} : { passphrase }) });
    return text;
  } catch (error) {
    throw unusable(
      `private key file "${file}" cannot be used: ${(error as Error).message}`,
      'give a key in PEM format and, where it is encrypted, its sslpassword',
      error,
    );
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unusable(
      `file "${file}" cannot be read: ${(error as Error).message}`,
      'correct the path or the file',
      error,
    );
  }
}

function unusable(reason: string, hint: string, cause?: unknown): AttemptError {
  return new AttemptError(reason, { next: 'nothing', hint, cause });
}

/**
 * Whether the certificate is for this host, by libpq's rules (documentation of sslmode): DNS names with "*" for one
 * leftmost label, IP addresses literally, the common name only where there is no alternative name of the host's kind.
 */
function checkName(host: string, { raw }: PeerCertificate): Error | undefined {
  const certificate = new X509Certificate(raw);
  const byAddress = isIP(host) !== 0;
  const hasAddress = /(?:^|, )IP Address:/.test(certificate.subjectAltName ?? '');
  const matches =
    (byAddress && certificate.checkIP(host) !== undefined) ||
    certificate.checkHost(host, {
      subject: byAddress && hasAddress ? 'never' : 'default',
      wildcards: !byAddress,
      partialWildcards: false,
    }) !== undefined;
  if (matches) return undefined;
  const names = certificate.subjectAltName ?? certificate.subject.replaceAll('\n', ', ');
  return new Error(`the server's certificate is for ${names}, not for "${host}"`);
}
