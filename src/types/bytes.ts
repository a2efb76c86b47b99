import type { PgType } from './pg-type.ts';
import { storedBy } from './store-source.ts';
import { BYTES } from './strings.ts';

export const bytea: PgType = {
  name: 'bytea',
  match: { oid: 17 },
  decoding: {
    type: { id: 'binary' },
    binary: BYTES,
    text: { store: storedBy('appendHex($node, b, p, n)') },
  },
  samples: ['', '\\x00ff', '\\x5c6e2c22'],
};

export const uuid: PgType = {
  name: 'uuid',
  match: { oid: 2950 },
  decoding: {
    type: { id: 'fixed_size_binary', byteWidth: 16, annotation: 'uuid' },
    binary: {
      width: 16,
      store: 'for (let w = 0; w < 4; w++) $values[4 * $i + w] = v.getInt32(p + 4 * w, true);',
      kernel: { name: 'bytes16' },
    },
    text: { store: storedBy('storeUuid($values, $i, b, p, n)') },
  },
  samples: [
    '00000000-0000-0000-0000-000000000000',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
};
