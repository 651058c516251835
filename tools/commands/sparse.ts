/** `misfire sparse`: options alone. */
import { Command } from 'commander';
import { addReadingCommands } from './sparse-reading.js';

export const sparseCommand = (): Command => addReadingCommands(new Command('sparse').description('sparse decision layers'));
