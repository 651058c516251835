/** The command line: one file per command. Whatever goes wrong is said in one sentence, with exit code 1. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { message, notice, sentence } from './console.js';
import { doctorCommand } from './doctor.js';
import { explainCommand } from './explain.js';
import { runCommand } from './run.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

function fail(error: unknown): void {
  notice(sentence(error));
  process.exitCode = 1;
}

// A reader that has seen enough, as `head` has, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  fail(error);
});
process.on('uncaughtException', fail);

const program = new Command('misfire')
  .description('Which filters made this network wrong: parameter-space saliency on WebGPU.')
  .version(version)
  .configureOutput({ writeErr: message, outputError: (text) => notice(sentence(text.replace(/^error: /, ''))) });
for (const command of [explainCommand(), runCommand(), doctorCommand()]) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
