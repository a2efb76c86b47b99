import type { DataType } from './kinds.ts';
import type { Decoding, PgType } from './pg-type.ts';
import { storedBy } from './store-source.ts';

const UTF8: DataType = { id: 'utf8' };
const JSON_TEXT: DataType = { id: 'utf8', annotation: 'json' };

/** Both formats have the bytes in client_encoding, which is pinned to UTF8, or to none for a database without an encoding. */
export const APPEND = '$node.append(b, p, n);';
/** Bytes as they are. */
export const BYTES: Decoding['binary'] = {
  width: null,
  store: '$node.appendWords(b, v, p, n);',
  kernel: { name: 'bytes', x: -1 },
};

/** Binary formats with a version before the text. */
const APPEND_VERSION_1: Decoding['binary'] = {
  width: null,
  store: 'if (n < 1 || b[p] !== 1) { $bad(malformed) } else $node.appendWords(b, v, p + 1, n - 1);',
  kernel: { name: 'bytes', x: 1 },
};

/** A type whose binary form is its text. */
export function asIs(type: DataType): Decoding {
  return { type, binary: BYTES, text: { store: APPEND } };
}

/**
 * The same decoding, but with a check that text is UTF-8: for databases without an encoding (SQL_ASCII), whose server
 * sends any bytes as they are.
 */
export function checkedUtf8(decoding: Decoding): Decoding {
  const checked = (store: string) =>
    store.replace(
      /\$node\.append(?:Words)?\(b,(?: v,)? ([^)]*)\);/,
      'if (!appendUtf8($node, b, $1)) { $bad(notUtf8) }',
    );
  const { type, binary, text: plain } = decoding;
  if (type.id !== 'utf8') return decoding;
  const { width } = binary;
  return { type, binary: { width, store: checked(binary.store) }, text: { store: checked(plain.store) } };
}

function asBytes(wanted: DataType): Decoding | null {
  return wanted.id === 'binary' ? asIs(wanted) : null;
}

export const text: PgType = {
  name: 'text',
  match: { oid: 25 },
  decoding: asIs(UTF8),
  decodeAs: asBytes,
  samples: ['', 'NULL', 'déjà vu', '日本語 🚀', 'a\tb\nc\\.', '"quoted", comma'],
};

export const varchar: PgType = { ...text, name: 'varchar', match: { oid: 1043 } };

/** char(n): its blanks are part of the value in both formats, and are kept. */
export const bpchar: PgType = { ...text, name: 'bpchar', match: { oid: 1042 }, samples: ['', 'a', 'é  '] };

export const name: PgType = {
  ...text,
  name: 'name',
  match: { oid: 19 },
  samples: ['', 'pg_class', 'ünïcode'],
};

/** One byte; 0 is shown as no text at all. From version 16 on the server shows bytes above 127 as \ooo. */
export const char: PgType = {
  name: 'char',
  match: { oid: 18 },
  decoding: {
    type: UTF8,
    binary: {
      width: 1,
      store: 'if (b[p] > 0x7f) { $bad(notUtf8) } else if (b[p] !== 0) $node.append(b, p, 1);',
    },
    text: {
      store:
        'const byte = charByte(b, p, n); if (byte < 0) { $bad(malformed) } else if (byte > 0x7f) { $bad(notUtf8) } else $node.append(b, p, n);',
    },
  },
  decodeAs: (wanted) =>
    wanted.id === 'binary'
      ? {
          type: wanted,
          binary: { width: 1, store: APPEND },
          text: { store: storedBy('appendChar($node, b, p, n)') },
        }
      : null,
  samples: ['a', '', '\\'],
};

export const json: PgType = {
  name: 'json',
  match: { oid: 114 },
  decoding: asIs(JSON_TEXT),
  samples: ['{"a" : [1, null]}', 'null', '"é"'],
};

export const jsonb: PgType = {
  name: 'jsonb',
  match: { oid: 3802 },
  decoding: { type: JSON_TEXT, binary: APPEND_VERSION_1, text: { store: APPEND } },
  samples: ['{"a": [1, null]}', 'null', '"é"', '1e400'],
};

export const jsonpath: PgType = {
  name: 'jsonpath',
  match: { oid: 4072 },
  decoding: { type: UTF8, binary: APPEND_VERSION_1, text: { store: APPEND } },
  samples: ['$', '$.a[*] ? (@ > 1)', 'strict $.**'],
};

/** With client_encoding UTF8 the binary form is what the output function gives. */
export const xml: PgType = {
  name: 'xml',
  match: { oid: 142 },
  decoding: asIs(UTF8),
  sendsEncoding: true,
  samples: [
    '<a/>',
    '<a b="1">é</a>',
    'content',
    '<?xml version="1.0" encoding="LATIN1" standalone="yes"?><a/>',
  ],
};

export const refcursor: PgType = {
  ...text,
  name: 'refcursor',
  match: { oid: 1790 },
  samples: ['c', '', 'Ünnamed'],
};

/** The extension citext. */
export const citext: PgType = {
  ...text,
  name: 'citext',
  match: { extension: 'citext' },
  samples: ['', 'MiXed', 'É'],
};

/** What an enum's values are: their labels. */
export const ENUM_DECODING: Decoding = asIs({ id: 'utf8', annotation: 'enum' });
