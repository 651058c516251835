/**
 * misfire as a library in Node: which filters of a network made it wrong on a picture, and what it says without them.
 *
 *     npm run demo                                                        # draws a picture that the demo's network gets wrong
 *     node examples/library.mjs misfire-demo/triangle.png triangle        # the picture and its label
 */
import { readFile } from 'node:fs/promises';
import { classifier, Explainer, loadModel, locate, openDawnDevice, parseClasses, parsePreprocessing, parseStatistics, preprocess,
  rankFilters, readPicture, standardize, turnOff } from 'misfire';

const [path, name] = process.argv.slice(2);
if (name === undefined) {
  console.error('give a picture and the class that it shows: node examples/library.mjs misfire-demo/triangle.png triangle');
  process.exit(1);
}

const demo = (file) => readFile(new URL(`../demo/${file}`, import.meta.url));
const network = classifier(loadModel(await demo('model.onnx'), { name: 'model.onnx' }));
const stats = parseStatistics((await demo('stats.json')).toString(), 'stats.json');
const classes = parseClasses((await demo('classes.txt')).toString());
const how = parsePreprocessing((await demo('preprocess.json')).toString());

const device = await openDawnDevice();
const explainer = new Explainer(network, device);
const picture = preprocess(await readPicture(path), how).data;
const label = classes.find(name);

// Equation 1, then equation 2: a filter counts for as much as its gradient is above what is usual for it.
const [{ logits, loss, profile }] = await explainer.explain([picture], [label]);
const predicted = logits.indexOf(Math.max(...logits));
const saliency = standardize(profile, stats);
const ranking = rankFilters(saliency, stats);
console.log(`${path}: predicted ${classes.show(predicted)}, label ${name}, loss ${loss.toFixed(3)}`);
for (const index of ranking.slice(0, 5)) {
  const { layer, filter } = locate(network.layers, index);
  console.log(`  ${layer.name}, filter ${filter}: ${saliency[index].toFixed(1)} deviations above its mean`);
}

// Section 3.1: the same picture with the most salient filters turned off.
const counts = [0, 1, 5, 10];
const answers = await turnOff(explainer, picture, label, predicted, counts.map((count) => ranking.slice(0, count)));
answers.forEach((answer, k) =>
  console.log(`with ${counts[k]} filters off: ${classes.show(answer.predicted)}, ${(100 * answer.label).toFixed(1)} % for ${name}`)
);

explainer.destroy();
device.destroy();
