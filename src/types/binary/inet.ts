import type { BytesBuilder } from '../../columns/builders.ts';

/** Families on the wire (Postgres source: utils/inet.h). */
const INET = 2;
const INET6 = 3;
/** family, bits, is_cidr, length of the address: a byte each. */
const HEADER = 4;

/** Appends an inet or cidr as its output function prints it; false where the bytes are none. */
export function inetToText(node: BytesBuilder, b: Uint8Array, p: number, n: number): boolean {
  const family = b[p];
  const length = family === INET ? 4 : family === INET6 ? 16 : -1;
  if (n !== HEADER + length || b[p + 3] !== length) return false;
  const bits = b[p + 1]!;
  if (bits > 8 * length) return false;
  const address = b.subarray(p + HEADER, p + n);
  const text = family === INET ? address.join('.') : ipv6(address);
  append(node, bits === 8 * length && b[p + 2] === 0 ? text : `${text}/${bits}`);
  return true;
}

/** The longest run of two or more zero groups becomes ::; the last 4 bytes of a mapped IPv4 address are decimal. */
function ipv6(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => (address[2 * i]! << 8) | address[2 * i + 1]!);
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > bestLength) {
      best = i;
      bestLength = length;
    }
    if (length > 0) i += length;
  }
  const isMapped = best === 0 && (bestLength === 6 || (bestLength === 5 && groups[5] === 0xffff));
  const hex = (from: number, to: number) => groups.slice(from, to).map((group) => group.toString(16));
  const tail = isMapped ? [...hex(bestLength, 6), address.subarray(12).join('.')] : hex(best + bestLength, 8);
  return best < 0 ? hex(0, 8).join(':') : `${hex(0, best).join(':')}::${tail.join(':')}`;
}

function append(node: BytesBuilder, text: string): void {
  node.reserveBytes(text.length);
  for (let i = 0; i < text.length; i++) node.data[node.end++] = text.charCodeAt(i);
}
