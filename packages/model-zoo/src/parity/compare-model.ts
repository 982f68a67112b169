import { fillByName, namedValues } from '@podium/core';
import { softmaxCrossEntropy } from '@podium/engine';
import {
  backward,
  Dropout,
  loadStateDict,
  Parameter,
  type StateTensor,
  stateShapes,
  toTorch,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { buildModel } from '../build-model.ts';
import { findTorchvision } from '../find-torchvision.ts';
import type { ImageModel } from '../image-model.ts';
import { models } from '../models.ts';
import { dropAsRecorded, recordedDrops } from './recorded-drops.ts';

/** Results of timm or torchvision for weights that are generated from their names. */
export interface ModelReference {
  readonly source: 'timm' | 'torchvision';
  readonly model: string;
  readonly classes: number;
  /** `[B,C,H,W]` */
  readonly input: readonly [number, number, number, number];
  /** Shape by PyTorch's name. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly params?: number;
  readonly eval: {
    readonly logits: readonly (readonly number[])[];
    readonly features?: {
      readonly shape: readonly number[];
      readonly mean: number;
      readonly std: number;
      readonly l2: number;
      readonly first8: readonly number[];
    } | null;
  };
  readonly train: {
    readonly labels: readonly number[];
    readonly loss: number;
    readonly grad_l2: Readonly<Record<string, number>>;
  };
}

/** A compared quantity. */
export interface Comparison {
  readonly what: 'state' | 'logits' | 'features' | 'loss' | 'gradients';
  /** Largest deviation, in the units of {@link limit}. */
  readonly deviation: number;
  readonly limit: number;
  /** Where the largest one is, or what is wrong. */
  readonly where?: string;
}

/**
 * Limits for a correct implementation in float32. Logits: relative to the largest. Features: each statistic relative to its
 * scale. Loss: absolute. Gradient norms above {@link SMALLEST_NORM}: relative.
 */
const LIMITS = { logits: 1e-4, features: 1e-4, loss: 3e-4, gradients: 0.01 } as const;
const SMALLEST_NORM = 1e-4;
/** A bias before a norm has no gradient. What is recorded for it is rounding error, this much smaller than that of its weight. */
const ROUNDING_ERROR = 1e-4;
/** PyTorch's own float32 and float64 results differ by 1.4 and 1.2 % here: almost all of the gradient cancels out. */
const LOOSER: Readonly<Record<string, number>> = {
  'timm/tf_efficientnet_lite0/bn1.weight': 0.02,
  'timm/hgnetv2_b0/stages.0.blocks.0.layers.0.lab.scale': 0.02,
};

/**
 * Depthwise 1x1 convolutions before a batch norm, which takes any factor out again: their gradients cancel out but for the
 * norm's epsilon. PyTorch's float32 and float64 results differ by up to 35 % here.
 */
const CANCELED = /^timm\/mobileone_\w+\/stages\.\d+\.\d+\.conv_scale\.conv\.weight$/;

/**
 * Builds the model of a reference file, generates its weights from their names, and compares logits, features, training loss and
 * the gradient norm of every parameter.
 *
 * @throws PodiumError for an unknown model
 */
export function compareModel(reference: ModelReference): Comparison[] {
  const { model, keyOf } = buildReferenced(reference);
  try {
    const problem = fill(model, reference, keyOf);
    if (problem !== undefined) return [{ what: 'state', deviation: 1, limit: 0, where: problem }];
    tf.engine().startScope();
    const compared = [...compareEval(model, reference), ...compareTrain(model, reference, keyOf)];
    tf.engine().endScope();
    return [{ what: 'state', deviation: 0, limit: 0 }, ...compared];
  } finally {
    model.dispose();
  }
}

function buildReferenced(reference: ModelReference): {
  model: ImageModel;
  keyOf: (theirs: string) => string | undefined;
} {
  const { source, classes, input, train } = reference;
  const dropPathRate = recordedDrops(train.loss)?.dropPathRate ?? 0;
  const [, inChannels, ...imageSize] = input;
  const options = { numClasses: classes, inChannels, imageSize, dropPathRate };
  if (source === 'timm') {
    const { sharedName = (key) => key } = models.get(reference.model).family;
    return { model: buildModel(reference.model, options), keyOf: sharedName };
  }
  const { name, keyOf } = findTorchvision(reference.model);
  return { model: buildModel(name, options), keyOf };
}

/** Loads the generated weights. Returns what does not fit, if anything. */
function fill(
  model: ImageModel,
  { state, params }: ModelReference,
  keyOf: (theirs: string) => string | undefined,
): string | undefined {
  const wanted = stateShapes(model);
  const tensors = new Map<string, StateTensor>();
  for (const [name, shape] of Object.entries(state)) {
    const key = keyOf(name);
    if (key === undefined || isWhole(name)) continue;
    const ours = wanted.get(key);
    if (ours === undefined) return `${name} has no counterpart${key === name ? '' : ` (${key})`}`;
    if (sizeOf(ours) !== sizeOf(shape)) return `${name} is [${shape}] in the reference and [${ours}] here`;
    tensors.set(key, { dtype: 'float32', shape: ours, data: fillByName(name, shape) });
  }
  const missing = [...wanted.keys()].find((key) => !tensors.has(key) && !isWhole(key));
  if (missing !== undefined) return `${missing} is not in the reference`;
  loadStateDict(model, tensors, { strict: false });
  const size = model.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
  if (params !== undefined && size !== params) return `${params} parameters in the reference, ${size} here`;
  return undefined;
}

/** Integer buffers keep their initial values. */
function isWhole(name: string): boolean {
  return /(num_batches_tracked|relative_position_index|attention_bias_idxs)$/.test(name);
}

function compareEval(model: ImageModel, { input, eval: expected }: ModelReference): Comparison[] {
  model.eval();
  const images = inputImages(input);
  const features = model.forwardFeatures(images);
  const logits = Array.from(model.forwardHead(features).dataSync());
  const comparisons: Comparison[] = [
    { what: 'logits', deviation: worst(logits, expected.logits.flat()), limit: LIMITS.logits },
  ];
  if (expected.features) comparisons.push(compareFeatures(features, expected.features));
  return comparisons;
}

function compareFeatures(
  features: tf.Tensor,
  expected: NonNullable<ModelReference['eval']['features']>,
): Comparison {
  // Maps are [B,C,H,W] in timm, except Swin's, which are [B,H,W,C] as here.
  const asTorch =
    features.rank === 4 && String(features.shape) !== String(expected.shape)
      ? tf.transpose(features, [0, 3, 1, 2])
      : features;
  const limit = LIMITS.features;
  if (String(asTorch.shape) !== String(expected.shape)) {
    return {
      what: 'features',
      deviation: 1,
      limit,
      where: `shape [${asTorch.shape}], not [${expected.shape}]`,
    };
  }
  const values = asTorch.dataSync() as Float32Array;
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  const std = Math.sqrt(squares / values.length - mean * mean);
  const l2 = Math.sqrt(squares);
  const first = Array.from(values.subarray(0, expected.first8.length));
  const deviation = Math.max(
    Math.abs(mean - expected.mean) / expected.std,
    Math.abs(std - expected.std) / expected.std,
    Math.abs(l2 - expected.l2) / expected.l2,
    Math.max(...first.map((value, i) => Math.abs(value - expected.first8[i]!))) /
      Math.max(expected.std, ...expected.first8.map(Math.abs)),
  );
  return { what: 'features', deviation, limit };
}

function compareTrain(
  model: ImageModel,
  reference: ModelReference,
  keyOf: (theirs: string) => string | undefined,
): Comparison[] {
  const { input, classes, train } = reference;
  const drops = recordedDrops(train.loss);
  if (drops !== undefined) dropAsRecorded(model, drops);
  model.train();
  // In the references dropout is off everywhere, also where a family has it by default.
  for (const module of model.modules() as unknown[]) if (module instanceof Dropout) module.rate = 0;
  const images = inputImages(input);
  const targets = tf.cast(
    tf.oneHot(tf.tensor1d([...train.labels], 'int32'), classes),
    'float32',
  ) as tf.Tensor2D;
  const loss = backward(() => tf.mean(softmaxCrossEntropy(model.call(images) as tf.Tensor2D, targets)));
  const entries = new Map(model.namedEntries());
  let deviation = 0;
  let where: string | undefined;
  let ratio = 0;
  for (const [name, expected] of Object.entries(train.grad_l2)) {
    const parameter = entries.get(keyOf(name) ?? '');
    if (!(parameter instanceof Parameter)) {
      return [
        {
          what: 'gradients',
          deviation: 1,
          limit: LIMITS.gradients,
          where: `${name} is not a parameter here`,
        },
      ];
    }
    const norm = gradientNorm(parameter);
    const path = `${reference.source}/${reference.model}/${name}`;
    if (expected <= smallestNorm(name, train.grad_l2) || CANCELED.test(path)) continue;
    const limit = LOOSER[path] ?? LIMITS.gradients;
    const relative = Math.abs(norm - expected) / expected;
    if (relative / limit <= ratio) continue;
    ratio = relative / limit;
    deviation = relative;
    where = name;
  }
  model.zeroGrad();
  return [
    { what: 'loss', deviation: Math.abs(loss.dataSync()[0]! - train.loss), limit: LIMITS.loss },
    {
      what: 'gradients',
      deviation,
      limit: LOOSER[`${reference.source}/${reference.model}/${where}`] ?? LIMITS.gradients,
      where,
    },
  ];
}

/** Gradients up to this norm are not compared. */
function smallestNorm(name: string, norms: Readonly<Record<string, number>>): number {
  const weight = name.endsWith('.bias') ? norms[name.replace(/bias$/, 'weight')] : undefined;
  return Math.max(SMALLEST_NORM, ROUNDING_ERROR * (weight ?? 0));
}

function gradientNorm(parameter: Parameter): number {
  if (parameter.grad === null) return 0;
  const grad = toTorch(parameter.grad, parameter.layout, parameter.shape).dataSync();
  let squares = 0;
  for (const value of grad) squares += value * value;
  return Math.sqrt(squares);
}

/** The input of the reference, generated from the name `input` in PyTorch's order, as `[B,H,W,C]`. */
function inputImages(shape: readonly [number, number, number, number]): tf.Tensor4D {
  const values = Float32Array.from(namedValues('input', sizeOf(shape)));
  return tf.transpose(tf.tensor(values, [...shape]), [0, 2, 3, 1]) as tf.Tensor4D;
}

function worst(values: readonly number[], expected: readonly number[]): number {
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, i) => Math.abs(value - values[i]!))) / scale;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

/** Whether a JSON value looks like a reference file of a model. */
export function isModelReference(value: unknown): value is ModelReference {
  const file = value as Partial<ModelReference> | null;
  return typeof file === 'object' && file !== null && 'model' in file && 'state' in file && 'train' in file;
}
