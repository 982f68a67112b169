import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { createModel, ImageModel, isClassifier, models } from '@podium/model-zoo';
import { loadStateDict, manualSeed } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import { z } from 'zod';
import { importUserFunction } from '../user-code/load-user-code.ts';
import { inputSchema } from './input-settings.ts';

/** Which model: settings of every stage that builds one. */
export const modelSettings = {
  /** Its name in the zoo; undefined for a model of your own. */
  model: z.string().optional(),
  /** What the module at the port `modelCode` exports, and the argument for it. */
  userModel: z.strictObject({ export: z.string(), argument: z.json().optional() }).optional(),
  imageSize: z.int().min(16),
  fit: z.enum(['squash', 'crop']),
  input: inputSchema,
  /** Global pooling by timm's names; undefined for the model's own. */
  pooling: z.enum(['avg', 'max', 'avgmax', 'catavgmax', 'gem']).optional(),
};
const schema = z.object(modelSettings);
export type ModelSettings = z.output<typeof schema>;

interface OpenOptions {
  readonly settings: Omit<ModelSettings, 'fit'> & {
    readonly dropRate?: number;
    readonly dropPathRate?: number;
  };
  readonly heads: readonly Pick<Head, 'name' | 'classes'>[];
  readonly seed: string | number;
  /** A checkpoint to start from. */
  readonly weights?: string;
  /** The module of a model of your own. */
  readonly code?: string;
}

/** Stands for the classifier where only features are used. */
export const NO_HEADS: OpenOptions['heads'] = [{ name: 'none', classes: ['none'] }];

/** What your own function for a model gets beside its argument. */
export interface UserModelContext {
  /** Number of classes by head, in the order of the logits: what `MultiHead` takes. */
  readonly heads: ReadonlyMap<string, number>;
  /** The same as an object, in which JavaScript puts names such as 10 and 2 first. */
  readonly classes: Readonly<Record<string, number>>;
  readonly imageSize: number;
}

/**
 * A model with new classifiers for these heads, in training mode; logits are side by side in the heads' order.
 * @throws PodiumError as `createModel` does; `user-code` where your function returns something else
 */
export async function openModel({ settings, heads, seed, weights, code }: OpenOptions): Promise<ImageModel> {
  manualSeed(seed);
  const { model: name, userModel, imageSize, input, dropRate, dropPathRate, pooling } = settings;
  // A Map keeps the order of names such as 10 and 2.
  const sizes = new Map(heads.map((head) => [head.name, head.classes.length]));
  if (userModel !== undefined) {
    const classes = Object.fromEntries(sizes);
    const model = await openUserModel(code!, userModel, { heads: sizes, classes, imageSize });
    if (weights !== undefined)
      loadStateDict(model, (await readSafetensors(weights)).tensors, { strict: false });
    return model;
  }
  const [only] = heads;
  const outputs = heads.length === 1 ? only!.classes.length : sizes;
  const model = await createModel(name!, {
    ...(typeof outputs === 'number' ? { numClasses: outputs } : { heads: outputs }),
    imageSize: [imageSize, imageSize],
    seed,
    dropRate,
    dropPathRate,
    globalPool: pooling,
    pretrained: weights === undefined ? false : { kind: 'file', path: weights },
  });
  // EfficientNet's own initial weights of a classifier with few classes are ten times too large to fine-tune from; those of
  // PyTorch's linear layers start at the loss of guessing.
  const isNew = model.weights?.report.missing.some(({ name: path }) => isClassifier(path, model)) ?? false;
  if (isNew && models.get(name!).family.keepsNewClassifier !== true) model.resetClassifier(outputs);
  const { mean, std, interpolation } = input;
  model.input = { imageSize: [imageSize, imageSize], mean, std, cropFraction: 1, interpolation };
  return model;
}

async function openUserModel(
  code: string,
  { export: name, argument }: NonNullable<ModelSettings['userModel']>,
  context: UserModelContext,
): Promise<ImageModel> {
  const make = (await importUserFunction(code, name)) as (...given: unknown[]) => unknown;
  const made = await make(argument, context);
  if (made instanceof ImageModel) return made;
  throw new PodiumError({
    code: 'user-code',
    path: { file: code, key: name },
    expected: 'an ImageModel, like the families of the zoo',
    got: made === null || typeof made !== 'object' ? String(made) : made.constructor.name,
    fix: 'extend ImageModel of @podium/model-zoo; examples/own-model shows how',
  });
}
