/** A path of sparse layers in numbers: what a terminal shows and what CSV holds. */
import type { Share, SparseResult } from '../../sparse/format.js';
import { csvTable } from '../csv.js';
import { table } from '../text-table.js';

/** A result with what is told class by class. */
export interface SparseTables {
  readonly result: SparseResult;
  /** Held samples of each class; of these right, for each point of the path and for the network's own layer. */
  readonly heldCounts: readonly number[];
  readonly rightByClass: readonly (readonly number[])[];
  readonly networkByClass: readonly number[] | null;
  /** The chosen layer, [classes, features], standardised scale, and for raw features. */
  readonly weights: ArrayLike<number>;
  readonly raw: ArrayLike<number>;
  name(k: number): string;
}

const percent = (v: number): string => `${(100 * v).toFixed(1)} %`;
const lambda = (v: number): string => v.toPrecision(4);
/** "87.2 % (84.0 to 90.0)" */
export const shareText = ({ right, of, low, high }: Share): string =>
  `${percent(right / of)} (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}, ${of} samples)`;
const perClass = (nonzeros: readonly number[]): string => (nonzeros.reduce((s, v) => s + v, 0) / nonzeros.length).toFixed(1);

/** Points of a path that a table shows: all, or every so many with the first, the chosen and the last. */
export function shownPoints({ path, chosen }: SparseResult, most = 20): number[] {
  const every = Math.ceil(path.length / most);
  return path.map((_, k) => k).filter((k) => k % every === 0 || k === chosen || k === path.length - 1);
}

/** Rows of the path's table: lambda, weights per class, features used, accuracies, certificate. */
export const pathRows = (result: SparseResult): string[][] =>
  shownPoints(result).map((k) => {
    const p = result.path[k];
    return [k === result.chosen ? `${k} *` : String(k), lambda(p.lambda), perClass(p.nonzeros),
      `${Math.min(...p.nonzeros)}-${Math.max(...p.nonzeros)}`, String(p.features), percent(p.trainAccuracy), percent(p.heldAccuracy),
      p.kktRelative.toExponential(1)];
  });
export const PATH_HEAD = ['layer', 'lambda', 'weights per class', 'least-most', 'features', 'training rows', 'held', 'KKT/(lambda alpha)'];

export const ablationRows = ({ ablation, dense }: SparseResult): string[][] =>
  ablation.map(({ k, top, rest },
    i) => [String(k), percent(top), percent(rest), ...(dense ? [percent(dense.ablation[i].top), percent(dense.ablation[i].rest)] : [])]
  );
export const ablationHead = (
  { dense }: SparseResult
): string[] => ['k', 'sparse: k largest', 'sparse: the rest', ...(dense ? ['network: k largest', 'network: the rest'] : [])];

/** What the choice comes to, as sentences. */
export function choiceSentences({ selection: { within, halves }, path, dense }: SparseResult): string[] {
  const [a, b] = halves.map(({ index, selected, reported, network }, k) =>
    `${k === 0 ? 'One half of the held samples chooses' : 'The other half chooses'} layer ${index}, ${
      perClass(path[index].nonzeros)
    } weights ` +
    `per class: ${shareText(reported)} on the half that did not choose` +
    `${network ? `, where the network's own layer has ${percent(network.right / network.of)}` : ''} (on its own half ` +
    `${percent(selected.right / selected.of)}).`
  );
  return [`Chosen is the sparsest layer within ${within} points of the best one.`, a, b,
    ...(dense ? [`The network's own layer has ${shareText(dense.accuracy)} on all held samples.`] : [])];
}

/** What a terminal shows. */
export function sparseText(result: SparseResult): string {
  const { problem: { loss, alpha, group, solver, tolerance, classes, features, lambdaMax }, path, constant } = result;
  const reached = path.filter((p) => p.kktRelative <= tolerance).length;
  return [
    `${path.length} sparse layers of ${classes} classes and ${features} features (${loss}, alpha ${alpha}${group ? ', grouped' : ''}, `
    + `${solver}); lambda from ${lambda(path[0].lambda)} down, lambda_max ${lambda(lambdaMax)}.`,
    `KKT residual at most ${tolerance} of lambda alpha: ${reached} of ${path.length} layers.`,
    ...(constant.length > 0 ? [`${constant.length} of the features never vary over the training rows; their weights are 0.`] : []),
    '',
    ...table([PATH_HEAD, ...pathRows(result)], [0, 1, 2, 3, 4, 5, 6, 7]),
    '',
    ...choiceSentences(result),
    '',
    ...table([ablationHead(result), ...ablationRows(result)], [0, 1, 2, 3, 4]),
    '',
  ].join('\n');
}

/** path.csv */
export const pathCsv = ({ path, chosen }: SparseResult): Generator<string> =>
  csvTable(['layer', 'chosen', 'lambda', 'weights', 'weights_per_class', 'fewest', 'most', 'features', 'train_loss', 'objective',
    'train_accuracy', 'held_loss', 'held_accuracy', 'kkt', 'kkt_over_lambda_alpha', 'passes', 'polished'], path.entries(), ([k, p]) => {
    const weights = p.nonzeros.reduce((s, v) => s + v, 0);
    return [[k, Number(k === chosen), p.lambda, weights, weights / p.nonzeros.length, Math.min(...p.nonzeros), Math.max(...p.nonzeros),
      p.features, p.loss, p.objective, p.trainAccuracy, p.heldLoss, p.heldAccuracy, p.kkt, p.kktRelative, p.passes, Number(p.polished)]];
  });

/** classes.csv: accuracy of each class against the number of its features, along the path. */
export const classesCsv = ({ result, heldCounts, rightByClass, networkByClass, name }: SparseTables): Generator<string> =>
  csvTable(['layer', 'class', 'name', 'weights', 'held_samples', 'right', 'accuracy', 'network_accuracy'], result.path.entries(),
    ([k, p]) =>
      p.nonzeros.map((n,
        c) => [k, c, name(c), n, heldCounts[c], rightByClass[k][c], heldCounts[c] ? rightByClass[k][c] / heldCounts[c] : '',
        networkByClass && heldCounts[c] ? networkByClass[c] / heldCounts[c] : '']
      ));

/** weights.csv: the chosen layer, class by class from the largest weight down. */
export const weightsCsv = ({ result: { problem: { classes, features: p } }, weights, raw, name }: SparseTables): Generator<string> =>
  csvTable(['class', 'name', 'rank', 'feature', 'weight', 'weight_raw'], Array.from({ length: classes }, (_, c) => c), (c) =>
    Array.from({ length: p }, (_, j) =>
      j).filter((j) => weights[c * p + j] !== 0)
      .sort((x, y) => Math.abs(weights[c * p + y]) - Math.abs(weights[c * p + x]) || x - y)
      .map((j, rank) => [c, name(c), rank + 1, j, weights[c * p + j], raw[c * p + j]]));
