import type { Precision } from '@podium/engine';
import type { ModelCandidate } from '../recipe/resolve-config.ts';
import { modelName } from '../recipe/resolve-config.ts';
import { NOT_FOR_PROBES } from '../recipe/unused-settings.ts';
import type { ModelSettings, TrainingSettings } from '../settings/schema.ts';
import type { Recipe, RecipeContext } from './recipes/index.ts';

/** A network and a way to train it. */
export interface RaceCandidate extends ModelCandidate {
  readonly recipe: Recipe;
}

/** A network that starts from initial weights, where the others are pretrained. */
const FRESH: ModelCandidate = { settings: { model: 'small-net' }, weights: undefined };

/** What the user has written, as far as it has a value. */
type Written = Readonly<Record<string, unknown>>;

/**
 * Every network by every recipe that fits it and the settings that were written for it, in the order of the recipes.
 * @param train settings for all models, which win over a recipe's
 * @param precision the fastest of this machine
 * @param listed whether the settings name the networks: then no other one joins, unless `recipes` are named, too
 */
export function raceCandidates(
  candidates: readonly ModelCandidate[],
  recipes: readonly Recipe[],
  context: Omit<RecipeContext, 'weights' | 'imageSize'>,
  {
    train,
    precision,
    addsFresh,
  }: {
    readonly train: TrainingSettings;
    readonly precision: Precision;
    readonly addsFresh: boolean;
  },
): RaceCandidate[] {
  const hasFresh = candidates.some(({ weights }) => weights === undefined);
  const all = hasFresh || !addsFresh ? candidates : [...candidates, FRESH];
  const found = recipes.flatMap((recipe) =>
    all.flatMap((candidate): RaceCandidate[] => {
      const { imageSize = train.imageSize } = candidate.settings;
      const own = { ...context, weights: candidate.weights, imageSize };
      if (recipe.unfit(own) !== undefined) return [];
      const written = writtenOf(train, candidate.settings);
      const training = { ...recipe.training(own), precision };
      if (contradicts(training, written)) return [];
      return [{ ...candidate, recipe, settings: { ...without(training, train), ...candidate.settings } }];
    }),
  );
  return found.map((candidate) => {
    const name = candidate.settings.name ?? modelName(candidate.settings);
    const isOnly =
      found.filter(({ settings }) => (settings.name ?? modelName(settings)) === name).length === 1;
    return isOnly
      ? candidate
      : { ...candidate, settings: { ...candidate.settings, name: `${name}-${candidate.recipe.name}` } };
  });
}

function writtenOf(train: TrainingSettings, model: ModelSettings): Written {
  return Object.fromEntries(
    Object.entries({ ...train, ...model }).filter(([, value]) => value !== undefined),
  );
}

/** Whether the user asked for another way to train. */
function contradicts({ method }: TrainingSettings, written: Written): boolean {
  if (written.method !== undefined) return written.method !== method;
  if (method === 'probe')
    return written.pretrain !== undefined || NOT_FOR_PROBES.some((key) => key in written);
  if (method === 'full' && written.plan !== undefined) return true;
  return false;
}

/** Settings of a recipe that the user left open. */
function without(training: TrainingSettings, train: TrainingSettings): TrainingSettings {
  return Object.fromEntries(
    Object.entries(training).filter(([key]) => train[key as keyof TrainingSettings] === undefined),
  );
}
