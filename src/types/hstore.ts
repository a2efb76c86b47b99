import type { PgType } from './pg-type.ts';
import { storedUnless } from './store-source.ts';

/** The extension hstore: keys are never null, values may be. */
export const hstore: PgType = {
  name: 'hstore',
  match: { extension: 'hstore' },
  decoding: {
    type: {
      id: 'map',
      key: { name: 'key', type: { id: 'utf8' }, nullable: false },
      value: { name: 'value', type: { id: 'utf8' }, nullable: true },
    },
    binary: { width: null, store: storedUnless('storeHstore($node, b, v, p, n)') },
    text: { store: storedUnless('parseHstore($node, b, p, n)') },
  },
  samples: ['', '"a"=>"1"', '"a"=>NULL, "é \\"q\\""=>"NULL"'],
};
