/** `misfire table`: the samples of a run as one table. */
import { Command } from 'commander';
import { writeTable } from '../table/table.js';
import { classesOption } from '../shared/common-options.js';

export function tableCommand(): Command {
  return new Command('table')
    .description('write the samples of a run of `misfire profile` as one table, with class names and, where asked for, profiles')
    .argument('<run>', 'the folder of a complete run')
    .requiredOption('--out <file>', 'the table: a .parquet or a .csv file')
    .option('--standardized', 'with the standardized profile (equation 2) of each sample')
    .option('--profile', 'with the profile itself (equation 1)')
    .option('--wrong-only', 'only samples that the network gets wrong')
    .addOption(classesOption('; by default those the run was made with'))
    .option('--quiet', 'no progress')
    .action(writeTable);
}
