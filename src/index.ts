/** What a browser imports: the engine, ONNX, the saliency method and its report. Nothing here needs Node. */

// ---- a network: an ONNX file, its weights, its filters -------------------------------------------------------------

export { classifier, type Classifier, type ClassifierOptions } from './classifier.js';
export { loadModel, type LoadOptions, type OnnxModel } from './onnx/model.js';
export { OPSETS, type Branch, type OnnxNode, type TensorInfo } from './onnx/proto.js';
export type { HostTensor, Int64, Numbers, ReadExternal, StoredAttribute, StoredTensor } from './onnx/types.js';
export { importGraph, type ImportedGraph, type ImportedWeight, type ImportOptions } from './onnx/import.js';
export type { Step as ChannelStep, Tail } from './onnx/channel.js';
export type { Candidate } from './onnx/outputs.js';
export type { ConvLayer, NodeUse } from './onnx/convs.js';
export { weightsWithOff, type FilterOff } from './onnx/off.js';
export { pictureInput } from './onnx/picture-input.js';
export { annotated, type Annotation } from './onnx/annotate.js';
export { withWeights } from './onnx/write.js';
export { exportGraph, EXPORTED, type Exported, type ExportOptions } from './export.js';
export { encodeModel, encodeWithData, type ModelText } from './onnx/emit/encode.js';
export type { Attributes, Initializer, ModelGraph, OpNode, Port } from './onnx/emit/graph.js';
export { filterCount, locate, type Network, type NetworkGraph, type Origin } from './saliency/network.js';
export type { ConvUse, Layer, MaskMode, MaskOptions } from './engine/convolutions.js';

// ---- data: pictures, classes, arrays -------------------------------------------------------------------------------

export { type Picture } from './data/picture.js';
export { frame, seenPart, type Extent, type Framing } from './data/framing.js';
export { INTERPOLATIONS, type Interpolation } from './data/resize.js';
export { preprocess, PREPROCESSINGS, type Preprocessing } from './data/preprocess.js';
export { commonColours, commonFramings, type NamedPreprocessing } from './data/common-preprocessing.js';
export { parsePreprocessing } from './data/preprocessing-file.js';
export { fitted, type InputForm } from './data/input-form.js';
export { classesInMetadata, preprocessingInMetadata } from './data/metadata.js';
export { parseClasses, type Classes } from './data/classes.js';
export { parseLabels, type Label } from './data/labels.js';
export { BOXES, outsideBoxes, parseBoxes, type Box } from './data/boxes.js';
export { parseCifar10 } from './data/cifar.js';
export { parseFloatNpy, parseNpy, writeNpy } from './data/npy.js';
export { ndarray, type ArrayData, type Element, type NdArray, type NumberArray } from './data/ndarray.js';
export { sha256 } from './data/sha256.js';

// ---- the method: which filters a mistake is blamed on (sections 2 and 3.2) -----------------------------------------

export { Explainer, type Explanation, type ExplainerOptions, type FeatureMap, type InputMap,
  type ProfileBatch } from './saliency/explainer.js';
export { type AskingOptions } from './saliency/asking.js';
export { bestFit, commonOrders, fitOf, lossBetween, type ClassOrder, type Fit } from './saliency/fit.js';
export { highestWithin, leftOut, standardizeLeftOut } from './saliency/leave-one-out.js';
export { checkStatistics, isDead, parseStatistics, rankFilters, standardize, type Statistics } from './saliency/standardize.js';
export { GroupedMoments, Moments, statisticsText } from './saliency/statistics.js';
export { topFilters, type TopFilter } from './saliency/top.js';
export { argmax, probability } from './saliency/prediction.js';
export { BOOST, BOOSTED, pixelMap, referencePixelMap } from './saliency/input.js';
export { FIRST_ORDER, firstOrderMap, type AttributionOptions, type FirstOrder } from './saliency/attribution.js';
export { rocArea } from './saliency/roc.js';
export { fingerprint, samePicture, type Fingerprint } from './saliency/same-picture.js';
export { findCauses, nearestMistakes, type Cause, type Causes, type CausesInput, type Mistake } from './causes/causes.js';
export { type GroupingOptions, type NeighborLists } from './causes/graph.js';
export { type SharedBeyondChance } from './causes/shared.js';
export { planeOf } from './causes/projection.js';
export { tryGroup, type Trial, type TrialMember, type TrialOptions, type TrialOutcome } from './causes/trial.js';
export { isBlank, livingFilters, NeighborSearch, writeUnitRow, type Neighbor, type SearchOptions } from './saliency/neighbors.js';
export { sharedFilters, type SharedFilter } from './saliency/shared-filters.js';
export { confusionBlock, type ConfusionBlock } from './saliency/confusion-block.js';
export { isSurprising, SUSPECT, SuspectSearch, type LabelDoubt, type SurprisingAnswer } from './saliency/suspects.js';
export { BAND, GROUPS, RunSummary, type ClassCount, type Confusion, type Curve, type Group, type GroupProfile,
  type LayerShare } from './saliency/summary.js';

export { type Peaks } from './saliency/peaks.js';
export { receptiveField, type Field } from './saliency/field.js';
export { describeFilter, QUANTILES, type Distribution, type FilterGroup, type FilterResponse,
  type FilterSample } from './saliency/responses.js';

// ---- attribution: ten ways to say which pixels an answer rests on --------------------------------------------------

export { Attributor, COMPLETE as COMPLETE_METHODS, type AttributorOptions, type Completeness } from './attribution/attributor.js';
export { METHODS, methodOf, pixelScore, type Method, type MethodName } from './attribution/methods.js';
export { drawsFromArrays, drawsFromSeed, type DrawArrays, type DrawOptions, type Draws } from './attribution/draws.js';
export { Refusal } from './attribution/rules.js';
export type { WeightChanges } from './attribution/weights.js';

// ---- the method as graphs, to build others from --------------------------------------------------------------------

export { profileNodes, weightGradPerSample, type Aggregation, type ProfileNodes, type ProfileOptions } from './saliency/profile.js';
export { inputMapNodes, type InputMapNodes, type Standardization } from './saliency/input.js';
export { BOOSTS as BOOST_INPUT, LABELS as LABEL_INPUT, MASK as MASK_INPUT, MEAN as MEAN_INPUT, questionGraph, STD as STD_INPUT,
  type Question, type QuestionGraph } from './saliency/questions.js';

// ---- a sparse last layer read: which features decide, and which made a mistake -------------------------------------

export { ownLayer, Reading, type LastLayer, type Weighted } from './sparse/reading/layer.js';
export { contributions, type Contribution } from './sparse/reading/contributions.js';
export { answerBlame, type AnswerBlame } from './sparse/reading/blame.js';
export { fewestToFlip, randomToFlip, runnerUp, type Flip } from './sparse/reading/flip.js';
export { counterfactuals, flipCounts, type Counterfactual, type CounterfactualOptions,
  type FlipCounts } from './sparse/reading/counterfactuals.js';
export { blamedMistakes, byFeature, repairs, type BlamedMistake, type BlameGroup, type Control,
  type Repairs } from './sparse/reading/mistakes.js';
export { agreement, type Agreement } from './sparse/reading/agreement.js';
export { interventions, randomChange, sharedFeatures, type Accuracies, type Intervention, type Interventions,
  type SharedFeature } from './sparse/reading/intervention.js';
export { classListings, featureListings, type ClassFeature, type ClassListing, type FeatureListing } from './sparse/reading/listing.js';
export { predictability, type Predictability } from './sparse/reading/predictability.js';
export { FeatureNetwork, type PictureFeatures } from './sparse/reading/feature-network.js';
export { featureMaps, occlusion, occlusionMap, shareOutside, type Occlusion } from './sparse/reading/maps.js';
export { outsideShare, type BoxedPicture, type OutsideShare } from './sparse/reading/outside.js';
export { penultimate, pooledFilters } from './sparse/reading/penultimate.js';
export type { BlamedFeature, FeatureBlame } from './report/sparse-reading/blame.js';

// ---- a network or a picture changed, and what it then answers ------------------------------------------------------

export { answerOf, maskOf, turnOff, turnOffEach, type Answer, type Subject } from './saliency/off.js';
export { CHOICES, chooseFilters, chooseSets, lastStage, type ChooseFrom, type Choice } from './saliency/controls.js';
export { FineTuner, type FineTunerOptions } from './saliency/finetune.js';
export { normalizedStep, tunedWeights, type Step, type WeightGradient, type WeightPatch } from './saliency/step.js';
export { FILLS, fillPixels, randomPixels, salientPixels, shiftMap, type Fill, type Normalization,
  type PictureShape } from './saliency/masking.js';
export { Random } from './saliency/random.js';

// ---- experiments: what sections 3.1, 3.3 and 3.4 measure -----------------------------------------------------------
// For each a function for one sample, one for what all samples come to, and the paper's claims compared with what was found.

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
export { bootstrapDifference, bootstrapMean, bootstrapMeans, constantInterval, RESAMPLES, type Interval,
  type Range } from './saliency/bootstrap.js';
export { mcnemar, pairedT, wilcoxonSignedRank, type TestResult } from './saliency/significance.js';
export { atMostOf, shareOf } from './saliency/binomial.js';

// ---- neuron pictures: what excites a class, a filter or a feature most ---------------------------------------------

export { RATE, STEPS, visualize, type NeuronPicture, type VisualizeOptions, type VisualizeSettings } from './visualize/visualize.js';
export { type Unit } from './visualize/objective.js';
export { NO_TRANSFORMATIONS, usualTransformations, type Transformations } from './visualize/transformations.js';
export { neuronsPage, neuronsText, neuronPixels, type DrawnUnit, type NeuronsResult } from './report/visualize/page.js';

// ---- traces: the weights that one picture needs (SPADE) ------------------------------------------------------------

export { Tracer, traceWeights, withTrace, type Faithfulness, type Trace, type TracerOptions } from './spade/trace.js';
export { prunableLayers, type LayerMatrix, type LayerUse, type SpadeLayer } from './spade/layers.js';
export { layerSolver, solveLayer, SOLVERS, type LayerSolver, type SolvedLayer, type SolveOptions, type Solver } from './spade/solve.js';
export { Hessians } from './spade/hessians.js';
export { defaultSparsities, sparsitiesFrom, uniformSparsities, type SparsityTable } from './spade/sparsities.js';
export { drawView, fromPrepared, makeView, parseViewParameters, realPicture, VIEW_PRESETS, type RealPicture, type ViewParameters,
  type ViewPreset, type ViewRanges } from './spade/views.js';
export { recordOf, type LayerRecord, type TraceRecord } from './spade/record.js';

// ---- do traces help: known pixels, insertion, deletion, controls ---------------------------------------------------

export { CAUSAL, scorePicture, VARIANTS, type MethodScores, type PictureScores, type PictureToScore, type ScoreOptions,
  type Variant } from './spade/evaluate.js';
export { analyseEvaluation, COLUMNS as EVALUATION_COLUMNS, type Column as EvaluationColumn, type Evaluation } from './spade/evaluation.js';
export { magnitudeControl, randomControl } from './spade/controls.js';
export { causalAreas, type CausalAreas } from './saliency/insertion.js';
export { boxMean } from './saliency/box-mean.js';
export { evaluationCsv, evaluationPage, evaluationSentences, evaluationText, type EvaluationExample,
  type EvaluationResult } from './report/spade/evaluate.js';

// ---- two networks over the same pictures ---------------------------------------------------------------------------

export { compareAnswers, type AnswerPair, type ClassComparison, type Comparison, type LabelledAnswer } from './saliency/compare.js';
export { changedCsv, classComparisonCsv, comparisonJson, comparisonText, verdictOf as comparisonVerdict, type ComparedRow, type ComparedRun,
  type ComparisonResult } from './report/comparison.js';

// ---- irreproducibility: networks that differ only in what is random --------------------------------------------------

export { completeSetting, DEFAULTS as DEFAULT_SETTING, type Setting } from './reproducibility/setting.js';
export { runReplicates, runSetting, type Result as SettingResult } from './reproducibility/experiment.js';
export type { TaskData } from './reproducibility/task.js';
export { bufferShuffle, type Orders } from './reproducibility/order.js';
export { trainModels, type Trained, type TrainingTask, type TrainOptions } from './reproducibility/train.js';
export type { TrainedNetwork } from './kernels/train-network.js';
export type { KernelActivation } from './kernels/activation-slopes.js';
export { jackknife, measuresOf, type Measures, type Truth } from './reproducibility/measures.js';
export { parseSweep, type Cell as SweepCell, type Sweep } from './reproducibility/sweep.js';
export { analyseSweep, type CellResult, type Compared, type Effect, type Outcome, type SweepResult } from './reproducibility/effects.js';
export { classMeasures, type Answers, type ClassMeasures, type PairMeasures } from './reproducibility/classes.js';
export { explanationAgreement, type ExplanationAgreement, type Profiles } from './reproducibility/explanations.js';
export { ACTIVATIONS, activate, gelu, scaledSoftplus, selu, smelu, swish, type ActivationName } from './engine/activations.js';

// ---- the report: one page that says why a picture was called what it was -------------------------------------------

export { gatherReport, type ReportContext, type ReportSubject } from './report/gather.js';
export { alsoSentence, sharingOf, type Sharing } from './report/also.js';
export type { Changed, ClassAnswer, FilterAnswer, Neighbor as ReportNeighbor, OtherAnswer, PixelStep, RandomChanged, Report,
  Response as FilterResponseInReport, Spread, Step as ReportStep, Verdict as ReportVerdict } from './report/data.js';
export { reportPictures, shownPicture, type EncodePicture, type PicturesToShow, type PictureUse, type ReportPictures,
  type ResponsePictures } from './report/pictures.js';
export { heatmap, linearDrawing, overlay, referenceDrawing, type MapDrawing, type Rgb } from './report/colors.js';
export { encodeByCanvas } from './report/canvas.js';
export { renderReport, renderReports, type IllustratedReport, type ReportScripts } from './report/render.js';
export { type ChartScripts } from './report/page/page.js';

export { doubtSentence, suspectLines, suspectsCsv, type SuspectRow } from './report/suspects.js';
export { cutPatch, outlinePatch, patchOf } from './report/patch.js';
export { filterCsv, filterGroupsCsv, filterJson, filterText, type FilterPicture, type FilterResult } from './report/filter.js';

// ---- the engine: graphs, their gradients, and running them on a device ---------------------------------------------

export { Device, describeAdapter, OutOfMemory, type AdapterDescription, type DeviceOptions } from './engine/device.js';
export * as graph from './engine/layers.js';
export { topological, type Node } from './engine/graph.js';
export type { AttrsOf, ConvAttrs, ConvInputGradAttrs, ConvWeightGradAttrs, FilterSaliencyAttrs, InputAttrs, LiteralAttrs, MatmulAttrs,
  NoAttrs, OpName, PadAttrs, Pair, PoolAttrs, PoolTransposeAttrs, Shape, SliceAttrs } from './engine/attrs.js';
export type { PointwiseFn } from './kernels/functions.js';
export { grad, type WayBack } from './engine/grad.js';
export { sgdStep, velocityName, type SgdOptions, type SgdStep } from './engine/sgd.js';
export { memoryOf, planGraph, type Dispatch, type Place, type Plan, type PlannedTensor, type PlanOptions } from './engine/plan/plan.js';
export type { Binding, Kernel, Target } from './kernels/kernel.js';
export { Program, WeightStore, type ProgramOptions, type RunOptions } from './engine/run/program.js';
export type { PreparedDispatch } from './engine/run/steps.js';
export type { Backend, Compiled, CompileOptions, Outputs, WeightValues } from './engine/run/backend.js';
export { Programs, type AnswerOptions, type Batch, type ProgramsOptions, type Values } from './engine/run/programs.js';
