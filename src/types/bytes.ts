import type { DataType } from './kinds.ts';
import type { PgType } from './pg-type.ts';

const UTF8: DataType = { id: 'utf8' };

/** Both formats have the bytes in client_encoding, which every session pins to UTF8. */
export const COPY_BYTES = '$bytes.append(b, p, n);';

export const text: PgType = {
  name: 'text',
  oid: 25,
  arrow: UTF8,
  wire: { width: null, store: COPY_BYTES },
  textStore: COPY_BYTES,
  castableTo: [],
  samples: ['', 'NULL', 'déjà vu', '日本語 🚀', 'a\tb\nc\\.', '"quoted", comma'],
};

export const varchar: PgType = { ...text, name: 'varchar', oid: 1043 };

/** char(n): its blanks are part of the value on the wire, and are kept. */
export const bpchar: PgType = { ...text, name: 'bpchar', oid: 1042, samples: ['', 'a', 'é '] };
