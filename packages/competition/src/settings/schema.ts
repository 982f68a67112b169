import { z } from 'zod';
import { recipeShape } from '../recipe/recipe.ts';
import { jsonValue, named, userCode } from '../recipe/shared-schemas.ts';

const plainName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u, 'letters, digits, ".", "_" and "-"');
const count = z.int().min(1);
const options = z.record(z.string(), jsonValue);

/** How models are trained. What is left open is decided by the preset or by a measurement, with a reason. */
const training = z.strictObject(recipeShape).partial();

const model = training.extend({
  model: z
    .union([z.string().min(1), userCode])
    .meta({ description: 'a name of "podium models list", or your own code' }),
  name: plainName.optional().meta({ description: 'its name in tables', default: 'the model' }),
  pretrained: z
    .union([z.boolean(), z.string().min(1)])
    .optional()
    .meta({
      description: 'false: initial weights; or a tag of "podium models show", a file, a URL',
      default: 'published weights, if there are any',
    }),
});

/** Images from elsewhere, with or without labels. */
const external = z.strictObject({
  name: plainName.meta({ description: 'a unique name; its images are called NAME/ID' }),
  folder: z.string().min(1).meta({ description: 'relative to this file; only read' }),
  layout: z.string().optional().meta({ description: 'layout of a folder with labels', default: 'detected' }),
  options: options.optional().meta({ description: "the layout's own settings" }),
  allowOutsideLinks: z
    .boolean()
    .default(false)
    .meta({ description: 'follow symbolic links that lead out of the folder; only if you trust it' }),
  heads: z.record(z.string(), z.string()).optional().meta({
    description:
      "for each head of the competition, the folder's name for it; equal names match by themselves",
  }),
  labels: z.enum(['use', 'ignore']).default('ignore').meta({
    description: 'use: its labels train every model; ignore: all its images count as unlabeled',
  }),
  license: z.string().optional().meta({ description: 'for the record that competitions ask for: CC BY 4.0' }),
  url: z.string().optional().meta({ description: 'where it was found, for the same record' }),
});

/** Labels that models give to unlabeled images, and learn from. */
const pseudo = z.strictObject({
  method: z.string().meta({
    description: 'how labels are chosen: curriculum, soft-labels, fixmatch, ...',
    example: 'curriculum',
  }),
  options: options.default({}).meta({ description: "the method's own settings", example: '{}' }),
  rounds: z.int().min(1).max(10).default(1).meta({
    description: 'the student of one round is the teacher of the next, fold by fold',
    example: '1',
  }),
  keep: z.enum(['if-better', 'always', 'never']).default('if-better').meta({
    description: 'when the model with pseudo labels replaces the one without: if its gain is beyond noise',
    example: 'if-better',
  }),
  allowTest: z.boolean().default(false).meta({
    description: 'whether the rules allow training on test images, without their labels',
    example: 'false',
  }),
  weight: z.number().positive().max(100).optional().meta({
    description: 'weight of a pseudo label in the loss; a true label has 1',
    example: '1',
    default: '`1`',
  }),
  share: z.number().gt(0).lt(1).optional().meta({
    description: 'fraction of the images per epoch that have pseudo labels',
    example: '0.3',
    default: 'as many as there are, at most half',
  }),
  ratio: z.number().positive().max(100).optional().meta({
    description: 'unlabeled images per labeled image in a batch, for methods that label while they train',
    example: '7',
    default: "the paper's",
  }),
  teachers: z.enum(['own', 'all']).optional().meta({
    description: "who labels: a model's own seeds, or all models together",
    example: 'own',
    default: '`own`; `all` for ensemble-agreement',
  }),
  models: z
    .array(z.string())
    .min(1)
    .optional()
    .meta({ description: 'names of models that get pseudo labels', example: '[resnet18]', default: 'all' }),
});

/** Everything a run is made from: `podium.yaml`, or what `podium.config.ts` exports. */
export const settingsSchema = z.strictObject({
  competition: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'a name of letters, digits, spaces, ".", "_" and "-"')
    .meta({ description: 'results go to the folder of this name below submissions/' }),
  data: z.strictObject({
    folder: z
      .string()
      .min(1)
      .meta({ description: 'the competition folder, relative to this file; only read' }),
    layout: z
      .string()
      .optional()
      .meta({ description: 'how the folder is laid out', example: 'csv', default: 'detected' }),
    options: options.optional().meta({
      description: "the layout's own settings",
      example: '{ train: train.csv }',
      default: 'detected',
    }),
    accept: z.array(z.string()).default([]).meta({
      description:
        'findings to accept, by the name of their check: their rows stay, except those whose image cannot be used',
      example: '[near-duplicates-across-splits]',
    }),
    patch: z.string().default('auto').meta({
      description: 'auto: drop what the checks suggest; none; or a patch file of "podium inspect --fix"',
      example: 'auto',
    }),
    leaveOut: z.number().min(0).max(1).optional().meta({
      description:
        'share of the training rows that may be left out: without image or label, damaged, dropped by the checks',
      example: '0.2',
      default: '`0.05`; up to five rows if they are at most a tenth',
    }),
    damaged: z.enum(['drop', 'use']).default('drop').meta({
      description: 'damaged images of which a part can be shown: drop them, or use what is left',
      example: 'drop',
    }),
    range: z
      .union([
        z.literal('own'),
        z
          .tuple([z.number(), z.number()])
          .refine(([black, white]) => black < white, { error: 'black, then white' }),
      ])
      .optional()
      .meta({
        description:
          'of images with more than 8 bits per channel: the values that become black and white, or own for those of each image',
        example: '[0, 4095]',
        default: 'what all such images have: 12 bits, 0 to 1, ...',
      }),
    allowOutsideLinks: z.boolean().default(false).meta({
      description: 'follow symbolic links that lead out of the folder; only if you trust it',
      example: 'false',
    }),
    rareClasses: z.enum(['keep', 'drop']).default('keep').meta({
      description:
        'drop: leave out classes with a handful of images, if the competition does not ask for them',
      example: 'keep',
    }),
  }),
  heads: z
    .strictObject({
      train: z
        .array(z.string())
        .min(1)
        .optional()
        .meta({ description: 'heads to train', example: '[mask, gender]', default: 'all' }),
      combine: z
        .strictObject({ into: z.string(), from: z.array(z.string()).min(2) })
        .optional()
        .meta({
          description: 'a head that is the product of others; the last one varies fastest',
          example: '{ into: class, from: [mask, gender, age] }',
          default: 'none',
        }),
      weights: z
        .record(z.string(), z.number().positive())
        .optional()
        .meta({ description: 'weights of heads in the loss', example: '{ age: 2 }', default: '1 each' }),
      sameInGroup: z.array(z.string()).default([]).meta({
        description: 'heads whose label all images of a group share, such as gender and age of a person',
        example: '[gender, age]',
      }),
    })
    .prefault({})
    .meta({ description: 'What is predicted, if the table has several columns to predict.' }),
  metric: z.string().optional().meta({
    description: 'What the competition scores by.',
    example: 'f1-macro',
    default: 'by what the submission has: `f1-macro` for classes, `log-loss` for probabilities',
  }),
  seed: z
    .union([z.int().min(0), z.string().min(1)])
    .default(1)
    .meta({ description: 'The same seed gives the same bytes.', example: '1' }),
  folds: z
    .strictObject({
      count: z
        .int()
        .min(2)
        .max(100)
        .optional()
        .meta({ description: 'number of folds', example: '5', default: "the preset's" }),
      method: z.string().optional().meta({
        description: 'how rows are assigned to folds',
        example: 'stratified-group',
        default: 'by the groups and classes of the data',
      }),
      only: z.array(z.int().min(0)).min(1).optional().meta({
        description: 'train only these folds, to try something out',
        example: '[0, 1]',
        default: 'all',
      }),
    })
    .prefault({})
    .meta({
      description: 'Cross-validation: the images of a group, and copies of an image, stay in one fold.',
    }),
  preset: z.string().default('good').meta({
    description:
      'How much is computed: fast (minutes), good, best (several models). Your settings are never overridden.',
    example: 'good',
  }),
  timeLimit: z
    .string()
    .regex(/^(\d+(\.\d+)?\s*(s|min|h)|none)$/, 'a time such as 90 s, 20 min or 4 h, or none')
    .optional()
    .meta({
      description:
        'how long the whole run may take: recipes race, and the best get the time that is left; none: no race, the preset decides how all models are trained',
      example: '30 min',
      default:
        '5 min, 30 min or 4 h for fast, good or best; `none` where you name models or a method of training',
    }),
  recipes: z.array(z.string()).min(1).optional().meta({
    description:
      'ways to train that race against each other on one fold, on every model that leaves its method open',
    example: '[probe, fine-tune, fresh]',
    default: 'all',
  }),
  train: training
    .prefault({})
    .meta({ description: 'How all models are trained; the preset decides what is left open.' }),
  models: z
    .array(z.union([z.string().min(1), model]))
    .min(1)
    .optional()
    .meta({
      description: 'What is trained: names of "podium models list", or entries with settings of their own.',
      example: '[small-net, { model: resnet18, epochs: 10 }]',
      default: "the preset's",
    }),
  licenses: z.array(z.string().min(1)).min(1).optional().meta({
    description:
      'licenses that pretrained weights may have; weights under others, or under none that is known, are an error',
    example: '[apache-2.0, mit, bsd-3-clause]',
    default: 'any',
  }),
  external: z.array(external).default([]).meta({
    description: 'Images from elsewhere, with or without labels.',
    example: '[{ name: web, folder: ../web, license: CC BY 4.0 }]',
  }),
  pseudo: pseudo.optional().meta({ description: 'Pseudo labels: learning from unlabeled images.' }),
  ensemble: z
    .strictObject({
      method: z.string().optional().meta({
        description: 'a method of "podium ensemble --methods"',
        example: 'selection',
        default: "the preset's; `mean` for a single model",
      }),
      options: options.default({}).meta({ description: "the method's own settings", example: '{}' }),
    })
    .prefault({})
    .meta({ description: 'How several models are blended.' }),
  postprocess: z
    .array(
      z.strictObject({
        module: z
          .string()
          .min(1)
          .meta({ description: 'path of a .ts or .js file, relative to the settings' }),
        export: z.string().min(1).meta({ description: 'name of the exported stage' }),
        settings: z.json().default({}).meta({ description: "the stage's own settings" }),
      }),
    )
    .default([])
    .meta({
      description:
        'Your own stages, which turn predictions into predictions before the submission is written.',
      example: '[{ module: ./stage.ts, export: smooth }]',
    }),
  submission: z
    .strictObject({
      form: z.string().optional().meta({
        description: 'what the CSV looks like',
        example: 'label',
        default: 'detected from the sample submission',
      }),
      options: options.default({}).meta({ description: "the form's own settings", example: '{}' }),
      accept: z
        .array(z.string())
        .default([])
        .meta({ description: 'rules of the linter whose errors you accept', example: '[class-mix]' }),
      unpredicted: z.enum(['refuse', 'sample']).default('refuse').meta({
        description:
          "what to do with test images that have no prediction: refuse, or keep the sample's values",
        example: 'refuse',
      }),
    })
    .prefault({})
    .meta({ description: 'How the CSV is written.' }),
  report: z
    .boolean()
    .default(true)
    .meta({ description: 'A page about the run: score, mistakes, label errors, a map.', example: 'true' }),
  trackers: z.array(named('a tracker of "podium list trackers"')).default(['tensorboard']).meta({
    description:
      'Who records the trainings while they run: curves, learning rates, images of mistakes. An empty list: nobody.',
    example: '[tensorboard, { name: mlflow, url: "http://localhost:5000" }]',
  }),
  executor: z.enum(['local', 'shared-folder']).optional().meta({
    description:
      'Who computes: this machine, or workers (`podium worker`) that share the store with it. Results do not depend on it.',
    example: 'shared-folder',
    default: '`local`',
  }),
  threads: count.optional().meta({
    description: 'Threads to compute with; results depend on it, so it is recorded.',
    example: '2',
    default: 'the cores of this machine',
  }),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingsInput = z.input<typeof settingsSchema>;
export type TrainingSettings = z.output<typeof training>;
export type ModelSettings = z.output<typeof model>;
export type PseudoSettings = z.output<typeof pseudo>;
