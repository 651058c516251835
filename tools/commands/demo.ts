/** `misfire demo` (`npm run demo`): a misclassification whose cause is known, explained, and the explanation checked. */
import { Command } from 'commander';
import { demo } from '../demo/demo.js';

export function demoCommand(): Command {
  return new Command('demo')
    .description('explain a mistake of the embedded network, whose cause is known, and check the explanation')
    .action(() => demo());
}
