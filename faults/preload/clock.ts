/**
 * Lets the system's clock jump, as far as a JavaScript program sees it, to be preloaded (`node --import`) into a program.
 * `FAULT_CLOCK` is a list of `<milliseconds since the start>:<jump in milliseconds>`, separated by commas. The monotonic
 * clock (`performance.now`, timers) goes on, as the system's does.
 */
const jumps = (process.env.FAULT_CLOCK ?? '').split(',').map((jump) => jump.split(':').map(Number));
const RealDate = Date;

function now(): number {
  const since = performance.now();
  const skew = jumps.reduce((sum, [at, by]) => (since >= at! ? sum + by! : sum), 0);
  return RealDate.now() + skew;
}

class JumpingDate extends RealDate {
  constructor(...args: unknown[]) {
    // biome-ignore lint/suspicious/noExplicitAny: Date's constructor has several signatures.
    super(...((args.length === 0 ? [now()] : args) as [any]));
  }

  static override now(): number {
    return now();
  }
}

globalThis.Date = JumpingDate as DateConstructor;

export {};
