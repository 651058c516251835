/** Which units the options name. */
import type { Classifier } from '../../src/classifier.js';
import type { Classes } from '../../src/data/classes.js';
import { layerAt } from '../../src/saliency/network.js';
import type { Unit } from '../../src/visualize/objective.js';
import { UsageError } from '../shared/usage.js';

export interface UnitOptions {
  readonly layer?: string;
  readonly channel?: readonly number[];
  readonly class?: readonly number[];
  readonly feature?: readonly number[];
  readonly centre?: boolean;
  readonly sign: '+' | '-' | 'both';
}

/** A unit to draw, and whether it is to be raised or lowered. */
export interface Wanted {
  readonly unit: Unit;
  readonly sign: 1 | -1;
  /** As people call it, and as its files are called. */
  readonly name: string;
  readonly file: string;
}

/** Throws one sentence where nothing is named, or what is named is not there. */
export function unitsOf(options: UnitOptions, network: Classifier, classes: Classes | null): Wanted[] {
  checkUnitOptions(options);
  const named: Omit<Wanted, 'sign'>[] = [
    ...(options.class ?? []).map((index) => {
      const shown = classes && index < network.classes ? ` (${classes.show(index)})` : '';
      return { unit: { kind: 'class' as const, index }, name: `class ${index}${shown}`, file: `class-${index}` };
    }),
    ...channels(options, network),
    ...(options.feature ?? []).map((index) => ({ unit: { kind: 'feature' as const, index }, name: `feature ${index}`,
      file: `feature-${index}` })
    ),
  ];
  const signs = options.sign === 'both' ? [1, -1] as const : [options.sign === '+' ? 1 : -1] as const;
  return named.flatMap((one) => signs.map((sign) => ({ ...one, sign, file: sign > 0 ? one.file : `${one.file}-lowered` })));
}

/** Throws a sentence on how units are named, where none is or a part is missing. */
export function checkUnitOptions({ layer, channel, class: classes, feature, centre }: UnitOptions): void {
  if ((layer === undefined) !== (channel === undefined)) {
    throw new UsageError(layer === undefined
      ? '--channel names channels of a layer: say with --layer which'
      : `--layer ${layer} needs --channel: say which of its channels`);
  }
  if (!channel && !classes && !feature) {
    throw new UsageError('say what to draw: --layer LAYER --channel C[,C...], --class K[,K...] or --feature J[,J...]');
  }
  if (centre && !channel) throw new UsageError('--centre is the middle place of a channel: say with --layer and --channel of which');
}

function channels({ layer, channel, centre }: UnitOptions, { layers }: Classifier): Omit<Wanted, 'sign'>[] {
  if (layer === undefined || !channel) return [];
  const place = layerAt(layers, layer);
  const { name } = layers[place];
  const at = centre ? 'centre' as const : 'mean' as const;
  const middle = centre ? ' in the middle' : '';
  const plain = name.replace(/[^\p{L}\p{N}._-]+/gu, '_');
  return channel.map((index) => ({ unit: { kind: 'channel' as const, layer: place, index, at }, name: `${name}:${index}${middle}`,
    file: `${plain}-${index}${centre ? '-centre' : ''}` })
  );
}
