/** What a path comes to on held samples: accuracies along it, the choice, ablation, the network's own layer beside it. */
import { basename } from 'node:path';
import type { Device } from '../../src/engine/device.js';
import { ABLATION_COUNTS, keepLargest } from '../../src/sparse/ablation.js';
import { DeviceRows, residentBytes } from '../../src/sparse/device-rows.js';
import { toStandardized } from '../../src/sparse/fold.js';
import type { Ablation, PathPoint, SparseResult } from '../../src/sparse/format.js';
import type { Weights } from '../../src/sparse/penalty.js';
import { count } from '../../src/sparse/path.js';
import { chooseByHalves, shareRight } from '../../src/sparse/selection.js';
import { version } from '../shared/terminal.js';
import type { FittedPath } from './fit.js';
import type { SparseInputs } from './inputs.js';
import type { SparseOptions } from './options.js';

/** The result, and what tables say of each class: right answers [points][classes], of the network's own layer too. */
export interface Measured {
  readonly result: SparseResult;
  readonly heldCounts: readonly number[];
  readonly rightByClass: readonly (readonly number[])[];
  readonly networkByClass: readonly number[] | null;
  /** Of the chosen point. */
  readonly layer: Weights;
}

export async function measure(inputs: SparseInputs, path: FittedPath, options: SparseOptions, device: Device): Promise<Measured> {
  const { held, train, classes, standard, model, own } = inputs, { alpha, group = false, tolerance, within } = options;
  const loss = options.squared ? 'squared' : 'cross-entropy', p = train.features;
  const columns = Int32Array.from({ length: p }, (_, j) => j);
  const resident = residentBytes(held.samples, p, classes, loss) <= (options.memory ?? device.memory);
  const rows = await DeviceRows.open(device, held, standard, { classes, loss, columns, resident });
  try {
    const points: PathPoint[] = [], predicted: Int32Array[] = [];
    for (const [k, { lambda, kkt, loss: trainLoss, objective, trainAccuracy, passes, polished }] of path.entries.entries()) {
      const at = await path.point(k), answers = await rows.scores(at);
      predicted.push(answers.predicted);
      const nonzeros = Array.from({ length: classes }, (_, c) => count(at.w.subarray(c * p, (c + 1) * p)));
      points.push({ lambda, kkt, kktRelative: kkt / lambda / alpha, loss: trainLoss, objective, trainAccuracy, heldLoss: answers.loss,
        heldAccuracy: accuracy(answers.predicted, held.labels), nonzeros, features: usedFeatures(at.w, classes), passes, polished });
    }
    const dense = own && toStandardized(own, standard), network = dense && (await rows.scores(dense)).predicted;
    const totals = points.map(({ nonzeros }) => nonzeros.reduce((s, v) => s + v, 0));
    const halves = chooseByHalves(predicted, totals, held.labels, network, within), chosen = options.layer ?? halves[0].index;
    if (chosen >= points.length) throw new Error(`there is no layer ${chosen}; the path has ${points.length}, 0 to ${points.length - 1}`);
    const ablate = async (at: Weights): Promise<Ablation[]> => {
      const found: Ablation[] = [];
      for (const k of ABLATION_COUNTS.filter((k) => k < p)) {
        const of = async (which: 'top' | 'rest'): Promise<number> =>
          accuracy((await rows.scores(keepLargest(at, k, which))).predicted, held.labels);
        found.push({ k, top: await of('top'), rest: await of('rest') });
      }
      return found;
    };
    const layer = await path.point(chosen);
    const byClass = (answers: Int32Array): number[] => {
      const right = new Array<number>(classes).fill(0);
      answers.forEach((a, k) => (right[a] += Number(a === held.labels[k])));
      return right;
    };
    const heldCounts = new Array<number>(classes).fill(0);
    for (const label of held.labels) heldCounts[label]++;
    const result: SparseResult = {
      format: 1,
      version,
      problem: { loss, alpha, group, solver: options.solver, tolerance, classes, features: p, lambdaMax: path.lambdaMax },
      train: train.origin,
      held: held.origin,
      model: model &&
        { file: model.file.path, sha256: model.file.sha256,
          layer: { features: model.decision.features, node: model.decision.node, op: model.decision.op, weight: model.decision.weight,
            bias: model.decision.bias } },
      classNames: inputs.classNames,
      classCounts: inputs.counts,
      constant: standard.constant,
      path: points,
      selection: { within, halves },
      chosen,
      ablation: await ablate(layer),
      dense: dense && { accuracy: shareRight(network!, held.labels), ablation: await ablate(dense) },
      adapter: { description: path.head.adapter.description, software: path.head.adapter.software },
    };
    return { result, heldCounts, rightByClass: predicted.map(byClass), networkByClass: network && byClass(network), layer };
  } finally {
    rows.destroy();
  }
}

const accuracy = (predicted: Int32Array, labels: Int32Array): number => {
  const { right, of } = shareRight(predicted, labels);
  return right / of;
};

function usedFeatures(w: Float64Array, classes: number): number {
  const p = w.length / classes, used = new Uint8Array(p);
  for (let k = 0; k < w.length; k++) if (w[k] !== 0) used[k % p] = 1;
  return count(used);
}

/** What a page and a text call the rows. */
export const shortName = (path: string): string => basename(path);
