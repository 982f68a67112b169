/**
 * A competition, from its settings to a checked submission, without a terminal. Nothing here prints: pass `onEvent`.
 *
 * @example
 * import { runCompetition } from '@podium/competition';
 *
 * const { paths, score } = await runCompetition(
 *   { competition: 'masks', data: { folder: 'data/masks' }, preset: 'fast' },
 *   { onEvent: ({ type }) => console.error(type) },
 * );
 * console.log(score.score, paths?.csv);
 */

// Your own code: models, transforms, stages
export { type HeadPredictions, readHeads, writeHeads } from './artifacts/head-predictions.ts';
export { meantBy } from './catalog/aliases.ts';
export { type CatalogEntry, type CatalogKind, type CatalogSetting, catalog } from './catalog/catalog.ts';
// Predicting, examining
export { inspectImages } from './data/inspect-images.ts';
export { whyRunStops } from './data/settle-findings.ts';
export { type Examination, type ExamineOptions, examineTraining } from './doctor/examine.ts';
// Running
export type { CompetitionEvent, OnCompetitionEvent, Phase } from './events.ts';
export type { MissingWeights, OpenOptions } from './graph/recorded-sources.ts';
export { metricFor } from './heads/submission-form.ts';
export type { UserModelContext } from './models/open-model.ts';
export type { ApplyContext, ApplyStage } from './predict/apply-stage.ts';
export { type PredictedImages, type PredictImagesOptions, predictImages } from './predict/predict-images.ts';
export { type PredictionTable, predictionTable } from './predict/prediction-table.ts';
export { type Preset, presets } from './presets/index.ts';
export type { RaceReport, RaceRow } from './race/race-report.ts';
export { type ResolvedRecipe, recipe } from './recipe/recipe.ts';
export {
  type ModelCandidate,
  type ResolvedConfig,
  type ResolvedModel,
  resolveConfig,
} from './recipe/resolve-config.ts';
export {
  type RenderedReport,
  type ReportOptions,
  reportComparison,
  reportRun,
} from './report/report-runs.ts';
// Recorded runs
export { type CompareOptions, compareRuns, type RunComparison } from './run/compare-runs.ts';
export type { DatasetSummary } from './run/dataset-summary.ts';
export { type EnsembleOptions, type EnsembleResult, ensembleRuns } from './run/ensemble-runs.ts';
export type { PreparedCompetition } from './run/prepare.ts';
export { type PreparedSending, prepareSending, withCheckedFile } from './run/prepare-sending.ts';
export type { ProjectOptions } from './run/project.ts';
export type { PseudoResults } from './run/pseudo-results.ts';
export { type LintResult, type PublishedRun, scoreInterval } from './run/publish.ts';
export { type RebuildOptions, type RebuildResult, rebuildSubmission } from './run/rebuild.ts';
export { findRun, type RecordedRun } from './run/recorded-run.ts';
export {
  type CompetitionPlan,
  type CompetitionResult,
  planCompetition,
  type RunCompetitionOptions,
  runCompetition,
  type SettingsSource,
} from './run/run-competition.ts';
export { type TrainingResult, trainCompetition } from './run/train-competition.ts';
export { type RunVerification, verifyRun } from './run/verify-run.ts';
export { type WorkOptions, workOnStore } from './run/work-on-store.ts';
export { nameProblems } from './settings/check-names.ts';
// Settings
export { defineConfig } from './settings/define-config.ts';
export { settingPaths } from './settings/meant-key.ts';
export { isOverride } from './settings/overrides.ts';
export { readSettings, type SettingsFile, settingsFrom } from './settings/read-settings.ts';
export {
  type ModelSettings,
  type Settings,
  type SettingsInput,
  settingsSchema,
} from './settings/schema.ts';
export { settingsJsonSchema, settingValues } from './settings/setting-values.ts';
export { settingsPlaces } from './settings/settings-place.ts';
// What stages report
export type { AdmissionReport } from './stages/admit-external.ts';
export type { BlendReport } from './stages/blend.ts';
export type { MemberVerdict } from './stages/choose-member.ts';
export type { PseudoRowsReport } from './stages/pseudo-rows.ts';
export type { Recommendation } from './stages/recommend.ts';
export { stages } from './stages/registry.ts';
export type { HeadScore, ScoreInterval, ScoreReport } from './stages/score.ts';
// Whether code that a project brings along may run
export {
  describeRequest,
  type Trust,
  type TrustAnswer,
  type TrustRequest,
} from './trust/assert-trusted.ts';
export { trustedFile, trustFolder } from './trust/trusted-file.ts';
