/**
 * What settings and code of a user's own import from `@podium/app`.
 *
 * - **Settings** in TypeScript: `export default defineConfig({ ... })` in `podium.config.ts`.
 * - **A model**: a function `(argument, context: OwnModelContext) => ImageModel`.
 * - **A stage** after the blend reads and writes a prediction a head: `readHeads`, `writeHeads`.
 */
export { type HeadPredictions, readHeads, writeHeads } from './artefacts/head-predictions.ts';
export { defineConfig } from './settings/define-config.ts';
export type { Settings, SettingsInput } from './settings/schema.ts';
export type { OwnModelContext } from './stages/support/model.ts';
