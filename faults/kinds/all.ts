import type { Fault } from '../fault.ts';
import { networkFaults } from './network.ts';
import { outputFaults } from './output.ts';
import { serverFaults } from './server.ts';
import { signalFaults } from './signals.ts';

export const FAULTS: readonly Fault[] = [...signalFaults, ...serverFaults, ...networkFaults, ...outputFaults];
