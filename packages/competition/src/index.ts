/**
 * What settings and code of a user's own import from `@podium/app`.
 *
 * - **Settings** in TypeScript: `export default defineConfig({ ... })` in `podium.config.ts`.
 * - **A model**: a function `(argument, context: OwnModelContext) => ImageModel`.
 * - **A stage** after the blend reads and writes a prediction a head: `readHeads`, `writeHeads`.
 */
export {
  type HeadPredictions,
  type HeadPredictions,
  readHeads,
  readHeads,
  writeHeads,
} from './artifacts/head-predictions.ts';
export { readJsonFile } from './artifacts/json.ts';
export { examine } from './doctor/examine.ts';
export type { TeacherRecord } from './external/student-rows.ts';
export { graphOf, sourcesOf, threadsOf } from './graph/recorded-graph.ts';
export { scored } from './heads/scored-rows.ts';
export type { OwnModelContext } from './models/open-model.ts';
export { SMALL_NET } from './models/open-model.ts';
export { listImages } from './predict/list-images.ts';
export { predictRun } from './predict/predict-run.ts';
export { presets } from './presets/index.ts';
export { type Candidate, chooseTraining } from './recipe/resolve-config.ts';
export { findWeights } from './recipe/weights.ts';
export { pseudoSection } from './report/pseudo-section.ts';
export { reportData } from './report/report-data.ts';
export type { DataFacts } from './run/dataset-summary.ts';
export { outputsOf, prepare } from './run/prepare.ts';
export { openProject, type Project, runProject, tellDownload } from './run/project.ts';
export { type PseudoResults, pseudoResults } from './run/pseudo-results.ts';
export { type Finished, overall } from './run/publish.ts';
export { runCompetition, withProject } from './run/run-competition.ts';
export { type FoundRun, findRun, instanceOf, storedOutputs } from './run/run-record-file.ts';
export { nameProblems } from './settings/check-names.ts';
export { defineConfig } from './settings/define-config.ts';
export { type FoundSettings, readSettings } from './settings/read-settings.ts';
export type { Settings, SettingsInput } from './settings/schema.ts';
export { type ModelSettings, type SettingsInput, settingsSchema } from './settings/schema.ts';
export type { AdmissionReport } from './stages/admit-external.ts';
export type { BlendReport } from './stages/blend.ts';
export type { MemberVerdict } from './stages/choose-member.ts';
export type { PseudoRowsReport } from './stages/pseudo-rows.ts';
export type { ScoreInterval, ScoreReport } from './stages/score.ts';
