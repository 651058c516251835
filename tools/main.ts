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

/** In the order of the help. Only the command that is asked for is loaded, since all of them take long to load. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  explain: async () => (await import('./commands/explain.js')).explainCommand(),
  profile: async () => (await import('./commands/profile.js')).profileCommand(),
  merge: async () => (await import('./commands/merge.js')).mergeCommand(run),
  neighbors: async () => (await import('./commands/neighbors.js')).neighborsCommand(),
  filter: async () => (await import('./commands/filter.js')).filterCommand(),
  summary: async () => (await import('./commands/summary.js')).summaryCommand(),
  table: async () => (await import('./commands/table.js')).tableCommand(),
  compare: async () => (await import('./commands/compare.js')).compareCommand(),
  causes: async () => (await import('./commands/causes.js')).causesCommand(),
  prune: async () => (await import('./commands/prune.js')).pruneCommand(),
  finetune: async () => (await import('./commands/finetune.js')).finetuneCommand(),
  mask: async () => (await import('./commands/mask.js')).maskCommand(),
  study: async () => (await import('./commands/study.js')).studyCommand(),
  irreproducibility: async () => (await import('./commands/irreproducibility.js')).irreproducibilityCommand(),
  sparse: async () => (await import('./commands/sparse.js')).sparseCommand(),
  visualize: async () => (await import('./commands/visualize.js')).visualizeCommand(),
  spade: async () => (await import('./commands/spade.js')).spadeCommand(),
  run: async () => (await import('./commands/run.js')).runCommand(),
  export: async () => (await import('./commands/export.js')).exportCommand(),
  demo: async () => (await import('./commands/demo.js')).demoCommand(),
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand(),
};

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

/** Does what a command line asks for, its command loaded where it is not there yet. */
async function run(args: readonly string[]): Promise<void> {
  const wanted = args.find((text) => !text.startsWith('-'));
  const names = wanted !== undefined && Object.hasOwn(COMMANDS, wanted) ? [wanted] : Object.keys(COMMANDS);
  const missing = names.filter((name) => !program.commands.some((command) => command.name() === name));
  for (const command of await Promise.all(missing.map((name) => COMMANDS[name]()))) {
    program.addCommand(command.copyInheritedSettings(program));
    for (const part of command.commands) part.copyInheritedSettings(command);
  }
  await program.parseAsync([...args], { from: 'user' });
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stopped)) fail(error);
}
