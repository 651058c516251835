/** One setting as a person reads it on a terminal. */
import { WITH_BETA } from '../../engine/activations.js';
import type { Result } from '../../reproducibility/experiment.js';
import { DEFAULTS, type Setting } from '../../reproducibility/setting.js';
import { plural } from '../numbers.js';
import { hanging } from '../text-table.js';
import { measuresTable } from './measures.js';

/** "smelu 0.5", "relu": beta where there is one. */
export const activationName = ({ activation, beta }: Pick<Setting, 'activation' | 'beta'>): string =>
  WITH_BETA.includes(activation) ? `${activation} ${beta}` : activation;

/** What differs from the defaults, as FIELD VALUE. */
export function settingText(setting: Setting): string {
  const keys = (Object.keys(DEFAULTS) as (keyof Setting)[]).filter((key) =>
    key !== 'activation' && key !== 'beta' && setting[key] !== DEFAULTS[key]
  );
  return [activationName(setting), ...keys.map((key) => `${key} ${setting[key]}`)].join(', ');
}

/** Why measures are NaN, as a sentence; null where no model diverged. */
export function divergedText(diverged: readonly number[], models: number): string | null {
  if (diverged.length === 0) return null;
  const some = diverged.slice(0, 5).join(', ');
  return `${diverged.length} of ${plural(models, 'model')} diverged (${some}${
    diverged.length > 5 ? ', ...' : ''
  }), so that every measure is `
    + 'not a number; a lower rate, or fewer layers, keeps them finite';
}

/** The setting and its measures. */
export function runText({ setting, measures, diverged }: Pick<Result, 'setting' | 'measures' | 'diverged'>): string {
  const failed = divergedText(diverged, setting.models);
  const single = setting.models === 1 ? ['With a single model there is no pair: what counts differences is 0.'] : [];
  const about = `${plural(setting.models, 'model')}: ${settingText(setting)}`;
  const lines = [...hanging(about), ...measuresTable(measures), ...single, ...(failed === null ? [] : hanging(`${failed}.`))];
  return lines.map((line) => `${line}\n`).join('');
}
