import type { Decide, Decision } from '@podium/core';
import { type ResolvedWeights, models as zoo } from '@podium/model-zoo';
import { type InputSettings, inputSettings } from '../models/input-settings.ts';
import { presets } from '../presets/index.ts';
import type { DatasetSummary } from '../run/dataset-summary.ts';
import type { ModelSettings, Settings } from '../settings/schema.ts';
import type { ChangesReport } from '../stages/measure-changes.ts';
import type { Recommendation } from '../stages/recommend.ts';
import { assertBuildable } from './assert-buildable.ts';
import type { RecipeContext, RecipeField } from './field.ts';
import { tellPseudoDefaults } from './pseudo-defaults.ts';
import { type ResolvedRecipe, recipe } from './recipe.ts';
import type { UserCode } from './shared-schemas.ts';
import { unusedByStudents } from './unused-by-students.ts';
import { assertUsed } from './unused-settings.ts';

/** A model whose recipe is complete. */
export interface ResolvedModel extends ResolvedRecipe {
  readonly name: string;
  readonly model: string | UserCode;
  readonly weights: ResolvedWeights | undefined;
  /** How its input is normalized and resized. */
  readonly input: InputSettings;
}

/** A model to train, before it is known how. */
export interface ModelCandidate {
  readonly settings: ModelSettings;
  readonly weights: ResolvedWeights | undefined;
  /** Where its settings stand: `models[0]`; undefined for one that the settings do not name. */
  readonly path?: string | undefined;
}

/** Everything that a run needs to know and that settings may leave open. */
export interface ResolvedConfig {
  readonly models: readonly ResolvedModel[];
  readonly folds: number;
  /** The folds that are trained and scored. */
  readonly used: readonly number[];
  /** Name of the blending method. */
  readonly ensemble: string;
  readonly decisions: readonly Decision[];
}

/** How many folds the data allows, by the preset. */
export function resolveFolds(settings: Settings, dataset: DatasetSummary, decide: Decide): number {
  if (settings.folds.count !== undefined) return settings.folds.count;
  const { folds: wanted } = presets.get(settings.preset);
  const folds = Math.max(2, Math.min(wanted, dataset.groups));
  const reason = folds < wanted ? `there are only ${dataset.groups} groups` : `preset ${settings.preset}`;
  decide('folds.count', folds, reason);
  return folds;
}

/**
 * Completes the recipe of every model: the model's own settings first, then `train`, then the default of each field.
 * @param measured by the name of the model, for those with pretrained weights
 * @param changes whether changed images keep their classes, where it was asked
 * @param checksUse whether settings without effect are rejected; default: true
 * @throws PodiumError `setting-unused` for a setting that the model, or no model, has no use for
 */
export function resolveConfig({
  settings,
  candidates,
  dataset,
  measured,
  changes,
  folds,
  checksUse = true,
}: {
  readonly settings: Settings;
  readonly candidates: readonly ModelCandidate[];
  readonly dataset: DatasetSummary;
  readonly measured: ReadonlyMap<string, Recommendation>;
  readonly changes?: ChangesReport | undefined;
  readonly folds: number;
  readonly checksUse?: boolean;
}): ResolvedConfig {
  const preset = presets.get(settings.preset);
  const decisions: Decision[] = [];
  const decide: Decide = (key, value, reason) => void decisions.push({ key, value: String(value), reason });
  const taken = new Set<string>();
  const models = candidates.map((candidate) => {
    const merged = { ...settings.train, ...candidate.settings };
    const name = uniqueName(merged, taken);
    return resolveModel(name, merged, candidate.weights, {
      dataset,
      preset,
      recommendation: measured.get(modelName(candidate.settings)) ?? null,
      changes,
      decide: (key, value, reason) => decide(`${name}: ${key}`, value, reason),
    });
  });
  if (checksUse) checkUnused(settings, candidates, models, dataset, decide);
  for (const [i, model] of models.entries()) assertBuildable(model, candidates[i]!.path ?? 'train');
  const ensemble = settings.ensemble.method ?? (models.length === 1 ? 'mean' : preset.ensemble);
  if (settings.ensemble.method === undefined)
    decide('ensemble.method', ensemble, models.length === 1 ? 'a single model' : `preset ${preset.name}`);
  const used = settings.folds.only ?? Array.from({ length: folds }, (_, fold) => fold);
  return { models, folds, used, ensemble, decisions };
}

/** Refuses settings without effect, and tells those that only some models use and those of pseudo labels that are open. */
function checkUnused(
  { train, pseudo }: Settings,
  candidates: readonly ModelCandidate[],
  models: readonly ResolvedModel[],
  dataset: DatasetSummary,
  decide: Decide,
): void {
  const tasks = dataset.heads.map(({ task }) => task);
  const partly = assertUsed(
    train,
    models.map(({ name, method, loss, augment }, i) => {
      const { settings: own, path } = candidates[i]!;
      const use = { method, loss, augment, tasks, isUserModel: typeof own.model !== 'string' };
      return { name, own, path, use };
    }),
  );
  for (const { name, unused } of partly) decide(`${name}: ${unused.key}`, 'not used', unused.message);
  if (pseudo === undefined) return;
  tellPseudoDefaults(pseudo, decide);
  for (const [i, { name, method }] of models.entries()) {
    if (pseudo.models?.includes(name) === false) continue;
    const given = { ...train, ...candidates[i]!.settings };
    for (const { key, message } of unusedByStudents(given, { pseudo: pseudo.method, method }))
      decide(`${name} with ${pseudo.method}: ${key}`, 'not used', message);
  }
}

/** What a model is called unless the settings name it. */
export function modelName({ model }: Pick<ModelSettings, 'model'>): string {
  return typeof model === 'string' ? model : model.export;
}

function uniqueName(settings: ModelSettings, taken: Set<string>): string {
  const base = settings.name ?? modelName(settings);
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}-${i}`;
  taken.add(name);
  return name;
}

function resolveModel(
  name: string,
  settings: ModelSettings,
  weights: ResolvedWeights | undefined,
  {
    dataset,
    preset,
    recommendation,
    changes,
    decide,
  }: Pick<RecipeContext, 'dataset' | 'preset' | 'recommendation' | 'changes'> & { readonly decide: Decide },
): ResolvedModel {
  const { model } = settings;
  const entry = typeof model === 'string' ? zoo.get(model) : undefined;
  const resolved: Record<string, unknown> = {};
  const isMultiLabel = dataset.heads.some(({ task }) => task === 'multi-label');
  const given = new Set(
    Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [key])),
  );
  for (const [key, field] of Object.entries(recipe) as [keyof ResolvedRecipe, RecipeField<never, never>][]) {
    const context: RecipeContext = {
      dataset,
      preset,
      entry,
      weights,
      recommendation,
      changes,
      isMultiLabel,
      given,
      resolved: resolved as never,
      decide: (value, reason, shown = String(value)) => {
        decide(key, shown, reason);
        return value;
      },
    };
    resolved[key] = settings[key] ?? field.resolve(context);
  }
  const complete = resolved as ResolvedRecipe;
  // Layers are frozen by a plan in transfer only, whatever `train` says for all models.
  const plan = complete.method === 'transfer' ? complete.plan : undefined;
  return { name, model, weights, input: inputSettings(weights, entry?.imageSize), ...complete, plan };
}
