/**
 * misfire as a library in Node, typed: a finished run summed up, a mistake of it explained, reported and repaired, and compared.
 *
 *     misfire profile DATA --model MODEL --out RUN
 *     npx tsx examples/run.ts RUN            # or compiled by tsc: strict, noUncheckedIndexedAccess, skipLibCheck false
 */
import { writeFile } from 'node:fs/promises';
import { compareAnswers, comparisonText, encodePicture, Explainer, findNeighbors, findSuspects, gatherReport, joinRuns, livingFilters,
  openClassifier, openDawnDevice, openProfiles, renderReport, reportPictures, reportScripts, saveModel, shownPicture, summarizeRun, turnOff,
  weightsWithOff, type RunRow, type TopFilter } from 'misfire';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('give the folder of a run of misfire profile');

// ---- a run, read and summed up
const run = await openProfiles(folder);
const { model, preprocessing, aggregation } = run.meta;
const name = (k: number): string => run.meta.data.classNames?.[k] ?? `class ${k}`;
const found = await summarizeRun(run);
console.log(`${found.right} right, ${found.wrong} wrong`);
for (const { label, predicted, count } of found.confusions().slice(0, 3)) {
  console.log(`  ${name(label)} called ${name(predicted)}: ${count}`);
}
const { suspects } = await findSuspects(run);
console.log(`${suspects.length} labels that may be wrong`);

// ---- a mistake, explained
const rows: readonly RunRow[] = await run.readRows();
const mistake = rows.find(({ label, predicted }) => label !== predicted);
if (mistake === undefined) throw new Error('the network gets every sample right');
const { label, predicted } = mistake;
const network = await openClassifier(model.file, model.pictureShape, { output: model.output });
const device = await openDawnDevice();
const explainer = new Explainer(network, device, { aggregation });
const stats = await run.readStatistics();
const pictures = run.preparedPictures();
const picture = await pictures.read(mistake);
pictures.close();
const top: readonly TopFilter[] = await explainer.top(picture, label, stats, 3);
console.log(`sample ${mistake.id} (${mistake.path}): ${name(label)} called ${name(predicted)}`);
for (const { layer, filter, saliency } of top) console.log(`  ${layer.weight}, filter ${filter}: ${saliency.toFixed(2)} deviations`);

// ---- its neighbours in the run
const filters = livingFilters(run.layers, stats);
const nearest = await findNeighbors(device, { run, candidates: run, stats, filters, queries: [mistake], k: 5, admits: () => true,
  progress: () => undefined });
console.log(`neighbours: ${JSON.stringify(nearest[0])}`);

// ---- its report: one HTML file
const [explanation] = await explainer.explain([picture], [label]);
if (explanation === undefined) throw new Error('there is no answer');
const shape = network.pictureShape;
const report = await gatherReport({ input: mistake.path, picture, shape, label, explanation, top: 10, map: null, comparisons: new Map(),
  neighbors: null }, { explainer, model: { path: model.file, sha256: model.sha256 }, adapter: device.adapter, stats,
  statsName: run.statisticsPath, aggregation, classes: null, version: run.meta.version });
const shown = shownPicture(picture, shape, preprocessing);
const drawn = await reportPictures({ shown, map: null, comparisons: new Map() }, encodePicture);
await writeFile('report.html', await renderReport(report, drawn, await reportScripts()));

// ---- without its most salient filter: what the network then says, and a file in which it is off
const [answer] = await turnOff(explainer, picture, label, predicted, [top.slice(0, 1).map(({ index }) => index)]);
console.log(`with the first filter off: ${answer === undefined ? 'nothing' : name(answer.predicted)}`);
const off = top.slice(0, 1).map(({ layer, filter }) => ({ weight: layer.weight, filter }));
await saveModel('off.onnx', model.file, weightsWithOff(network.model, network.weights, off, 'channel', shape));

// ---- two runs over the same pictures: here the run and itself
const { pairs, alone } = await joinRuns(run, run);
const names = [{ run: folder, model: model.file }, { run: folder, model: model.file }] as const;
console.log(comparisonText({ runs: names, comparison: compareAnswers(pairs), alone }, name).split('\n')[0]);
explainer.destroy();
device.destroy();
