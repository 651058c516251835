/**
 * The command line: one file per command. Whatever goes wrong is said in one sentence; exit code 2 where the command line itself
 * is wrong, else 1.
 */
import './shared/signals.js';
import { Command } from 'commander';
import { releaseLocks } from '../src/store/lock.js';
import { jsonOnOutput } from './shared/results.js';
import { UsageError } from './shared/usage.js';
import { message, notice, sentence, version } from './shared/terminal.js';
import { causesCommand } from './commands/causes.js';
import { compareCommand } from './commands/compare.js';
import { demoCommand } from './commands/demo.js';
import { doctorCommand } from './commands/doctor.js';
import { explainCommand } from './commands/explain.js';
import { exportCommand } from './commands/export.js';
import { tableCommand } from './commands/table.js';
import { filterCommand } from './commands/filter.js';
import { finetuneCommand } from './commands/finetune.js';
import { irreproducibilityCommand } from './commands/irreproducibility.js';
import { maskCommand } from './commands/mask.js';
import { mergeCommand } from './commands/merge.js';
import { neighborsCommand } from './commands/neighbors.js';
import { profileCommand } from './commands/profile.js';
import { pruneCommand } from './commands/prune.js';
import { runCommand } from './commands/run.js';
import { spadeCommand } from './commands/spade.js';
import { sparseCommand } from './commands/sparse.js';
import { studyCommand } from './commands/study.js';
import { summaryCommand } from './commands/summary.js';
import { visualizeCommand } from './commands/visualize.js';

/** Thrown once a mistake in the command line has been said. */
class Stopped extends Error {}

const FAILED = 1, MISUSED = 2;

function fail(error: unknown): void {
  notice(sentence(error));
  if (jsonOnOutput(program, process.argv)) process.stdout.write(`${JSON.stringify({ error: sentence(error) })}\n`);
  process.exitCode = error instanceof UsageError ? MISUSED : FAILED;
}

// A reader that has seen enough, as `head` has, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  notice(sentence(error));
  process.exitCode = FAILED;
});
process.on('uncaughtException', fail);
// The outer process (cli.ts) was killed: nobody waits for this one any more.
process.on('disconnect', () => {
  releaseLocks();
  process.kill(process.pid, 'SIGKILL');
});
process.channel?.unref();

const program = new Command('misfire')
  .description('Which filters made this network wrong: parameter-space saliency on WebGPU.')
  .version(version)
  .enablePositionalOptions() // a part of a command (spade evaluate) has options that are called as some of the command's
  .configureOutput({ writeErr: message, outputError: (text) => fail(new UsageError(text.replace(/^error: /, ''))) })
  .exitOverride(({ exitCode }) => {
    if (exitCode === 0) process.exit();
    process.exitCode = MISUSED;
    throw new Stopped();
  });
for (const command of [explainCommand(), profileCommand(), mergeCommand(), neighborsCommand(), filterCommand(), summaryCommand(),
  tableCommand(), compareCommand(), causesCommand(), pruneCommand(), finetuneCommand(), maskCommand(), studyCommand(),
  irreproducibilityCommand(), sparseCommand(), visualizeCommand(), spadeCommand(), runCommand(), exportCommand(), demoCommand(),
  doctorCommand()]) {
  program.addCommand(command.copyInheritedSettings(program));
  for (const part of command.commands) part.copyInheritedSettings(command);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof Stopped)) fail(error);
}
