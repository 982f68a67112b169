import { PodiumError } from '@podium/core';
import { type AnyModule, loadStateDict, type StateDict, type StateTensor, stateDict } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import type { TrainingBatch } from '../loop/batch.ts';
import type { Normalization } from '../loop/batch-tensors.ts';
import { refreshStatistics } from '../loop/refresh-statistics.ts';
import { SoupPot } from './soup-pot.ts';

/** Weights of one model that may go into a soup. */
export interface SoupIngredient {
  /** For messages and results: `fold 0, seed 3`. Each has its own. */
  readonly name: string;
  /** The weights, a safetensors file, or a function that reads them when they are needed. */
  readonly weights: StateDict | string | (() => StateDict | Promise<StateDict>);
}

export interface SoupOptions {
  /**
   * What is done to an average of two or more before it is scored or given back: {@link refreshedBy} computes the running
   * statistics of batch norms anew. Default: running statistics are averaged like weights.
   */
  readonly finish?: (weights: StateDict) => StateDict | Promise<StateDict>;
}

export interface GreedySoupOptions extends SoupOptions {
  /** How good weights are on held-out data, which may not be the test data: the choice fits it. */
  readonly score: (weights: StateDict) => number | Promise<number>;
  /** Whether a higher (default) or a lower score is better. */
  readonly mode?: 'max' | 'min';
}

export interface GreedySoup {
  readonly weights: StateDict;
  /** Held-out score of the soup; never worse than that of its best ingredient alone. */
  readonly score: number;
  /** Names of what is in it, in the order in which it was added. */
  readonly ingredients: readonly string[];
  /** All that was tried, from the best alone to the worst. */
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
 * The mean of the weights of several trainings of one model that started from the same weights: as good as their
 * ensemble for the price of one model, where they lie in one valley of the loss (model soups: Wortsman et al. 2022, arXiv
 * 2203.05482). Sums are in float64 in the given order, the result is float32.
 *
 * Whole numbers are not averaged: of `num_batches_tracked` the first ingredient's is kept, other tables must be equal.
 *
 * @returns weights in PyTorch's shapes and order; those of a single ingredient as they are
 * @throws PodiumError `training-soup` naming the tensor and the ingredient where names, shapes or kinds of number differ
 */
export async function uniformSoup(
  ingredients: readonly SoupIngredient[],
  { finish }: SoupOptions = {},
): Promise<StateDict> {
  checkNames(ingredients);
  const pot = new SoupPot();
  for (const { name, weights } of ingredients) pot.add(await readWeights(weights), name);
  const mean = pot.mean();
  return finish === undefined || pot.count === 1 ? mean : await finish(mean);
}

/**
 * A soup of those ingredients that help: from the best alone to the worst, each is added and kept unless the held-out score
 * of the mean falls (Wortsman et al. 2022, recipe 1). Equal ones are tried in the order of their names, so the order in
 * which they are given changes nothing. Two sets of weights and a sum in float64 are in memory at a time.
 *
 * @throws PodiumError as {@link uniformSoup} does, and for a score that is no finite number
 */
export async function greedySoup(
  ingredients: readonly SoupIngredient[],
  options: GreedySoupOptions,
): Promise<GreedySoup> {
  checkNames(ingredients);
  const { finish, mode = 'max' } = options;
  const isWorse = (score: number, than: number) => (mode === 'max' ? score < than : score > than);
  const score = async (weights: StateDict, what: string) => {
    const value = await options.score(weights);
    if (Number.isFinite(value)) return value;
    throw problem(`the score of ${what}`, 'a finite number', String(value), 'look into the score function');
  };
  const alone: { readonly ingredient: SoupIngredient; readonly alone: number }[] = [];
  for (const ingredient of ingredients) {
    const { name, weights } = ingredient;
    alone.push({ ingredient, alone: await score(await readWeights(weights), name) });
  }
  alone.sort((a, b) => {
    if (a.alone !== b.alone) return isWorse(a.alone, b.alone) ? 1 : -1;
    return a.ingredient.name < b.ingredient.name ? -1 : 1;
  });

  const pot = new SoupPot();
  const tried: GreedySoup['tried'][number][] = [];
  let best: { readonly weights: StateDict; readonly score: number } | undefined;
  for (const { ingredient, alone: own } of alone) {
    const { name } = ingredient;
    const weights = await readWeights(ingredient.weights);
    const mean = pot.meanWith(weights, name);
    const soup = finish === undefined || best === undefined ? mean : await finish(mean);
    const withIt = best === undefined ? own : await score(soup, `the soup with ${name}`);
    const added = best === undefined || !isWorse(withIt, best.score);
    if (added) {
      pot.add(weights, name);
      best = { weights: soup, score: withIt };
    }
    tried.push({ name, alone: own, withIt, added });
  }
  const ingredientsOf = tried.filter(({ added }) => added).map(({ name }) => name);
  return { ...best!, ingredients: ingredientsOf, tried };
}

/**
 * For {@link SoupOptions.finish}: puts weights into a model, computes the running statistics of its batch norms over
 * training batches anew (`refreshStatistics`), and gives its weights. The model keeps them.
 *
 * @param batches begins anew at each call
 */
export function refreshedBy(
  model: AnyModule,
  batches: () => AsyncIterable<TrainingBatch>,
  options: { readonly normalization?: Normalization; readonly seed?: string | number } = {},
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

function checkNames(ingredients: readonly SoupIngredient[]): void {
  if (ingredients.length === 0) {
    throw problem('the ingredients of a soup', 'at least one', 'none', 'name the trainings to average');
  }
  const names = ingredients.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw problem('names of ingredients', 'each only once', `"${twice}" twice`, 'name what makes them differ');
}

function problem(message: string, expected: string, got: string, fix: string): PodiumError {
  return new PodiumError({ code: 'training-soup', message, expected, got, fix });
}
