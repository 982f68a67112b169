import { combinators, transforms } from '@podium/augment';
import { defineRegistry, type Registry } from '@podium/core';
import { checks, foldMethods, layouts, samplers } from '@podium/dataset';
import { methods, rules } from '@podium/ensemble';
import { metrics } from '@podium/metrics';
import { methods as labelMethods } from '@podium/pseudo-label';
import { pretrainingTasks, semiSupervisedMethods } from '@podium/semi-supervised';
import { forms, rules as lintRules } from '@podium/submission';
import { trackers } from '@podium/trackers';
import { losses, optimizers, schedules } from '@podium/training';
import type { z } from 'zod';
import { GIVEN_BY_RUN } from '../models/schedule.ts';
import { presets } from '../presets/index.ts';
import { recipes } from '../race/recipes/index.ts';
import { recipe } from '../recipe/recipe.ts';
import { aliasesOf } from './aliases.ts';
import { type CatalogSetting, settingsOf } from './settings-of.ts';

export type { CatalogSetting } from './settings-of.ts';

/** One thing that settings can name. */
export interface CatalogEntry {
  readonly name: string;
  /** One sentence, or a few words. */
  readonly summary: string;
  /** Other names that settings may use. */
  readonly aliases: readonly string[];
  readonly settings: readonly CatalogSetting[];
}

/** One kind of things: `losses`. */
export interface CatalogKind {
  /** `losses` */
  readonly name: string;
  /** What they are, in a few words. */
  readonly summary: string;
  /** The settings that name them, as dotted paths. */
  readonly keys: readonly string[];
  /** How settings name one, in YAML. */
  readonly example: string;
  readonly entries: () => readonly CatalogEntry[];
}

/** What settings of losses and optimizers a run fills in from settings of its own. */
export const FILLED_IN = {
  optimizer: ['learningRate', 'weightDecay'],
  loss: ['labelSmoothing', 'classWeights', 'columnWeights'],
  schedule: GIVEN_BY_RUN,
} as const;

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly settings?: z.ZodObject;
}

/** The entries of registries. @param left settings that are not for users */
function entriesOf(registries: readonly Registry<Described>[], left: readonly string[] = []): CatalogEntry[] {
  return registries.flatMap((registry) =>
    registry.list().map(({ name, summary, settings }) => ({
      name,
      summary,
      aliases: aliasesOf(registry.kind, name),
      settings: settings === undefined ? [] : settingsOf(settings, left),
    })),
  );
}

/** What an image has, by task. */
const PREDICTED = {
  'single-label': 'one class',
  'multi-label': 'several labels',
  regression: 'numbers',
} as const;

/**
 * Everything that settings can name, except models: `podium list` and docs/catalogue.md show it, and errors about unknown
 * names point to it.
 *
 * @example
 * for (const { name, settings } of catalog.get('losses').entries()) console.log(name, settings.map(({ name }) => name));
 */
export const catalog: Registry<CatalogKind> = defineRegistry<CatalogKind>(
  [
    {
      name: 'metrics',
      summary: 'what a competition scores by',
      keys: ['metric'],
      example: 'metric: f1-macro',
      entries: () =>
        metrics.list().map(({ name, meaning, direction, tasks, needs }) => ({
          name,
          summary: `${meaning} ${direction === 'higher' ? 'Higher' : 'Lower'} is better; ${tasks
            .map((task) => PREDICTED[task])
            .join(' or ')} per image; from ${needs}.`,
          aliases: aliasesOf(metrics.kind, name),
          settings: [],
        })),
    },
    {
      name: 'losses',
      summary: 'what training makes small',
      keys: ['train.loss', 'models[].loss'],
      example: 'train: { loss: { name: focal, gamma: 2 } }',
      entries: () => entriesOf([losses as never], FILLED_IN.loss),
    },
    {
      name: 'optimizers',
      summary: 'how a step changes the weights',
      keys: ['train.optimizer', 'models[].optimizer'],
      example: 'train: { optimizer: { name: sgd, momentum: 0.9 } }',
      entries: () => entriesOf([optimizers as never], FILLED_IN.optimizer),
    },
    {
      name: 'schedules',
      summary: 'the learning rate over time',
      keys: ['train.schedule', 'models[].schedule'],
      example: 'train: { schedule: one-cycle }',
      entries: () => entriesOf([schedules as never], FILLED_IN.schedule),
    },
    {
      name: 'augmentations',
      summary: 'random changes of training images, as steps of a pipeline',
      keys: ['train.augment', 'models[].augment'],
      example: 'train: { augment: [{ randomResizedCrop: { size: 224 } }, horizontalFlip] }',
      entries: () => entriesOf([transforms, combinators]),
    },
    {
      name: 'mixers',
      summary: 'mixtures of two training images and their labels',
      keys: ['train.mixup', 'train.cutmix'],
      example: 'train: { mixup: 0.2 }',
      entries: () =>
        (['mixup', 'cutmix'] as const).map((name) => {
          const { schema } = recipe[name];
          const { description = '', default: fallback } = schema.meta() as Record<string, string | undefined>;
          const [takes] = settingsOf({ shape: { [name]: schema } } as unknown as z.ZodObject);
          const setting = { ...takes!, default: fallback?.replaceAll('`', ''), required: false };
          return { name, summary: description, aliases: [], settings: [setting] };
        }),
    },
    {
      name: 'samplers',
      summary: 'which training images are shown per epoch, and in which order',
      keys: ['train.sampler', 'models[].sampler'],
      example: 'train: { sampler: { name: class-balanced, power: 0.5 } }',
      entries: () => entriesOf([samplers as never]),
    },
    {
      name: 'folds',
      summary: 'how rows are assigned to folds',
      keys: ['folds.method'],
      example: 'folds: { method: stratified-group, count: 5 }',
      entries: () => entriesOf([foldMethods]),
    },
    {
      name: 'pseudo',
      summary: 'how unlabeled images get labels',
      keys: ['pseudo.method'],
      example: 'pseudo: { method: curriculum, options: { start: 30 } }',
      entries: () => entriesOf([labelMethods, semiSupervisedMethods as never]),
    },
    {
      name: 'pretraining',
      summary: 'self-supervised tasks before training',
      keys: ['train.pretrain.method', 'models[].pretrain.method'],
      example: 'train: { pretrain: { method: rotation, epochs: 20 } }',
      entries: () => entriesOf([pretrainingTasks as never]),
    },
    {
      name: 'ensembles',
      summary: 'how several models are blended',
      keys: ['ensemble.method'],
      example: 'ensemble: { method: selection, options: { steps: 50 } }',
      entries: () => entriesOf([rules, methods]),
    },
    {
      name: 'presets',
      summary: 'how much is computed',
      keys: ['preset'],
      example: 'preset: good',
      entries: () => entriesOf([presets]),
    },
    {
      name: 'recipes',
      summary: 'ways to train that a race tries',
      keys: ['recipes'],
      example: 'recipes: [probe, fine-tune]',
      entries: () => entriesOf([recipes]),
    },
    {
      name: 'forms',
      summary: 'what the CSV looks like',
      keys: ['submission.form'],
      example: 'submission: { form: label, options: { head: species } }',
      entries: () => entriesOf([forms as never], ['form']),
    },
    {
      name: 'layouts',
      summary: 'how a competition folder is laid out',
      keys: ['data.layout', 'external[].layout'],
      example: 'data: { folder: data, layout: csv, options: { train: train.csv } }',
      entries: () => entriesOf([layouts]),
    },
    {
      name: 'checks',
      summary: 'what the images and tables are checked for',
      keys: ['data.accept'],
      example: 'data: { folder: data, accept: [near-duplicates-across-splits] }',
      entries: () => entriesOf([checks]),
    },
    {
      name: 'rules',
      summary: 'what a submission is checked for',
      keys: ['submission.accept'],
      example: 'submission: { accept: [one-class] }',
      entries: () => entriesOf([lintRules]),
    },
    {
      name: 'trackers',
      summary: 'who records the curves and mistakes of trainings',
      keys: ['trackers'],
      example: 'trackers: [tensorboard, wandb]',
      entries: () => entriesOf([trackers]),
    },
  ],
  { kind: 'list' },
);

/** The command that lists what a registry holds, for the fix of an unknown name. */
export function listOf(kind: string): string {
  return kind === 'model' ? 'podium models list' : `podium list ${LISTS.get(kind) ?? ''}`.trim();
}

/** By kind of registry. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['metric', 'metrics'],
  ['loss', 'losses'],
  ['optimizer', 'optimizers'],
  ['schedule', 'schedules'],
  ['transform', 'augmentations'],
  ['combinator', 'augmentations'],
  ['sampler', 'samplers'],
  ['fold method', 'folds'],
  ['pseudo-label method', 'pseudo'],
  ['semi-supervised method', 'pseudo'],
  ['pretraining task', 'pretraining'],
  ['ensemble method', 'ensembles'],
  ['blending rule', 'ensembles'],
  ['preset', 'presets'],
  ['recipe', 'recipes'],
  ['submission form', 'forms'],
  ['layout', 'layouts'],
  ['check', 'checks'],
  ['lint rule', 'rules'],
  ['tracker', 'trackers'],
]);
