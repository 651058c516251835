/** What gpu-check gives a part of it to do (part.ts), and what the part finds: a line of JSON each. */
import type { Target } from '../../src/kernels/kernel.js';
import type { Ceilings, Check, KernelTime, PassTime, Performance, SwitchTime } from './form.js';

export interface Task {
  readonly part: 'golden' | 'agreement' | 'ceilings' | 'kernels' | 'passes' | 'switches';
  readonly quick: boolean;
  /** Seconds until the parent ends the process; nothing is begun in the last tenth. */
  readonly limit: number;
  readonly schedule?: Target['schedule'];
  /** Folder of MODEL_FILE and GOLDEN_FILE. */
  readonly files?: string;
  /** Which network (of sizes.ts) `passes` measures, or which switches (of switches.ts). */
  readonly which?: number;
  /** The ceilings that `kernels` are held against. */
  readonly rate?: number;
  readonly bandwidth?: number;
}

export const GOLDEN_FILE = 'golden-resnet20.json';
export const MODEL_FILE = 'cifar10-resnet20.onnx';

export type Finding = { readonly check: Check } | { readonly ceilings: Ceilings } | { readonly kernel: KernelTime } | {
  readonly pass: PassTime;
} | { readonly switched: SwitchTime } | { readonly note: string };

/** The finding a line holds; null where it is none, as where the process was ended in the middle of it. */
export function parseFinding(line: string): Finding | null {
  try {
    return line.startsWith('{') ? JSON.parse(line) as Finding : null;
  } catch {
    return null;
  }
}

export function addFinding(to: Performance, found: Finding): void {
  if ('check' in found) to.checks.push(found.check);
  else if ('ceilings' in found) to.ceilings = { ...to.ceilings, ...found.ceilings };
  else if ('kernel' in found) to.kernels.push(found.kernel);
  else if ('pass' in found) to.passes.push(found.pass);
  else if ('switched' in found) to.switches.push(found.switched);
  else to.notes.push(found.note);
}
