/**
 * A run as one self-contained HTML file; pure: data in, text out. No TensorFlow.
 *
 * - **`renderReport(data)`**: the score and how far it may be trusted, what the model gets wrong, why, and how it was made.
 * - **`renderComparison(a, b)`**: two runs side by side, with what differs.
 * - **`samplesOf(predictions)`**: the rows of a report. **Images** are data URIs: `imageDataUri(bytes)`; `planThumbnails` says how large they may be.
 * - **`patchText`** is what the page writes when labels are corrected: dataset's `podium-patch/1`.
 * - **`projectMap`** lays features out in two dimensions.
 */
export type { ScoreDifference } from './comparison/pair.ts';
export { imageDataUri } from './page/image-data-uri.ts';
export { type PatchEntry, patchText } from './patch.ts';
export { planThumbnails, type ThumbnailNeeds, type ThumbnailPlan } from './plan-thumbnails.ts';
export { type ProjectOptions, projectMap } from './project-map.ts';
export { type ComparisonOptions, renderComparison } from './render-comparison.ts';
export { type RenderOptions, renderReport } from './render-report.ts';
export type {
  Calibration,
  ClassScores,
  Curve,
  CurvePoint,
  Ensemble,
  Explanation,
  FeatureMap,
  Finding,
  FoldScore,
  Interval,
  Label,
  LabelIssue,
  MapPoint,
  MetricText,
  PseudoLabels,
  Rebuild,
  ReportData,
  Sample,
  Score,
  Sheet,
  StageCost,
  StageKey,
} from './report-data.ts';
export { type SamplesOptions, samplesOf } from './samples-of.ts';
