/** What a browser imports: the engine, ONNX and the saliency method. Nothing here needs Node. */
export * as graph from './engine/builder.js';
export { grad } from './engine/grad.js';
export { topological, type Node, type Shape } from './engine/graph.js';
export { memoryOf, planGraph, type Plan, type PlanOptions } from './engine/plan.js';
export { Device, OutOfMemory, describeAdapter, type AdapterDescription, type DeviceOptions } from './engine/device.js';
export { Program, WeightStore, type HostTensor, type RunOptions } from './engine/run.js';
export { sgdStep, velocityName } from './engine/sgd.js';
export { profileNodes, weightGradPerSample, type Aggregation, type ConvUse } from './saliency/profile.js';
export { checkStatistics, isDead, parseStatistics, rankFilters, standardize, type Statistics } from './saliency/standardize.js';
export { Explainer, type Explanation, type ExplainerOptions } from './saliency/explainer.js';
export { filterCount, locate, type Layer, type Network, type NetworkGraph } from './saliency/network.js';
export { maskOf } from './saliency/off.js';
export { loadModel, type LoadOptions, type OnnxModel } from './onnx/model.js';
export { importGraph, type ImportedGraph, type ImportOptions } from './onnx/import.js';
export { classifier, type Classifier } from './classifier.js';
