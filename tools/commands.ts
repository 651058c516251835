/** The command line: one file per command. Whatever goes wrong is said in one sentence, with exit code 1. */
import { Command } from 'commander';
import { message, notice, sentence, version } from './console.js';
import { demoCommand } from './demo.js';
import { doctorCommand } from './doctor.js';
import { explainCommand } from './explain.js';
import { finetuneCommand } from './finetune.js';
import { maskCommand } from './mask.js';
import { mergeCommand } from './merge.js';
import { neighborsCommand } from './neighbors.js';
import { profileCommand } from './profile.js';
import { pruneCommand } from './prune.js';
import { runCommand } from './run.js';
import { studyCommand } from './study.js';
import { summaryCommand } from './summary.js';

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
// The outer process (cli.ts) was killed: nobody waits for this one any more.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();

const program = new Command('misfire')
  .description('Which filters made this network wrong: parameter-space saliency on WebGPU.')
  .version(version)
  .configureOutput({ writeErr: message, outputError: (text) => notice(sentence(text.replace(/^error: /, ''))) });
for (const command of [explainCommand(), profileCommand(), mergeCommand(), neighborsCommand(), summaryCommand(), pruneCommand(), finetuneCommand(), maskCommand(), studyCommand(), runCommand(), demoCommand(), doctorCommand()]) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}
