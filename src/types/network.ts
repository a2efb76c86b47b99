import type { Decoding, PgType } from './pg-type.ts';
import { storedBy } from './store-source.ts';

/** The server's casts of these to text are functions that add /32: they are decoded here. */
const TEXT: Decoding = {
  type: { id: 'utf8' },
  binary: { width: null, store: storedBy('inetToText($node, b, p, n)') },
  text: { store: '$node.append(b, p, n);' },
};

export const inet: PgType = {
  name: 'inet',
  match: { oid: 869 },
  decoding: TEXT,
  samples: ['192.168.0.1', '10.1.2.3/8', '::1', '2001:db8::ff00:42:8329/64', '::ffff:1.2.3.4', '::'],
};

export const cidr: PgType = {
  name: 'cidr',
  match: { oid: 650 },
  decoding: TEXT,
  samples: ['192.168.0.0/24', '10.1.2.3/32', '2001:db8::/32', '0.0.0.0/0'],
};
