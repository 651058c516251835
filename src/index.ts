/** What a browser imports: the engine, ONNX, the saliency method and its report. Nothing here needs Node. */
export * as graph from './engine/builder.js';
export { grad } from './engine/grad.js';
export { topological, type Node, type Shape } from './engine/graph.js';
export { memoryOf, planGraph, type Plan, type PlanOptions } from './engine/plan/plan.js';
export { Device, OutOfMemory, describeAdapter, type AdapterDescription, type DeviceOptions } from './engine/device.js';
export { Program, WeightStore, type RunOptions } from './engine/run/program.js';
export { Programs, type AnswerOptions, type ProgramsOptions } from './engine/run/programs.js';
export type { ConvUse, Layer, MaskMode, MaskOptions } from './engine/convolutions.js';
export { sgdStep, velocityName } from './engine/sgd.js';
export { profileNodes, weightGradPerSample, type Aggregation } from './saliency/profile.js';
export { checkStatistics, isDead, parseStatistics, rankFilters, standardize, type Statistics } from './saliency/standardize.js';
export { Explainer, type Explanation, type ExplainerOptions, type InputMap } from './saliency/explainer.js';
export { BOOST, BOOSTED, inputMapNodes, pixelMap, referencePixelMap } from './saliency/input.js';
export { FIRST_ORDER, firstOrderMap, type AttributionOptions, type FirstOrder } from './saliency/attribution.js';
export { filterCount, locate, type Network, type NetworkGraph } from './saliency/network.js';
export { maskOf, turnOff, type Answer } from './saliency/off.js';
export { CHOICES, chooseFilters, lastStage, type ChooseFrom, type Choice } from './saliency/controls.js';
export { FineTuner, type FineTunerOptions } from './saliency/finetune.js';
export { normalizedStep, tunedWeights, type Step, type WeightGradient } from './saliency/step.js';
export { fillPixels, randomPixels, salientPixels, type Fill } from './saliency/masking.js';
export { bootstrapDifference, bootstrapMean, bootstrapMeans, type Interval } from './saliency/bootstrap.js';
export { pairedT, wilcoxonSignedRank, type TestResult } from './saliency/significance.js';
export { Random } from './saliency/random.js';
// The experiments of sections 3.1, 3.3 and 3.4: for each a function for one sample, one for what all samples come to, and
// the paper's claims compared with what was found.
export { type LabelledSample, type PicturedSample, type ProfiledSample, type SampleResult } from './saliency/experiments/sample.js';
export { filterSets, livingCount, type FilterContext } from './saliency/experiments/filters.js';
export { bystanders, mostFilters, PRUNING_COUNTS, PRUNING_DAMAGE, pruneSample, type PrunedSample, type PruningContext, type PruningSettings,
  type PruningStep } from './saliency/experiments/pruning.js';
export { analysePruning, type PruningAnalysis, type PruningCurves, type PruningPoint } from './saliency/experiments/pruning-analysis.js';
export { sweptCount, TUNING_CURVES, tuningConditions, type TuningCondition, type TuningCurve,
  type TuningSettings } from './saliency/experiments/tuning-settings.js';
export { checkedSamples, drawSubset, tuneSample, type NeighborSample, type TunedSample, type TuningContext,
  type TuningOutcome } from './saliency/experiments/tuning.js';
export { analyseTuning, type TuningAnalysis, type TuningDifference, type TuningMeasures,
  type TuningPoint } from './saliency/experiments/tuning-analysis.js';
export { MASKING_CONTROLS, MASKING_DRAWS, MASKING_SHARES, maskSample, salientMap, type MapContext, type MaskedAnswer, type MaskedSample,
  type MaskingContext, type MaskingControl, type MaskingSettings, type MaskingStep } from './saliency/experiments/masking.js';
export { analyseMasking, type MaskingAnalysis, type MaskingChanges, type MaskingPoint } from './saliency/experiments/masking-analysis.js';
export { isWhole, pasteRegion, randomRegion, salientRegion, type Region } from './saliency/experiments/regions.js';
export { analysePasting, pasteOnto, type PastedSample, type PastingAnalysis, type Patch,
  type Pull } from './saliency/experiments/pasting.js';
export { type Change } from './saliency/experiments/change.js';
export { claimsOf, SAME, verdictOf, type Claim, type ExperimentResult, type Side, type StudyResults,
  type Verdict } from './saliency/experiments/claims.js';
export { loadModel, type LoadOptions, type OnnxModel } from './onnx/model.js';
export { importGraph, type ImportedGraph, type ImportOptions } from './onnx/import.js';
export { classifier, type Classifier } from './classifier.js';
export { withWeights } from './onnx/write.js';
export { ndarray, type NdArray } from './data/ndarray.js';
export { parseNpy, parseFloatNpy, writeNpy } from './data/npy.js';
export { type Picture } from './data/picture.js';
export { parsePreprocessing, preprocess, PREPROCESSINGS, type Preprocessing } from './data/preprocess.js';
export { parseClasses, type Classes } from './data/classes.js';
export { parseCifar10 } from './data/cifar.js';
export { sha256 } from './data/sha256.js';
export { gatherReport, type ReportContext, type ReportSubject } from './report/gather.js';
export { reportPictures, shownPicture, type EncodePicture, type PicturesToShow, type PictureUse,
  type ReportPictures } from './report/pictures.js';
export { encodeByCanvas } from './report/canvas.js';
export { renderReport, renderReports, type IllustratedReport, type ReportScripts } from './report/render.js';
export { type Report } from './report/data.js';
