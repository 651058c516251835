/** The ONNX project's own tests, on the adapter, with both schedules of the matrix kernels. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node } from '../../src/engine/graph.js';
import { runOnHost } from '../../src/onnx/host.js';
import { importGraph } from '../../src/onnx/import.js';
import { loadModel } from '../../src/onnx/model.js';
import { decodeTensorFile } from '../../src/onnx/tensor.js';
import { closeDevices, devices, evaluateOnDevice } from '../support/device.js';
import { shared } from '../../reference/paths.js';
import { skipUnless } from '../support/skip.js';
import { TOLERANCE } from '../../reference/tolerances.js';

const folder = join(shared, 'data/onnx-tests');
const test = suite("ONNX's own tests");

if (skipUnless(existsSync(folder), `ONNX's own tests: ${folder} is absent`)) {
  for (const name of readdirSync(folder)) {
    test(name, async () => {
      const read = (file: string): Uint8Array => readFileSync(join(folder, name, file));
      const tensor = (file: string) => decodeTensorFile(read(`test_data_set_0/${file}`), file);
      const model = loadModel(read('model.onnx'), { name });
      const inputs = model.inputs.map((_, k) => tensor(`input_${k}.pb`));
      const graph = importGraph(model, { shapes: Object.fromEntries(model.inputs.map((i, k) => [i.name, inputs[k].shape])) });
      const feeds = new Map<Node, ArrayLike<number>>(graph.inputs.map((i, k) => [i.node, inputs[k].data]));
      for (const w of graph.weights.values()) feeds.set(w.node, w.data);
      const exact = runOnHost(graph, Object.fromEntries(graph.inputs.map((i, k) => [i.name, inputs[k].data])));
      for (const { name: schedule, device } of await devices()) {
        const got = exact ?? await evaluateOnDevice(Object.fromEntries(graph.outputs.map((o) => [o.name, o.node])), feeds, device);
        graph.outputs.forEach((o, k) => {
          const want = tensor(`output_${k}.pb`);
          assert.equal([...o.node.shape], [...want.shape]);
          want.data.forEach((v, i) => {
            const g = got[o.name][i];
            assert.ok(Math.abs(g - v) <= TOLERANCE.onnxAbsolute + TOLERANCE.onnxRelative * Math.abs(v),
              `${schedule}: ${o.name}[${i}] is ${g}, expected ${v}`);
          });
        });
      }
    });
  }
  test.after(closeDevices);
}

test.run();
