/** `misfire summary`: figures and tables of a whole run. */
import { Command } from 'commander';
import { positive } from '../shared/option-values.js';
import { summary } from '../summary/summary.js';
import { classesOption } from '../shared/common-options.js';

export function summaryCommand(): Command {
  return new Command('summary')
    .description('show what a run of `misfire profile` found: averaged profiles, the layers of the most salient filters, '
      + 'the most frequent confusions')
    .argument('<run>', 'the folder of a complete run')
    .option('--out <folder>', 'write a page (HTML), figures (SVG) and tables (CSV) there; the folder may be new')
    .option('--json <file>', 'write the summary to a JSON file; - for standard output, and nothing else there')
    .addOption(classesOption('; by default those the run was made with'))
    .option('--top <count>', 'how many filters of a wrong sample count as its most salient', positive, 10)
    .option('--quiet', 'no notices; nothing on standard output either where --json names a file')
    .action(summary);
}
