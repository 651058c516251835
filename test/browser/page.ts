/** Runs in the browser: the bundled library computes profiles from files the test serves. */
import { classifier, Device, Explainer, loadModel } from '../../src/index.js';

export interface PageResult {
  readonly adapter: string;
  readonly profiles: number[][];
  readonly logits: number[][];
}

async function profiles(labels: number[]): Promise<PageResult> {
  const bytes = async (path: string): Promise<ArrayBuffer> => (await fetch(path)).arrayBuffer();
  const model = classifier(loadModel(new Uint8Array(await bytes('/model.onnx')), { name: 'model.onnx' }));
  const all = new Float32Array(await bytes('/inputs.bin'));
  const each = all.length / labels.length;
  const device = await Device.open(navigator.gpu);
  const explainer = new Explainer(model, device);
  const explained = await explainer.explain(labels.map((_, k) => all.slice(k * each, (k + 1) * each)), labels);
  explainer.destroy();
  device.destroy();
  return { adapter: device.adapter.description, profiles: explained.map((e) => [...e.profile]),
    logits: explained.map((e) => [...e.logits]) };
}

Object.assign(globalThis, { profiles });
