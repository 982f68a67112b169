import { z } from 'zod';
import { viewNames } from '../models/views.ts';

/** Code of the user's own: a module beside the settings file, and what it exports. */
const ownCode = z.strictObject({
  module: z.string().min(1).describe('path of a .ts or .js file, relative to the settings'),
  export: z.string().min(1).describe('name of what it exports'),
  argument: z.json().optional().describe('what the exported function is given'),
});

const share = z.number().min(0).max(1);
const whole = z.int().min(1);
const presetNames = ['fast', 'good', 'best'] as const;

/** How a model is trained. Everything may be left out: the preset chooses, and says why. */
const training = z.strictObject({
  /**
   * `probe`: a linear classifier on frozen features; `transfer`: fine-tuning by the plan of the case that was measured;
   * `full`: everything from the first step on.
   */
  method: z.enum(['probe', 'transfer', 'full']).optional(),
  plan: z
    .enum(['enough-similar', 'enough-dissimilar', 'little-similar', 'little-dissimilar'])
    .optional()
    .describe('which parts are frozen until when; measured where left out'),
  imageSize: z.int().min(16).max(2048).optional(),
  /** How images that are not square become square: squashed, or their middle cut out. */
  fit: z.enum(['squash', 'crop']).optional(),
  epochs: whole.max(100_000).optional(),
  batchSize: whole.max(65_536).optional(),
  accumulate: whole.optional(),
  optimizer: z.string().optional(),
  learningRate: z.number().positive().optional(),
  weightDecay: z.number().min(0).optional(),
  schedule: z.enum(['constant', 'cosine', 'one-cycle']).optional(),
  warmUp: share.optional().describe('share of all steps'),
  loss: z.string().optional(),
  labelSmoothing: share.optional(),
  classWeights: z.enum(['none', 'balanced']).optional(),
  augment: z
    .union([z.enum(['none', 'light', 'medium', 'heavy']), z.array(z.json()), ownCode])
    .optional()
    .describe('a preset, a list of steps, or your own code'),
  mixup: z.number().min(0).optional(),
  cutmix: z.number().min(0).optional(),
  ema: z.number().min(0).max(1).optional().describe('decay of the running average of weights; 0 for none'),
  clipNorm: z.number().positive().optional(),
  dropRate: share.optional(),
  dropPathRate: share.optional(),
  precision: z.enum(['float32', 'bfloat16']).optional(),
  /** Test-time views whose probabilities are averaged. */
  views: z.array(z.enum(viewNames)).min(1).optional(),
  /** Inverse strength of a probe's penalty, as scikit-learn's C. */
  probeC: z.number().positive().optional(),
  seeds: z.array(z.int().min(0)).min(1).optional(),
  pretrain: z
    .strictObject({
      method: z.string().describe('simclr or rotation'),
      epochs: whole.max(100_000),
      batchSize: z.int().min(2).max(65_536).default(64),
      learningRate: z.number().positive().default(1e-3),
      options: z.record(z.string(), z.json()).default({}),
    })
    .optional()
    .describe(
      'learns from all images of train (whatever their fold) and external ones, without labels, before training; from test images where pseudo.allowTest says so',
    ),
});

const model = training.extend({
  model: z
    .union([z.string().min(1), ownCode])
    .describe('a name of "podium models list", small-net, or your own code'),
  name: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, 'letters, digits, ".", "_" and "-"')
    .optional()
    .describe('how it is called in tables; its model where left out'),
  pretrained: z
    .union([z.boolean(), z.string().min(1)])
    .optional()
    .describe('false: fresh weights; or a tag of "podium models show", a file, an address'),
});

/** Images from elsewhere, with or without labels. */
const external = z.strictObject({
  name: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, 'letters, digits, ".", "_" and "-"')
    .describe('its own name; its images are called NAME/ID'),
  folder: z.string().min(1).describe('relative to this file; it is only read'),
  layout: z.string().optional().describe('of a folder with labels; recognized by looking where left out'),
  options: z.record(z.string(), z.json()).optional().describe("the layout's own settings"),
  heads: z
    .record(z.string(), z.string())
    .optional()
    .describe('by head of the competition, what the folder calls it; heads of one name agree by themselves'),
  labels: z
    .enum(['use', 'ignore'])
    .default('ignore')
    .describe('use: labeled images train every model; ignore: all images count as without labels'),
  license: z.string().optional().describe('for the record that competitions ask for: CC BY 4.0'),
  url: z.string().optional().describe('where it was found, for the same record'),
});

/** Labels that models give to images without, and learn from. */
const pseudo = z.strictObject({
  method: z.string().describe('of the methods of pseudo-label, such as curriculum, soft-labels or fixmatch'),
  options: z.record(z.string(), z.json()).default({}).describe("the method's own settings"),
  rounds: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .describe('the student of one round is the teacher of the next, fold by fold'),
  keep: z
    .enum(['if-better', 'always', 'never'])
    .default('if-better')
    .describe(
      'whether the model with pseudo labels takes the place of that without: if its gain is beyond noise',
    ),
  allowTest: z
    .boolean()
    .default(false)
    .describe('whether the rules of the competition let test images, without labels, be trained on'),
  weight: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe('of a pseudo label in the loss; a true one has 1'),
  share: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'of images in an epoch that have pseudo labels; as many as there are, at most half, where left out',
    ),
  ratio: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe(
      "unlabeled images for each labeled one in a batch, for methods that label while they train; the paper's where left out",
    ),
  teachers: z
    .enum(['own', 'all'])
    .optional()
    .describe("who labels: a model's own seeds, or all models together; all for ensemble-agreement"),
  models: z.array(z.string()).min(1).optional().describe('names of models that get it; all where left out'),
});

/** Everything a run is made from: `podium.yaml`, or what `podium.config.ts` exports. */
export const settingsSchema = z.strictObject({
  competition: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'a name of letters, digits, spaces, ".", "_" and "-"')
    .describe('a folder of this name below submissions/ holds the results'),
  data: z.strictObject({
    folder: z.string().min(1).describe('the competition folder, relative to this file; it is only read'),
    layout: z.string().optional().describe('recognized by looking where left out'),
    options: z.record(z.string(), z.json()).optional().describe("the layout's own settings"),
    accept: z.array(z.string()).default([]).describe('leaks to go on with, by the name of their check'),
    patch: z
      .string()
      .default('auto')
      .describe('auto: drop what the checks suggest; none; or a patch file of "podium inspect --fix"'),
    rareClasses: z
      .enum(['keep', 'drop'])
      .default('keep')
      .describe(
        'drop: leave out classes with a handful of images, where the competition does not ask for them',
      ),
  }),
  /** What is predicted, where there are several heads. */
  heads: z
    .strictObject({
      train: z.array(z.string()).min(1).optional().describe('heads to train; all where left out'),
      combine: z
        .strictObject({ into: z.string(), from: z.array(z.string()).min(2) })
        .optional()
        .describe('a head that is the product of others, the last of which changes fastest'),
      weights: z.record(z.string(), z.number().positive()).optional(),
      sameInGroup: z
        .array(z.string())
        .default([])
        .describe('heads whose label all images of a group share, such as gender and age of a person'),
    })
    .prefault({}),
  metric: z.string().default('f1-macro'),
  seed: z.union([z.int().min(0), z.string().min(1)]).default(1),
  folds: z
    .strictObject({
      count: z.int().min(2).max(100).optional(),
      method: z.string().optional(),
      only: z
        .array(z.int().min(0))
        .min(1)
        .optional()
        .describe('train only these folds, to try something out'),
    })
    .prefault({}),
  preset: z.enum(presetNames).default('good'),
  timeLimit: z
    .string()
    .regex(/^\d+(\.\d+)?\s*(s|min|h)$/, 'a time such as 90 s, 20 min or 4 h')
    .optional()
    .describe('what the preset may take for all training together, as far as it can be told before'),
  train: training.prefault({}).describe('for all models'),
  models: z
    .array(z.union([z.string().min(1), model]))
    .min(1)
    .optional(),
  external: z.array(external).default([]).describe('images from elsewhere'),
  pseudo: pseudo.optional().describe('learning from images without labels'),
  ensemble: z
    .strictObject({
      method: z.string().optional().describe('of "podium ensemble --methods"; a single model needs none'),
      options: z.record(z.string(), z.json()).default({}),
    })
    .prefault({}),
  postprocess: z
    .array(
      z.strictObject({
        module: z.string().min(1).describe('path of a .ts or .js file, relative to the settings'),
        export: z.string().min(1).describe('name of the stage that it exports'),
        settings: z.json().default({}).describe("the stage's own settings"),
      }),
    )
    .default([])
    .describe(
      'your own stages, which get predictions and give predictions, before the submission is written',
    ),
  submission: z
    .strictObject({
      form: z.string().optional().describe('recognized from the sample submission where left out'),
      options: z.record(z.string(), z.json()).default({}).describe("the form's own settings"),
      accept: z
        .array(z.string())
        .default([])
        .describe('rules of the linter whose errors are known and accepted'),
      unpredicted: z
        .enum(['refuse', 'sample'])
        .default('refuse')
        .describe('what test images without prediction get'),
    })
    .prefault({}),
  report: z.boolean().default(true),
  threads: whole.optional().describe('to compute with; results depend on it, so it is part of the record'),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;
export type TrainingSettings = z.output<typeof training>;
export type ModelSettings = z.output<typeof model>;
export type PseudoSettings = z.output<typeof pseudo>;
export type OwnCode = z.output<typeof ownCode>;
