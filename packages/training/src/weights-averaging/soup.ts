import { PodiumError } from '@podium/core';
import { type AnyModule, loadStateDict, type StateDict, type StateTensor, stateDict } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import type { TrainingBatch } from '../batches/index.ts';
import { type RefreshOptions, refreshStatistics } from './refresh-statistics.ts';
import { WeightSum } from './weight-sum.ts';

/** Weights of one model that may go into a soup. */
export interface SoupIngredient {
  /** Unique, for messages and results: `fold 0, seed 3`. */
  readonly name: string;
  /** The weights, a safetensors file, or a function that reads them when they are needed. */
  readonly weights: StateDict | string | (() => StateDict | Promise<StateDict>);
}

export interface SoupOptions {
  /**
   * Applied to an average of two or more before it is scored or returned: {@link refreshedBy} recomputes the running
   * statistics of batch norms. Default: running statistics are averaged like weights.
   */
  readonly finish?: (weights: StateDict) => StateDict | Promise<StateDict>;
}

export interface GreedySoupOptions extends SoupOptions {
  /** Score on held-out data. Not the test data: the choice is fitted to it. */
  readonly score: (weights: StateDict) => number | Promise<number>;
  /** Whether a higher (default) or a lower score is better. */
  readonly mode?: 'max' | 'min';
}

export interface GreedySoup {
  readonly weights: StateDict;
  /** Held-out score of the soup; never worse than that of its best ingredient alone. */
  readonly score: number;
  /** Names of the ingredients in it, in the order they were added. */
  readonly ingredients: readonly string[];
  /** Everything that was tried, from the best alone to the worst. */
  readonly tried: readonly {
    readonly name: string;
    /** Score of the ingredient alone. */
    readonly alone: number;
    /** Score of the soup with it. */
    readonly withIt: number;
    readonly added: boolean;
  }[];
}

/**
 * The mean of the weights of several trainings of one model that started from the same weights. If they lie in one basin
 * of the loss, it is about as good as their ensemble at the price of one model (model soups: Wortsman et al. 2022, arXiv
 * 2203.05482). Sums are in float64 in the given order, the result is float32.
 *
 * Whole numbers are not averaged: `num_batches_tracked` is that of the first ingredient, other tables must be equal.
 *
 * @returns weights in PyTorch's shapes and order; those of a single ingredient unchanged
 * @throws PodiumError `training-soup` naming the tensor and the ingredient if names, shapes or dtypes differ
 *
 * @example
 * const weights = await uniformSoup(folds.map((file) => ({ name: file, weights: file })));
 * loadStateDict(model, weights);
 */
export async function uniformSoup(
  ingredients: readonly SoupIngredient[],
  { finish }: SoupOptions = {},
): Promise<StateDict> {
  assertNames(ingredients);
  const sum = new WeightSum();
  for (const { name, weights } of ingredients) sum.add(await readWeights(weights), name);
  const mean = sum.mean();
  return finish === undefined || sum.count === 1 ? mean : await finish(mean);
}

/**
 * A soup of the ingredients that help: from the best alone to the worst, each is added and kept unless the held-out score
 * of the mean drops (Wortsman et al. 2022, recipe 1). Ties are tried in the order of their names, so the given order does
 * not matter. Two state dicts and a sum in float64 are in memory at a time.
 *
 * @throws PodiumError as {@link uniformSoup} does, and for a score that is not finite
 */
export async function greedySoup(
  ingredients: readonly SoupIngredient[],
  options: GreedySoupOptions,
): Promise<GreedySoup> {
  assertNames(ingredients);
  const { finish, mode = 'max' } = options;
  const isWorse = (score: number, than: number) => (mode === 'max' ? score < than : score > than);
  const scoreOf = async (weights: StateDict, what: string) => {
    const value = await options.score(weights);
    if (Number.isFinite(value)) return value;
    throw problem(`the score of ${what}`, 'a finite number', String(value), 'check the score function');
  };
  const candidates: { readonly ingredient: SoupIngredient; readonly alone: number }[] = [];
  for (const ingredient of ingredients) {
    const { name, weights } = ingredient;
    candidates.push({ ingredient, alone: await scoreOf(await readWeights(weights), name) });
  }
  candidates.sort((a, b) => {
    if (a.alone !== b.alone) return isWorse(a.alone, b.alone) ? 1 : -1;
    return a.ingredient.name < b.ingredient.name ? -1 : 1;
  });

  const sum = new WeightSum();
  const tried: GreedySoup['tried'][number][] = [];
  let best: { readonly weights: StateDict; readonly score: number } | undefined;
  for (const { ingredient, alone } of candidates) {
    const { name } = ingredient;
    const weights = await readWeights(ingredient.weights);
    const mean = sum.meanWith(weights, name);
    const soup = finish === undefined || best === undefined ? mean : await finish(mean);
    const withIt = best === undefined ? alone : await scoreOf(soup, `the soup with ${name}`);
    const added = best === undefined || !isWorse(withIt, best.score);
    if (added) {
      sum.add(weights, name);
      best = { weights: soup, score: withIt };
    }
    tried.push({ name, alone, withIt, added });
  }
  const added = tried.filter((candidate) => candidate.added).map(({ name }) => name);
  return { ...best!, ingredients: added, tried };
}

/**
 * For {@link SoupOptions.finish}: loads the weights into a model, recomputes the running statistics of its batch norms over
 * training batches, and returns its weights. The model keeps them.
 *
 * @param batches starts from the beginning at each call
 */
export function refreshedBy(
  model: AnyModule,
  batches: () => AsyncIterable<TrainingBatch>,
  options: RefreshOptions = {},
): (weights: StateDict) => Promise<Map<string, StateTensor>> {
  return async function refresh(weights) {
    loadStateDict(model, weights);
    await refreshStatistics(model, batches(), options);
    return stateDict(model);
  };
}

async function readWeights(weights: SoupIngredient['weights']): Promise<StateDict> {
  if (typeof weights === 'string') return (await readSafetensors(weights)).tensors;
  return typeof weights === 'function' ? await weights() : weights;
}

function assertNames(ingredients: readonly SoupIngredient[]): void {
  if (ingredients.length === 0) {
    throw problem('the ingredients of a soup', 'at least one', 'none', 'name the trainings to average');
  }
  const names = ingredients.map(({ name }) => name);
  const duplicate = names.find((name, i) => names.indexOf(name) !== i);
  if (duplicate === undefined) return;
  throw problem('names of ingredients', 'unique names', `"${duplicate}" twice`, 'give each its own name');
}

function problem(message: string, expected: string, got: string, fix: string): PodiumError {
  return new PodiumError({ code: 'training-soup', message, expected, got, fix });
}
