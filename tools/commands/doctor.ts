/** `misfire doctor`: which adapters there are, which one is used and why, and what to install where none works. */
import { Command } from 'commander';
import { doctor } from '../doctor/doctor.js';
import { ADAPTER } from '../shared/common-options.js';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say which WebGPU adapters there are, which one is used and why, and what to install where none works')
    .option(...ADAPTER)
    .action(({ adapter }: { adapter?: string }) => doctor(adapter));
}
