import { earlyStoppingSettings } from '@podium/training';
import { z } from 'zod';
import { defaultWarmup } from '../models/schedule.ts';
import { viewNames } from '../models/views.ts';
import {
  defaultAugment,
  defaultColors,
  defaultFlip,
  defaultImageSize,
  defaultMethod,
  defaultPlan,
  defaultViews,
} from './defaults.ts';
import { field, type RecipeField, type RecipeUse } from './field.ts';
import { augmentation, named } from './shared-schemas.ts';
import { hasSetting } from './unused-settings.ts';

const fraction = z.number().min(0).max(1);
const count = z.int().min(1);

/**
 * Everything that says how a model is trained and asked. A field stands here and nowhere else: the settings (`train`,
 * `models[]`), the resolved model, the stages that use it, `podium init`, docs/settings.md and the report all follow. Fields
 * are resolved in this order, so a default may depend on those above it.
 */
export const recipe = {
  pretrain: field(
    z
      .strictObject({
        method: z.string().describe('simclr or rotation'),
        epochs: count.max(100_000),
        batchSize: z.int().min(2).max(65_536).default(64),
        learningRate: z.number().positive().default(1e-3),
        options: z.record(z.string(), z.json()).default({}),
      })
      .optional()
      .meta({
        description:
          'self-supervised pretraining on all training and external images (and test images where pseudo.allowTest is set), without labels',
        example: '{ method: rotation, epochs: 20 }',
        default: 'none',
      }),
    () => undefined,
  ),
  method: field(
    z.enum(['probe', 'transfer', 'full']).meta({
      description:
        'probe: a classifier on frozen features; transfer: fine-tuning; full: all layers from the first step',
      example: 'transfer',
      default: 'as measured',
    }),
    defaultMethod,
  ),
  plan: field(
    z.enum(['enough-similar', 'enough-dissimilar', 'little-similar', 'little-dissimilar']).optional().meta({
      description:
        'which layers transfer freezes until when, by how much data there is and how similar to ImageNet',
      example: 'little-dissimilar',
      default: 'as measured',
    }),
    defaultPlan,
    ['train'],
  ),
  trainable: field(
    z
      .union([z.enum(['all', 'norms', 'biases']), z.array(z.string().min(1)).min(1)])
      .optional()
      .meta({
        description:
          'which parameters of the backbone are trained, beside the classifier: all, those of norms, biases, or globs of their paths',
        example: 'norms',
        default: '`all`; with `lora` only its updates',
      }),
    () => undefined,
    ['train'],
  ),
  lora: field(
    z
      .strictObject({
        rank: count.max(1024),
        alpha: z.number().positive().optional(),
        modules: z.array(z.string().min(1)).min(1).optional(),
      })
      .optional()
      .meta({
        description:
          'trains updates of low rank for linear layers instead of their weights, for large transformers in little memory: their rank, alpha (default: the rank), and globs of the layers (default: all)',
        example: '{ rank: 8, alpha: 16 }',
        default: 'none',
      }),
    () => undefined,
    ['train'],
  ),
  imageSize: field(
    z.int().min(16).max(2048).meta({
      description: 'side of the square input in pixels',
      example: '224',
      default: "the weights' own, or smaller by the preset",
    }),
    defaultImageSize,
  ),
  fit: field(
    z.enum(['squash', 'crop']).meta({
      description: 'how images become square: squashed, or center-cropped',
      example: 'squash',
      default: '`squash`',
    }),
    () => 'squash' as const,
  ),
  epochs: field(
    count.max(100_000).meta({
      description: 'passes over the training images',
      example: '20',
      default: 'by the preset and the number of images',
    }),
    ({ preset, dataset, resolved: { method }, decide }) => {
      const [min, max] = preset.epochs[method === 'transfer' ? 'transfer' : 'full'];
      const epochs = Math.min(Math.max(Math.round(preset.imagesSeen / dataset.rows), min), max);
      if (method === 'probe') return epochs;
      return decide(
        epochs,
        `preset ${preset.name}: about ${preset.imagesSeen} images, ${min} to ${max} epochs`,
      );
    },
    ['train', 'semi'],
  ),
  batchSize: field(
    count.max(65_536).meta({
      description: 'images per batch',
      example: '32',
      default: '16, 32 or 64, by the number of images',
    }),
    ({ dataset: { rows }, resolved: { method }, decide }) => {
      const size = rows < 1000 ? 16 : rows < 20_000 ? 32 : 64;
      return method === 'probe' ? size : decide(size, `${rows} training images`);
    },
    ['train', 'semi', 'predict'],
  ),
  accumulate: field(
    count.meta({ description: 'batches per optimizer step', example: '1', default: '`1`' }),
    () => 1,
    ['train'],
  ),
  optimizer: field(
    named('an optimizer').meta({
      description: 'adamw, sgd, lion, ...; or with options of its own',
      example: '{ name: sgd, momentum: 0.9 }',
      default: '`adamw`',
    }),
    () => 'adamw',
    ['train', 'semi', 'pretrain'],
  ),
  learningRate: field(
    z.number().positive().meta({
      description: 'peak learning rate of the classifier; deeper layers get less in transfer',
      example: '0.001',
      default: '0.001 for `transfer`, 0.002 for `full`',
    }),
    ({ resolved: { method } }) => (method === 'transfer' ? 1e-3 : 2e-3),
    ['train', 'semi'],
  ),
  weightDecay: field(
    z.number().min(0).meta({ description: 'weight decay', example: '0.05', default: '`0.05`' }),
    () => 0.05,
    ['train', 'semi', 'pretrain'],
  ),
  schedule: field(
    named('a schedule').meta({
      description:
        'learning-rate schedule: cosine, one-cycle, constant, step, ...; or with options of its own',
      example: '{ name: cosine, minLearningRate: 1e-6 }',
      default: '`cosine`',
    }),
    () => 'cosine',
    ['train', 'semi'],
  ),
  warmup: field(
    z.number().min(0).max(0.9).meta({
      description: 'fraction of all steps in which the learning rate rises to its peak',
      example: '0.05',
      default: '0.05; 0.3 for one-cycle, 0 for constant',
    }),
    ({ resolved: { schedule } }) => defaultWarmup(schedule),
    ['train', 'semi'],
  ),
  loss: field(
    named('a loss').optional().meta({
      description: 'cross-entropy, focal, ...; or with options of its own',
      example: '{ name: focal, gamma: 2 }',
      default: "by each head's task",
    }),
    () => undefined,
    ['train'],
  ),
  labelSmoothing: field(
    fraction.meta({
      description: 'probability that is spread over all classes',
      example: '0.1',
      default: '0.1; 0 for several labels per image, for numbers, or a loss without it',
    }),
    ({ dataset, isMultiLabel, resolved: { method, loss }, decide }) => {
      if (method === 'probe') return 0;
      if (dataset.heads.every(({ task }) => task === 'regression')) return decide(0, 'numbers are predicted');
      if (!hasSetting(loss, 'labelSmoothing')) return decide(0, 'the loss has none');
      return isMultiLabel ? decide(0, 'an image has several labels') : decide(0.1, 'an image has one class');
    },
    ['train'],
  ),
  classWeights: field(
    z.enum(['none', 'balanced']).meta({
      description: 'balanced: rare classes weigh more in the loss',
      example: 'none',
      default: '`none`',
    }),
    () => 'none' as const,
    ['train'],
  ),
  sampler: field(
    named('a sampler').meta({
      description:
        'the order and frequency of the training images: shuffled, class-balanced, weighted, repeated',
      example: '{ name: class-balanced, power: 0.5 }',
      default: '`shuffled`',
    }),
    () => 'shuffled',
    ['train'],
  ),
  augment: field(
    augmentation.meta({
      description: 'augmentation: a preset, a list of transforms, or your own code',
      example: 'medium',
      default: 'by the method and the size of the images',
    }),
    defaultAugment,
  ),
  flip: field(
    z.boolean().meta({
      description:
        'mirror images left to right: in augmentation presets, and as a view of prediction where the preset has one',
      example: 'false',
      default: 'as measured: whether mirrored images keep their classes',
    }),
    defaultFlip,
  ),
  colors: field(
    z.boolean().meta({
      description: 'change colors in augmentation presets',
      example: 'false',
      default: 'as measured: whether images keep their classes without colors',
    }),
    defaultColors,
  ),
  mixup: field(
    z.number().min(0).meta({ description: 'MixUp: alpha; 0 for none', example: '0.2', default: '`0`' }),
    () => 0,
    ['train'],
  ),
  cutmix: field(
    z.number().min(0).meta({ description: 'CutMix: alpha; 0 for none', example: '0', default: '`0`' }),
    () => 0,
    ['train'],
  ),
  swa: field(
    z.number().gt(0).lt(1).optional().meta({
      description:
        'stochastic weight averaging: the fraction of epochs after which weights are averaged, instead of ema',
      example: '0.75',
      default: 'none',
    }),
    () => undefined,
    ['train'],
  ),
  soup: field(
    count.max(100).optional().meta({
      description: 'uniform soup: the number of last epochs whose weights are averaged, instead of ema',
      example: '3',
      default: 'none',
    }),
    () => undefined,
    ['train'],
  ),
  ema: field(
    fraction.meta({
      description: 'decay of the exponential moving average of the weights; 0 for none',
      example: '0.998',
      default: '0.998; 0 for fewer than 200 steps',
    }),
    // An average needs steps to average over.
    ({ dataset, resolved: { method, epochs, batchSize, accumulate, swa, soup }, decide }) => {
      if (swa !== undefined || soup !== undefined || method === 'probe') return 0;
      const steps = Math.ceil(Math.ceil(dataset.rows / batchSize) / accumulate) * epochs;
      return decide(steps >= 200 ? 0.998 : 0, `about ${steps} steps`);
    },
    ['train', 'semi'],
  ),
  earlyStopping: field(
    earlyStoppingSettings.pick({ patience: true, minDelta: true, startEpoch: true }).optional().meta({
      description:
        'stops when the metric on the held-out fold no longer improves; scores are then slightly optimistic, since that fold also measures the model',
      example: '{ patience: 5 }',
      default: 'none',
    }),
    () => undefined,
    ['train'],
  ),
  clipNorm: field(
    z.number().positive().optional().meta({
      description: 'largest norm of all gradients together',
      example: '5',
      default: '`5`',
    }),
    () => 5,
    ['train', 'semi'],
  ),
  dropRate: field(
    fraction.lt(1).optional().meta({
      description: 'dropout before the classifier',
      example: '0.2',
      default: "the model's own",
    }),
    () => undefined,
    ['train', 'semi'],
  ),
  dropPathRate: field(
    fraction.lt(1).optional().meta({
      description: 'stochastic depth: how often whole blocks are skipped',
      example: '0.1',
      default: "the model's own",
    }),
    () => undefined,
    ['train', 'semi'],
  ),
  pooling: field(
    z.enum(['avg', 'max', 'avgmax', 'catavgmax', 'gem']).optional().meta({
      description: "global pooling before the classifier, by timm's names; gem is generalized mean",
      example: 'gem',
      default: "the model's own",
    }),
    () => undefined,
  ),
  recompute: field(
    z.union([z.boolean(), z.array(z.string().min(1)).min(1)]).meta({
      description:
        'gradient checkpointing: less memory for about a third more time, to the same bytes; true, or globs of module paths',
      example: 'true',
      default: '`false`',
    }),
    () => false,
    ['train'],
  ),
  precision: field(
    z.enum(['float32', 'bfloat16']).meta({
      description: 'bfloat16 is faster on processors that support it',
      example: 'float32',
      default: '`float32`',
    }),
    () => 'float32' as const,
    ['train', 'semi', 'pretrain', 'predict'],
  ),
  views: field(
    z.array(z.enum(viewNames)).min(1).meta({
      description: 'test-time augmentation: views whose probabilities are averaged',
      example: '[whole, flip]',
      default: "the preset's, mirrored ones only where training mirrors; `[whole]` for small images",
    }),
    defaultViews,
    ['train', 'semi', 'predict'],
  ),
  probeC: field(
    z.union([z.number().positive(), z.literal('search')]).meta({
      description:
        "inverse strength of a probe's L2 penalty, as scikit-learn's C; search finds it in folds inside the training rows",
      example: '0.01',
      default: '`search`',
    }),
    () => 'search' as const,
  ),
  seeds: field(
    z.array(z.int().min(0)).min(1).meta({
      description: 'one training run per seed; their predictions are averaged',
      example: '[1, 2]',
      default: "the preset's; `[1]` for probes",
    }),
    ({ preset, resolved: { method }, decide }) =>
      method === 'probe' ? [1] : decide([...preset.seeds], `preset ${preset.name}`, preset.seeds.join(', ')),
  ),
} satisfies Readonly<Record<string, RecipeField<z.ZodType, RecipeUse>>>;

type Recipe = typeof recipe;
/** Name of a field. */
export type RecipeKey = keyof Recipe;
type Shape = { [Key in keyof Recipe]: Recipe[Key]['schema'] };
type ShapeFor<Use extends RecipeUse> = {
  [Key in keyof Recipe as Use extends Recipe[Key]['uses'][number] ? Key : never]: Recipe[Key]['schema'];
};

/** A whole recipe: every field has a value. */
export type ResolvedRecipe = { readonly [Key in keyof Recipe]: z.output<Recipe[Key]['schema']> };

/** The shape of all fields, for a zod object. */
export const recipeShape: Shape = Object.fromEntries(
  Object.entries(recipe).map(([key, { schema }]) => [key, schema]),
) as Shape;

/** The shape of the fields that are settings of a stage. */
export function shapeFor<Use extends RecipeUse>(use: Use): ShapeFor<Use> {
  return Object.fromEntries(fieldsFor(use).map((key) => [key, recipe[key].schema])) as ShapeFor<Use>;
}

/** The values of the fields that are settings of a stage. */
export function settingsFor<Use extends RecipeUse>(
  use: Use,
  resolved: ResolvedRecipe,
): { [Key in keyof ShapeFor<Use> & keyof ResolvedRecipe]: ResolvedRecipe[Key] } {
  return Object.fromEntries(fieldsFor(use).map((key) => [key, resolved[key]])) as never;
}

function fieldsFor(use: RecipeUse): (keyof Recipe)[] {
  return (Object.keys(recipe) as (keyof Recipe)[]).filter((key) =>
    (recipe[key].uses as readonly RecipeUse[]).includes(use),
  );
}
