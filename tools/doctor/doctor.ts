/** `misfire doctor` at work: of the system, or of a model and its data. */
import { UsageError } from '../shared/usage.js';
import { fitModel } from './fit.js';
import type { FitOptions } from './result.js';
import { systemReport } from './system.js';

export interface DoctorOptions extends Omit<FitOptions, 'model' | 'data'> {
  readonly model?: string;
  readonly data?: readonly string[];
}

export async function doctor({ model, data, ...options }: DoctorOptions): Promise<void> {
  if ((model === undefined) !== (data === undefined)) {
    throw new UsageError('--model and --data go together: doctor tries how the pictures have to be prepared for the model');
  }
  if (model !== undefined && data !== undefined) return fitModel({ model, data, ...options });
  const alone = (['classes', 'preprocess', 'output', 'save'] as const).find((name) => options[name] !== undefined);
  if (alone !== undefined) throw new UsageError(`--${alone} is for --model and --data, a model and its pictures`);
  await systemReport(options);
}
