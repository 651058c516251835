/** Where a command's results go: to the file of --json, to standard output, or to both. */
import type { Command } from 'commander';
import { checkWritable, writeAtomic } from '../../src/files/files.js';

export interface ResultOptions {
  /** A file, or standard output (also as '-') for the JSON and nothing else there. */
  readonly json?: string | true;
  /** Nothing on standard output where the JSON goes to a file. */
  readonly quiet?: boolean;
  /** Nothing on standard output at all, where another command speaks. */
  readonly silent?: boolean;
}

/** Throws one sentence where `--json FILE` could not be written: to be asked before a long computation. */
export async function checkJson(json: string | true | undefined): Promise<void> {
  if (json !== undefined && json !== true && json !== '-') await checkWritable(json);
}

/** Whether the command line asks for JSON on standard output: --json without a file, or with '-' for it. */
export function jsonOnOutput(program: Command, argv: readonly string[]): boolean {
  const [, , name, ...args] = argv;
  const command = program.commands.find((c) => c.name() === name);
  const part = command?.commands.find((c) => c.name() === args[0]); // of a command that has commands of its own
  const option = (part ?? command)?.options.find((o) => o.long === '--json');
  const at = args.indexOf('--json');
  if (!option || at < 0) return option !== undefined && args.includes('--json=-');
  const next = args[at + 1];
  if (next === '-' || !(option.required || option.optional)) return true;
  return option.optional && (next === undefined || next.startsWith('-'));
}

/** JSON where --json asks for it, else (or beside its file) the text. */
export async function writeResult(json: () => Iterable<string>, text: string, options: ResultOptions): Promise<void> {
  if (options.silent) return;
  if (options.json === true || options.json === '-') {
    for (const part of json()) process.stdout.write(part);
    return;
  }
  if (options.json !== undefined) await writeAtomic(options.json, json());
  if (!options.quiet || options.json === undefined) process.stdout.write(text);
}
