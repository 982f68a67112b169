import { PodiumError } from '@podium/core';
import type { Head } from '@podium/dataset';
import { createModel, ImageModel } from '@podium/model-zoo';
import { loadStateDict, manualSeed } from '@podium/nn';
import { readSafetensors } from '@podium/nn/checkpoint-files';
import { z } from 'zod';
import { importOwn } from '../own-code/load-own-code.ts';
import { SmallNet } from './small-net.ts';

/** The small net's name in settings, beside timm's names. */
export const SMALL_NET = 'small-net';

/** How images are made ready for a model. */
const inputSettings = z.strictObject({
  mean: z.array(z.number()).length(3),
  std: z.array(z.number().positive()).length(3),
  interpolation: z.enum(['nearest', 'bilinear', 'bicubic', 'lanczos3']),
});
export type InputSettings = z.output<typeof inputSettings>;

/** Which model, for every stage that makes one. */
export const modelSettings = {
  /** Of the zoo; left out where the model is the user's own. */
  model: z.string().optional(),
  /** What the module at the port `modelCode` exports, and what it is given. */
  ownModel: z.strictObject({ export: z.string(), argument: z.json().optional() }).optional(),
  imageSize: z.int().min(16),
  fit: z.enum(['squash', 'crop']),
  input: inputSettings,
};

interface OpenOptions {
  readonly settings: {
    readonly model?: string | undefined;
    readonly ownModel?: { readonly export: string; readonly argument?: unknown } | undefined;
    readonly imageSize: number;
    readonly input: InputSettings;
    readonly dropRate?: number | undefined;
    readonly dropPathRate?: number | undefined;
  };
  readonly heads: readonly Pick<Head, 'name' | 'classes'>[];
  readonly seed: string | number;
  /** A checkpoint to start from. */
  readonly weights?: string | undefined;
  /** The user's module. */
  readonly code?: string | undefined;
}

/** What the user's own function for a model is given beside its argument. */
export interface OwnModelContext {
  /** By head. */
  readonly classes: Readonly<Record<string, number>>;
  readonly imageSize: number;
}

/**
 * A model with fresh classifiers for these heads, in training mode, logits side by side in the heads' order.
 * @throws PodiumError as `createModel` does; `own-code` where the user's function gives something else
 */
export async function openModel({ settings, heads, seed, weights, code }: OpenOptions): Promise<ImageModel> {
  manualSeed(seed);
  const { model: name, ownModel, imageSize, input, dropRate, dropPathRate } = settings;
  const classes = Object.fromEntries(heads.map((head) => [head.name, head.classes.length]));
  if (ownModel !== undefined) {
    const own = await openOwn(code!, ownModel, { classes, imageSize });
    if (weights !== undefined)
      loadStateDict(own, (await readSafetensors(weights)).tensors, { strict: false });
    return own;
  }
  const [only] = heads;
  const outputs = heads.length === 1 ? only!.classes.length : classes;
  const model =
    name === SMALL_NET
      ? new SmallNet(imageSize, outputs, dropRate)
      : await createModel(name!, {
          ...(typeof outputs === 'number' ? { numClasses: outputs } : { heads: outputs }),
          imageSize: [imageSize, imageSize],
          seed,
          dropRate,
          dropPathRate,
          ...(weights === undefined ? {} : { pretrained: { kind: 'file', path: weights } }),
        });
  // EfficientNet's own first values for a classifier of a few classes are ten times too large to fine-tune from; those of
  // PyTorch's linear layers start at the loss of guessing.
  const fresh = model.weights?.report.missing.some(({ name: path }) => isHead(model, path));
  if (fresh === true) model.resetClassifier(outputs);
  if (name === SMALL_NET && weights !== undefined)
    loadStateDict(model, (await readSafetensors(weights)).tensors, { strict: false });
  model.input = {
    imageSize: [imageSize, imageSize],
    mean: input.mean,
    std: input.std,
    cropFraction: 1,
    interpolation: input.interpolation,
  };
  return model;
}

function isHead({ classifierPath, classifierPaths = [classifierPath] }: ImageModel, path: string): boolean {
  return classifierPaths.some((each) => path.startsWith(`${each}.`));
}

async function openOwn(
  code: string,
  own: { readonly export: string; readonly argument?: unknown },
  context: OwnModelContext,
): Promise<ImageModel> {
  const make = await importOwn(code, own.export);
  const made = await (make as (argument: unknown, context: OwnModelContext) => unknown)(
    own.argument,
    context,
  );
  if (made instanceof ImageModel) return made;
  throw new PodiumError({
    code: 'own-code',
    path: { file: code, key: own.export },
    expected: 'an ImageModel, as the families of the zoo are',
    got: made === null || typeof made !== 'object' ? String(made) : made.constructor.name,
    fix: 'extend ImageModel of @podium/model-zoo; examples/own-model shows how',
  });
}
