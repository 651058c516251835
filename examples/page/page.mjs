/** misfire in a page: the same library, bundled, on the browser's own WebGPU. */
import { classifier, Device, Explainer, loadModel, locate, parseClasses, parsePreprocessing, parseStatistics, preprocess, rankFilters,
  standardize } from 'misfire';

const say = (text) => document.querySelector('output').append(`${text}\n`);
const load = async (file) => (await fetch(file)).arrayBuffer();
const text = async (file) => (await fetch(file)).text();

/** A picture of the page as RGB bytes, [height, width, 3]. */
function pixels(image) {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { width, height, data: Uint8Array.from(data.filter((_, k) => k % 4 < 3)) };
}

async function main() {
  if (!navigator.gpu) throw new Error('this browser has no WebGPU');
  const classes = parseClasses(await text('classes.txt'));
  const network = classifier(loadModel(new Uint8Array(await load('model.onnx')), { name: 'model.onnx' }));
  const stats = parseStatistics(await text('stats.json'), 'stats.json');
  const how = parsePreprocessing(await text('preprocess.json'));
  const device = await Device.open(navigator.gpu);
  const explainer = new Explainer(network, device);

  const image = document.querySelector('img');
  await image.decode();
  const label = classes.find(image.alt);
  const [{ logits, profile }] = await explainer.explain([preprocess(pixels(image), how).data], [label]);
  say(`on ${device.adapter.description}: a ${image.alt}, predicted ${classes.show(logits.indexOf(Math.max(...logits)))}`);
  const saliency = standardize(profile, stats);
  for (const index of rankFilters(saliency, stats).slice(0, 5)) {
    const { layer, filter } = locate(network.layers, index);
    say(`${layer.name}, filter ${filter}: ${saliency[index].toFixed(1)}`);
  }
  explainer.destroy();
  device.destroy();
}

main().catch((error) => say(`error: ${error.message}`)).finally(() => document.body.classList.add('done'));
