import fc from 'fast-check';
import type { DataType, Field } from '../../src/types/kinds.ts';
import type { Value } from '../support/readers.ts';
import type { Batch, TestTable } from './files.ts';

const nan = { 32: '7fc00000', 64: '7ff8000000000000' };
const floats = {
  32: ['00000000', '80000000', '7f800000', 'ff800000', nan[32], '3f800000', '7f7fffff', '00000001'],
  64: [
    '0000000000000000',
    '8000000000000000',
    '7ff0000000000000',
    'fff0000000000000',
    nan[64],
    '3ff0000000000000',
    '7fefffffffffffff',
    '0000000000000001',
  ],
};

function hex(bytes: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Buffer.from(b).toString('hex'));
}

function integer(bits: number, signed: boolean): fc.Arbitrary<Value> {
  const max = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
  const min = signed ? -max - 1n : 0n;
  return fc
    .oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 1n), fc.bigInt({ min: 0n, max: 5n }))
    .map(String);
}

function float(bitWidth: 32 | 64): fc.Arbitrary<Value> {
  const isNotANumber = (bits: string) =>
    bitWidth === 32
      ? Number.isNaN(Buffer.from(bits, 'hex').readFloatBE())
      : Number.isNaN(Buffer.from(bits, 'hex').readDoubleBE());
  const any = hex(bitWidth / 8).map((bits) => (isNotANumber(bits) ? nan[bitWidth] : bits));
  return fc.oneof(any, fc.constantFrom(...floats[bitWidth]));
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', 'a', 'abc', 'abcd', 'abcde', 'ü', '\u{10ffff}', '\ud7ff\ue000', '\0'),
  fc.string({ unit: 'grapheme', minLength: 60, maxLength: 80 }),
  fc.constant('long '.repeat(100)),
);

const json = fc.json({ maxDepth: 2 });

/** Any value of a data type; `null` only inside of it. */
export function anyValue(type: DataType): fc.Arbitrary<Value> {
  switch (type.id) {
    case 'bool':
      return fc.boolean();
    case 'int':
      return integer(type.bitWidth, type.signed);
    case 'float':
      return float(type.bitWidth);
    case 'decimal128': {
      const max = 10n ** BigInt(type.precision) - 1n;
      return fc.oneof(fc.bigInt({ min: -max, max }), fc.constantFrom(-max, max, 0n, -1n)).map(String);
    }
    case 'utf8':
      return type.annotation === 'json' ? json : text;
    case 'binary':
      return fc.uint8Array({ maxLength: 70 }).map((b) => Buffer.from(b).toString('hex'));
    case 'fixed_size_binary':
      return hex(type.byteWidth);
    // The range of the readers' calendars.
    case 'date32':
      return fc.integer({ min: -700_000, max: 2_900_000 }).map(String);
    case 'time64': {
      const perDay = 86_400_000n * { ms: 1n, us: 1000n, ns: 1_000_000n }[type.unit];
      return fc.bigInt({ min: 0n, max: perDay - 1n }).map(String);
    }
    case 'timestamp': {
      const perMs = { ms: 1n, us: 1000n, ns: 100_000n }[type.unit];
      return fc
        .bigInt({ min: -62_000_000_000_000n, max: 92_000_000_000_000n })
        .map((ms) => String(ms * perMs));
    }
    case 'list':
      return fc.array(optional(type.element), { maxLength: 4 });
    case 'struct':
      return fc.tuple(...type.fields.map(optional));
    case 'map':
      return fc.uniqueArray(fc.tuple(anyValue(type.key.type), optional(type.value)), {
        maxLength: 3,
        selector: ([key]) => key,
      });
  }
}

/** Any value of a field. */
export function optional(field: Field): fc.Arbitrary<Value> {
  return field.nullable ? fc.option(anyValue(field.type), { freq: 3 }) : anyValue(field.type);
}

/** Every data type without children, with all their parameters that matter. */
export const leafTypes: readonly DataType[] = [
  { id: 'bool' },
  ...([8, 16, 32, 64] as const).flatMap((bitWidth): DataType[] => [
    { id: 'int', bitWidth, signed: true },
    { id: 'int', bitWidth, signed: false },
  ]),
  { id: 'float', bitWidth: 32 },
  { id: 'float', bitWidth: 64 },
  { id: 'decimal128', precision: 9, scale: 2 },
  { id: 'decimal128', precision: 18, scale: 0 },
  { id: 'decimal128', precision: 19, scale: 19 },
  { id: 'decimal128', precision: 38, scale: 10 },
  { id: 'utf8' },
  { id: 'utf8', annotation: 'json' },
  { id: 'utf8', annotation: 'enum' },
  { id: 'binary' },
  { id: 'fixed_size_binary', byteWidth: 16, annotation: 'uuid' },
  { id: 'fixed_size_binary', byteWidth: 3 },
  { id: 'date32' },
  { id: 'time64', unit: 'ms' },
  { id: 'time64', unit: 'us' },
  { id: 'time64', unit: 'ns' },
  ...(['ms', 'us', 'ns'] as const).flatMap((unit): DataType[] => [
    { id: 'timestamp', unit, timezone: null },
    { id: 'timestamp', unit, timezone: 'UTC' },
  ]),
];

const { type: anyType } = fc.letrec<{ type: DataType; field: Field; leaf: DataType }>((tie) => ({
  leaf: fc.constantFrom(...leafTypes),
  field: fc.record({ name: fc.constant('element'), type: tie('type'), nullable: fc.boolean() }),
  type: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    tie('leaf'),
    tie('field').map((element): DataType => ({ id: 'list', element })),
    fc.array(tie('field'), { minLength: 1, maxLength: 3 }).map((members): DataType => {
      return { id: 'struct', fields: members.map((member, i) => ({ ...member, name: `m${i}` })) };
    }),
    fc.record({ key: mapKey(), value: tie('field') }).map(({ key, value }): DataType => {
      return {
        id: 'map',
        key: { name: 'key', type: key, nullable: false },
        value: { ...value, name: 'value' },
      };
    }),
  ),
}));

function mapKey(): fc.Arbitrary<DataType> {
  return fc.constantFrom<DataType>({ id: 'utf8' }, { id: 'int', bitWidth: 32, signed: true });
}

const anyField = fc.record({ type: anyType, nullable: fc.boolean() });

/** Tables of some fields, with batches and row groups of any size, empty ones too. */
export const anyTable: fc.Arbitrary<TestTable> = fc
  .array(anyField, { minLength: 1, maxLength: 4 })
  .map((fields) => fields.map((field, i): Field => ({ ...field, name: `c${i}` })))
  .chain(tableOf);

export function tableOf(fields: readonly Field[]): fc.Arbitrary<TestTable> {
  const batch = fc
    .integer({ min: 0, max: 40 })
    .chain((rows) =>
      fc.tuple(
        ...fields.map((field) =>
          fc.array(optional(field), { minLength: rows, maxLength: rows, size: 'max' }),
        ),
      ),
    );
  const rowGroup = fc.array<Batch>(batch, { minLength: 0, maxLength: 4 });
  return fc.array(rowGroup, { maxLength: 3 }).map((rowGroups) => ({ fields, rowGroups }));
}
