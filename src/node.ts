/** What Node imports: all that a browser has, Dawn, and files. */
export * from './index.js';

// ---- a device ------------------------------------------------------------------------------------------------------

export { dawn, listAdapters, openDawnDevice, type DawnOptions } from './dawn.js';

// ---- another backend: what an Explainer takes in place of a device -------------------------------------------------

export { RuntimeBackend } from './runtime/backend.js';
export { PROVIDERS, RuntimeSession, type Provider, type RuntimeOptions, type RuntimeTensor } from './runtime/onnxruntime.js';

// ---- files ---------------------------------------------------------------------------------------------------------

export { decodePicture, readPicture } from './files/picture.js';
export { readWithin } from './files/external.js';

export { openTrace, tracesIn, type StoredTrace, type StoredTraceLayer, type TraceFolder } from './local/trace-folder.js';
export { openClassifier, saveModel } from './local/model.js';
export { encodePicture } from './local/encode-picture.js';
export { chartScripts, reportScripts } from './local/page-scripts.js';

// ---- data sets: what `misfire profile` goes through ----------------------------------------------------------------

export { openDataSet } from './dataset/open.js';
export { shardSample, shardSize, type DataSet, type DataSetOptions, type Sample, type Shard, type Source } from './dataset/dataset.js';
export { SampleReader, type Input } from './dataset/sample.js';

// ---- finished runs: what `misfire profile` has stored --------------------------------------------------------------

export { summarizeRun } from './store/summary.js';
export { findNeighbors, type Search as NeighborQuery } from './store/neighbors.js';
export { findSuspects, type Suspects } from './store/suspects.js';
export { runPeaks, type RunPeaks } from './store/peaks.js';
export { joinRuns, type JoinedRuns, type JoinOptions } from './store/join.js';
export { openProfiles, openRun, type StoredRun, type StoredSample } from './store/stored-run.js';
export type { Seal } from './store/seal.js';
export type { MergedShard, Meta as RunMeta, Row as RunRow, SampleError } from './store/format.js';
export type { Part as RunPart } from './store/parquet.js';
export type { PreparedPictures } from './store/sample.js';
