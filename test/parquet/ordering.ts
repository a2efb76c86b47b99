import type { DataType } from '../../src/types/kinds.ts';
import type { Value } from '../support/readers.ts';

/** A value that JavaScript compares as Parquet's statistics do; null for those that do not take part (NaN). */
export function comparable(type: DataType, value: Value): bigint | number | string | null {
  switch (type.id) {
    case 'bool':
      return Number(value);
    case 'float': {
      const bits = Buffer.from(value as string, 'hex');
      const number = type.bitWidth === 32 ? bits.readFloatBE() : bits.readDoubleBE();
      return Number.isNaN(number) ? null : number;
    }
    case 'utf8':
      return Buffer.from(value as string).toString('hex');
    case 'binary':
    case 'fixed_size_binary':
      return value as string;
    default:
      return BigInt(value as string);
  }
}

/** The value that a bound in a file's statistics stands for, comparable with those above. */
export function boundValue(type: DataType, bytes: Uint8Array): bigint | number | string {
  const bound = Buffer.from(bytes);
  switch (type.id) {
    case 'bool':
      return bound[0]!;
    case 'float':
      return type.bitWidth === 32 ? bound.readFloatLE() : bound.readDoubleLE();
    case 'utf8':
    case 'binary':
    case 'fixed_size_binary':
      return bound.toString('hex');
    default: {
      const bigEndian =
        type.id === 'decimal128' && type.precision > 18 ? bound : Buffer.from(bound).reverse();
      const integer = BigInt(`0x${bigEndian.toString('hex')}`);
      const unsigned = type.id === 'int' && !type.signed;
      return unsigned ? integer : BigInt.asIntN(8 * bound.length, integer);
    }
  }
}
