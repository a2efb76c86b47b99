import type { DataType } from '../src/types/kinds.ts';
import type { Odd } from './odd.ts';
import { check, integer, MICROS_PER_DAY, represent } from './reference.ts';

const DATE = /^(\d{4,7})-(\d\d)-(\d\d)( BC)?$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{0,6}))?$/;
const TIMESTAMP = /^(\d{4,7}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{0,6})?)(\+00)?( BC)?$/;

/** The text of a date, time or timestamp as what it is to become; undefined for other types. */
export function timeText(name: string, type: DataType, text: string, odd: Odd): string | undefined {
  switch (name) {
    case 'date': {
      represent(!/^-?infinity$/.test(text));
      const days = daysOf(text, odd);
      return type.id === 'date32' ? integer(days, 4) : integer(days * MICROS_PER_DAY, 8);
    }
    case 'time': {
      const micros = microsOf(text, odd);
      check(micros <= MICROS_PER_DAY);
      represent(micros < MICROS_PER_DAY);
      return integer(micros, 8);
    }
    case 'timestamp':
    case 'timestamptz': {
      represent(!/^-?infinity$/.test(text));
      const parts = TIMESTAMP.exec(text);
      check(parts !== null);
      const [, date, time, zone, bc = ''] = parts;
      if ((zone !== undefined) !== (name === 'timestamptz')) odd();
      const micros = microsOf(time!, odd);
      check(micros < MICROS_PER_DAY);
      const instant = daysOf(`${date}${bc}`, odd) * MICROS_PER_DAY + micros;
      if (type.id !== 'date32') return integer(instant, 8);
      integer(instant, 8);
      represent(instant % MICROS_PER_DAY === 0n);
      return integer(instant / MICROS_PER_DAY, 4);
    }
    default:
      return undefined;
  }
}

function microsOf(text: string, odd: Odd): bigint {
  const parts = TIME.exec(text);
  check(parts !== null);
  const [hours, minutes, seconds] = parts.slice(1, 4).map(Number) as [number, number, number];
  check(minutes < 60 && seconds < 60);
  const fraction = parts[4] ?? '';
  if (text.endsWith('.') || fraction.endsWith('0')) odd();
  return BigInt(3600 * hours + 60 * minutes + seconds) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
}

/** Days since 1970-01-01, in the proleptic Gregorian calendar: whole cycles of 400 years, and JavaScript's for the rest. */
function daysOf(text: string, odd: Odd): bigint {
  const parts = DATE.exec(text);
  check(parts !== null);
  const [written, month, day] = parts.slice(1, 4).map(Number) as [number, number, number];
  check(written > 0);
  if (parts[1]!.length > 4 && parts[1]!.startsWith('0')) odd();
  const year = parts[4] === undefined ? written : 1 - written;
  const cycles = Math.floor((year - 2000) / 400);
  const sameInCycle = new Date(Date.UTC(year - 400 * cycles, month - 1, day));
  check(sameInCycle.getUTCMonth() === month - 1 && sameInCycle.getUTCDate() === day);
  const days = BigInt(sameInCycle.getTime() / 86_400_000) + 146_097n * BigInt(cycles);
  // Before and after what Postgres has.
  if (days < -2_440_588n || days > 2_145_042_905n) odd();
  return days;
}
