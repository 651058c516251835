/** The axis that figures with one place per layer have in common. */
import type { Layer } from '../../saliency/network.js';

/** With more layers than this, their numbers stand on the axis instead of their names. */
const NAMED_LAYERS = 80;
const NAME_LENGTH = 28;

/** Layer k is from k to k + 1, with its label in the middle; `more` is what else the axis shows. */
export function layerAxis(layers: readonly Pick<Layer, 'name'>[], more: string) {
  const named = layers.length <= NAMED_LAYERS;
  const step = named ? 1 : Math.ceil(layers.length / NAMED_LAYERS);
  const names = layers.map(({ name }, k) => (named ? shortened(name) : String(k)));
  return {
    title: `${named ? 'layer' : 'number of the layer'}${more}`,
    values: layers.flatMap((_, k) => (k % step === 0 ? [k + 0.5] : [])),
    labelExpr: `${JSON.stringify(names)}[floor(datum.value)]`,
    labelAngle: -60,
    labelAlign: 'right' as const,
    labelBaseline: 'middle' as const,
    labelFontSize: 9,
    labelOverlap: false,
    labelLimit: 0,
    grid: false,
    ticks: false,
    labelPadding: 4,
  };
}

/** The end of a layer's name tells more than its beginning. */
const shortened = (name: string): string => (name.length > NAME_LENGTH ? `…${name.slice(1 - NAME_LENGTH)}` : name);
