/** Files of a finished path: arrays for programs, tables, JSON, a page. The arrays are written piece by piece: a path may be large. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ndarray } from '../../src/data/ndarray.js';
import { npyHead, writeNpy } from '../../src/data/npy.js';
import { writeAllAtomic, type Content } from '../../src/files/files.js';
import { accuracyFigure, coefficientFigure, type Coefficient } from '../../src/report/sparse/figure.js';
import { sparseBody } from '../../src/report/sparse/page.js';
import { classesCsv, pathCsv, weightsCsv, type SparseTables } from '../../src/report/sparse/tables.js';
import { REPORT_STYLE } from '../../src/report/style.js';
import { INTERCEPTS, LAMBDAS, MEAN, RESULT, STD, WEIGHTS } from '../../src/sparse/format.js';
import type { Standardization } from '../../src/sparse/rows.js';
import { page } from '../shared/page.js';
import { pageTable } from '../shared/page-table.js';
import type { FittedPath } from './fit.js';

/** Lines of the coefficients' figure at most: points of the path, classes, and features of a class. */
const FIGURE = { points: 40, classes: 100, features: 12, rows: 24000 };

export async function writePath(out: string, path: FittedPath, tables: SparseTables, { mean, std }: Standardization,
  allowed: () => Promise<void>): Promise<void> {
  const { result } = tables, { problem: { classes, features } } = result, K = path.entries.length;
  await mkdir(out, { recursive: true });
  const intercepts = new Float64Array(K * classes);
  const array = (data: Float64Array, shape: readonly number[]): Uint8Array => writeNpy(ndarray(data, shape));
  for (let k = 0; k < K; k++) intercepts.set((await path.point(k)).b, k * classes);
  const files = new Map<string, Content>([
    [WEIGHTS, weightPieces(path, [K, classes, features])],
    [INTERCEPTS, array(intercepts, [K, classes])],
    [LAMBDAS, array(Float64Array.from(path.entries, (e) => e.lambda), [K])],
    [MEAN, array(mean, [features])],
    [STD, array(std, [features])],
    ['path.csv', pathCsv(result)],
    ['classes.csv', classesCsv(tables)],
    ['weights.csv', weightsCsv(tables)],
    ['sparse.html', await sparsePage(path, tables)],
    [RESULT, `${JSON.stringify(result)}\n`],
  ]);
  await writeAllAtomic(new Map([...files].map(([name, content]) => [join(out, name), content])), allowed);
}

async function* weightPieces(path: FittedPath, shape: readonly number[]): AsyncGenerator<Uint8Array> {
  yield npyHead('<f4', shape);
  for (let k = 0; k < shape[0]; k++) {
    const w = Float32Array.from((await path.point(k)).w);
    yield new Uint8Array(w.buffer);
  }
}

async function sparsePage(path: FittedPath, tables: SparseTables): Promise<string> {
  const { result } = tables;
  const charts = [await accuracyFigure('accuracy', result),
    await coefficientFigure('coefficients', result, await coefficients(path, tables))];
  return page({ title: 'Sparse decision layers', body: sparseBody(tables, charts, pageTable), charts, style: REPORT_STYLE });
}

/** For each class the features that are largest anywhere on the path, along it. */
async function coefficients(path: FittedPath,
  { result: { problem: { classes: C, features: p } }, name }: SparseTables): Promise<Coefficient[]> {
  const every = Math.ceil(path.entries.length / FIGURE.points), classes = Math.min(C, FIGURE.classes), most = new Float64Array(classes * p);
  const shown = path.entries.map((_, k) => k).filter((k) => k % every === 0);
  for (const k of shown) (await path.point(k)).w.subarray(0, classes * p).forEach((v, q) => (most[q] = Math.max(most[q], Math.abs(v))));
  const each = Math.max(1, Math.min(FIGURE.features, Math.floor(FIGURE.rows / shown.length / classes)));
  const listed = Array.from({ length: classes },
    (_, c) =>
      Array.from({ length: p }, (_, j) => j).filter((j) => most[c * p + j] > 0).sort((x, y) => most[c * p + y] - most[c * p + x]).slice(0,
        each));
  const found: Coefficient[] = [];
  for (const k of shown) {
    const { w, lambda } = await path.point(k);
    listed.forEach((features, c) => {
      for (const j of features) found.push({ class: name(c), feature: `feature ${j}`, lambda, weight: w[c * p + j] });
    });
  }
  return found.sort((a,
    b) => (a.class === b.class ? 0 : listed.findIndex((_, c) => name(c) === a.class) - listed.findIndex((_, c) => name(c) === b.class))
  );
}
