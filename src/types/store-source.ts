/** Decoder source that calls a storing function: see `Decoding` for the names in it. */

/** `call` stores the value and returns true, or returns false for what is no value of the type. */
export function storedBy(call: string): string {
  return `if (!${call}) { $bad(malformed) }`;
}

/** `call` stores the value and returns null, or returns why it cannot: an `Unrepresentable`. */
export function storedUnless(call: string): string {
  return `const reason = ${call}; if (reason !== null) { $refuse(reason) }`;
}
