import { parseArgs } from 'node:util';

export interface FuzzOptions {
  readonly streams: number;
  readonly seed: number;
  /** Number of the one stream to decode; null for all. */
  readonly only: number | null;
  /** A file with recordings; null to make them on a server of our own. */
  readonly corpus: string | null;
  /** Findings after which it ends. */
  readonly findings: number;
  readonly planted: boolean;
}

export function fuzzOptions(): FuzzOptions {
  const { values } = parseArgs({
    options: {
      streams: { type: 'string', default: '100000' },
      seed: { type: 'string' },
      only: { type: 'string' },
      corpus: { type: 'string' },
      findings: { type: 'string', default: '20' },
      planted: { type: 'boolean', default: false },
    },
  });
  return {
    streams: Number(values.streams),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed),
    only: values.only === undefined ? null : Number(values.only),
    corpus: values.corpus ?? null,
    findings: Number(values.findings),
    planted: values.planted,
  };
}
