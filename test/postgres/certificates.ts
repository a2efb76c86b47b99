import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a certificate and its private key, in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** A certificate authority made with the `openssl` command, whose files lie in `folder`. */
export class Authority {
  readonly #folder: string;
  readonly #name: string;
  /** What it signs with. */
  readonly #digest: string;

  constructor(folder: string, name: string, digest = 'sha256') {
    this.#digest = digest;
    this.#folder = folder;
    this.#name = name;
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      this.#key,
      '-out',
      this.cert,
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
    );
    writeFileSync(this.#path('index.txt'), '');
    writeFileSync(this.#path('crlnumber'), '01\n');
    writeFileSync(
      this.#path('cnf'),
      `[ca]\ndefault_ca=d\n[d]\ndatabase=${this.#path('index.txt')}\ncrlnumber=${this.#path('crlnumber')}\n` +
        'default_md=sha256\ndefault_crl_days=2\n',
    );
  }

  /** File of the root certificate. */
  get cert(): string {
    return this.#path('crt');
  }

  get #key(): string {
    return this.#path('key');
  }

  #path(extension: string): string {
    return join(this.#folder, `${this.#name}.${extension}`);
  }

  /** Issues a certificate; `san` is in OpenSSL's notation, such as `DNS:a,IP:::1`. */
  issue(file: string, commonName: string, san?: string): Certificate {
    const [cert, key, request] = ['crt', 'key', 'csr'].map((extension) =>
      join(this.#folder, `${file}.${extension}`),
    );
    const extension = san === undefined ? [] : ['-addext', `subjectAltName=${san}`];
    openssl('req', ...NEW_KEY, '-keyout', key!, '-out', request!, '-subj', `/CN=${commonName}`, ...extension);
    const authority = ['-CA', this.cert, '-CAkey', this.#key, '-CAcreateserial', `-${this.#digest}`];
    openssl(
      'x509',
      '-req',
      '-in',
      request!,
      '-out',
      cert!,
      ...authority,
      '-days',
      '2',
      '-copy_extensions',
      'copy',
    );
    chmodSync(key!, 0o600);
    return { cert: cert!, key: key! };
  }

  /** Writes the authority's revocation list, to which `revoked` are added. */
  revocationList(file: string, ...revoked: Certificate[]): string {
    const authority = ['-config', this.#path('cnf'), '-cert', this.cert, '-keyfile', this.#key];
    for (const { cert } of revoked) openssl('ca', ...authority, '-revoke', cert);
    openssl('ca', ...authority, '-gencrl', '-out', join(this.#folder, file));
    return join(this.#folder, file);
  }
}

/** The name that OpenSSL looks for in a directory of revocation lists. */
export function revocationListName(file: string): string {
  const hash = execFileSync('openssl', ['crl', '-in', file, '-noout', '-hash'], { encoding: 'utf8' }).trim();
  return `${hash}.r0`;
}

/** An encrypted copy of a private key. */
export function encryptKey({ key }: Certificate, passphrase: string): string {
  openssl('pkey', '-in', key, '-aes256', '-passout', `pass:${passphrase}`, '-out', `${key}.enc`);
  chmodSync(`${key}.enc`, 0o600);
  return `${key}.enc`;
}
