import { defineRegistry, type Registry } from '@podium/core';
import { fineTune } from './fine-tune.ts';
import { fineTuneGently } from './fine-tune-gently.ts';
import { fresh } from './fresh.ts';
import { probe } from './probe.ts';
import type { Recipe } from './recipe.ts';

export type { Recipe, RecipeContext } from './recipe.ts';

/** Ways to train that a race tries, in the order of trying for images unlike those of pretraining. */
export const recipes: Registry<Recipe> = defineRegistry([probe, fineTune, fresh, fineTuneGently], {
  kind: 'recipe',
});
