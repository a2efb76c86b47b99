import type { Unrepresentable } from './pg-type.ts';

/** Limbs that are stored, and one more: the last group of a value may have three zeros too many. */
const WORDS = 4;
const LIMBS = WORDS + 1;
const LIMB = 0x100000000;
/** Up to this a number can take another four digits and still be exact as a double. */
const EXACT = Math.floor((2 ** 53 - 10_000) / 10_000);

/** 10^0 … 10^15: `**` computes a power anew each time, which was a quarter of the decoding of lineitem. */
const EXACT_POWERS = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

/** 10^0 … 10^38 in limbs of 32 bits, the lowest first. */
const POWERS = Array.from({ length: 39 }, (_, exponent) => limbsOf(10n ** BigInt(exponent)));

/**
 * Sums up the digits of a decimal and stores them as a 128-bit integer: in a double as long as that is exact, which
 * most values are, then in limbs of 32 bits.
 */
export class DecimalAccumulator {
  /** The value while it is exact as a double; the limbs count once `#large` is set. */
  #small = 0;
  #large = false;
  #overflow = false;
  readonly #limbs = new Uint32Array(LIMBS);

  reset(): void {
    this.#small = 0;
    this.#large = false;
    this.#overflow = false;
  }

  /** Appends four decimal digits. */
  addGroup(group: number): void {
    if (!this.#large && this.#small < EXACT) this.#small = this.#small * 10_000 + group;
    else this.#multiplyAdd(10_000, group);
  }

  /** Appends one decimal digit. */
  addDigit(digit: number): void {
    if (!this.#large && this.#small < EXACT) this.#small = this.#small * 10 + digit;
    else this.#multiplyAdd(10, digit);
  }

  /**
   * Stores value × 10^shift, which must be a whole number below 10^precision, as four words, the lowest first; or says
   * why it cannot.
   */
  store(
    words: Int32Array,
    slot: number,
    shift: number,
    precision: number,
    negative: boolean,
  ): Unrepresentable | null {
    if (shift !== 0 && !this.#scale(shift)) return 'inexact';
    const at = 4 * slot;
    if (!this.#large && precision <= 15) {
      if (this.#small >= EXACT_POWERS[precision]!) return 'outOfRange';
      const value = negative ? -this.#small : this.#small;
      const high = Math.floor(value / LIMB);
      words[at] = value - high * LIMB;
      words[at + 1] = high;
      words[at + 2] = words[at + 3] = high < 0 ? -1 : 0;
      return null;
    }
    this.#toLimbs();
    if (this.#overflow || !this.#isBelow(POWERS[precision]!)) return 'outOfRange';
    let carry = negative ? 1 : 0;
    for (let i = 0; i < WORDS; i++) {
      const limb = this.#limbs[i]!;
      const sum = negative ? LIMB - 1 - limb + carry : limb;
      words[at + i] = sum;
      carry = sum >= LIMB ? 1 : 0;
    }
    return null;
  }

  /** Multiplies by 10^shift; false if digits other than 0 would be lost. */
  #scale(shift: number): boolean {
    if (shift >= 0) {
      if (this.#small === 0 && !this.#large) return true;
      for (; shift >= 4; shift -= 4) {
        this.addGroup(0);
        if (this.#overflow) return true;
      }
      for (; shift > 0; shift--) this.addDigit(0);
      return true;
    }
    if (!this.#large && shift >= -15) {
      const power = EXACT_POWERS[-shift]!;
      const quotient = Math.floor(this.#small / power);
      const exact = quotient * power === this.#small;
      this.#small = quotient;
      return exact;
    }
    for (; shift < 0; shift++) {
      if (this.#small === 0 && !this.#large) return true;
      if (!this.#divideByTen()) return false;
    }
    return true;
  }

  /** Divides by 10; false if a remainder is left. */
  #divideByTen(): boolean {
    if (!this.#large) {
      const quotient = Math.floor(this.#small / 10);
      const exact = quotient * 10 === this.#small;
      this.#small = quotient;
      return exact;
    }
    let remainder = 0;
    for (let i = LIMBS - 1; i >= 0; i--) {
      const dividend = remainder * LIMB + this.#limbs[i]!;
      this.#limbs[i] = Math.floor(dividend / 10);
      remainder = dividend % 10;
    }
    return remainder === 0;
  }

  #multiplyAdd(factor: number, summand: number): void {
    this.#toLimbs();
    let carry = summand;
    for (let i = 0; i < LIMBS; i++) {
      const product = this.#limbs[i]! * factor + carry;
      this.#limbs[i] = product;
      carry = Math.floor(product / LIMB);
    }
    if (carry > 0) this.#overflow = true;
  }

  #toLimbs(): void {
    if (this.#large) return;
    this.#large = true;
    this.#limbs.fill(0);
    this.#limbs[0] = this.#small;
    this.#limbs[1] = Math.floor(this.#small / LIMB);
  }

  #isBelow(bound: Uint32Array): boolean {
    for (let i = LIMBS - 1; i >= 0; i--) {
      if (this.#limbs[i] !== bound[i]) return this.#limbs[i]! < bound[i]!;
    }
    return false;
  }
}

function limbsOf(value: bigint): Uint32Array {
  return Uint32Array.from({ length: LIMBS }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffffffffn));
}
