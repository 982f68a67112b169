/**
 * A run as one self-contained HTML file. Pure functions: data in, text out. No TensorFlow.
 *
 * @example
 * const samples = samplesOf(predictions, { truth, image: (id) => id });
 * const images = { 'cat-1.jpg': imageDataUri(await readFile('cat-1.jpg')) };
 * await writeFile('report.html', renderReport({ title: 'My run', score: { value: 0.91 }, classes, samples, images }));
 */

// Pages.

export type { ScoreDifference } from './comparison/pair.ts';
export { type ComparisonOptions, renderComparison } from './render-comparison.ts';
export { type RenderOptions, renderReport } from './render-report.ts';

// What a report shows.

export type {
  Augmentation,
  Calibration,
  ClassCurves,
  ClassScores,
  Curve,
  CurvePoint,
  Ensemble,
  Explanation,
  FeatureMap,
  Finding,
  FoldScore,
  HeadResults,
  Interval,
  Label,
  LabelIssue,
  LabelMistakes,
  MapPoint,
  MetricText,
  ModelScore,
  NumberResults,
  PseudoLabels,
  Race,
  RaceRow,
  Rebuild,
  ReportData,
  Sample,
  Score,
  StageCost,
  StageKey,
  SubmissionChecks,
  TestImage,
  TestPredictions,
} from './report-data.ts';

// Helpers that prepare data.

export { imageDataUri } from './page/image-data-uri.ts';
export { type PatchEntry, patchText } from './patch-text.ts';
export { planThumbnails, type ThumbnailNeeds, type ThumbnailPlan } from './plan-thumbnails.ts';
export { type ProjectOptions, projectMap } from './project-map.ts';
export { type SamplesOptions, samplesOf } from './samples-of.ts';
