import { type GlobalPool, Identity, Linear, Module, SelectAdaptivePool2d } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadReport } from './checkpoints/compare-state.ts';
import type { InputConfig } from './input-config.ts';

/** Options that every model of the zoo is built with. */
export interface ModelOptions {
  /** Outputs of the classifier. With 0 there is none, and the model returns pooled features. */
  readonly numClasses: number;
  readonly inChannels: number;
  /** How the last feature map becomes a vector. Default: as the architecture does. */
  readonly globalPool?: GlobalPool;
  /** Dropout before the classifier, in [0,1). */
  readonly dropRate: number;
  /** Stochastic depth of the last block, in [0,1). Earlier blocks have proportionally less. */
  readonly dropPathRate: number;
  /** Size of the images, for architectures that depend on it (position embeddings). Default: that of the variant. */
  readonly imageSize?: readonly [height: number, width: number];
  /**
   * Several classifiers side by side: number of classes by name. Their logits are concatenated in this order; of an object with
   * names like `7`, JavaScript changes the order, so pass a Map of names that may be anything.
   */
  readonly heads?: HeadSizes;
}

/** Where a model's weights were loaded from. */
export interface LoadedWeights {
  /** One line that names the source. */
  readonly source: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** Which tensors matched, were missing, unexpected or resized. */
  readonly report: LoadReport;
}

/** A feature map that a network offers, for example to detectors. */
export interface FeatureStage {
  readonly channels: number;
  /** Image pixels per position, along each axis. */
  readonly reduction: number;
  /** Path of the module whose output it is. */
  readonly module: string;
}

/** Groups parameters by depth, for learning rates per layer (timm's `group_matcher`). */
export interface DepthGroups {
  /** Parameters before the first block. */
  readonly stem: RegExp;
  /** Parameters of blocks, ordered by the captured numbers. Parameters that match no group belong to the head. */
  readonly blocks: RegExp;
  /** Parameters after blocks that belong to the last block whose first number is the one captured here. */
  readonly between?: RegExp;
  /** Parameters after all blocks that belong to the last of them. */
  readonly last?: RegExp;
}

/** An image classifier, `[B,H,W,C] -> [B,K]` logits, in two steps as in timm: `forwardFeatures` and `forwardHead`. */
export abstract class ImageModel extends Module<[x: tf.Tensor4D], tf.Tensor> {
  /** Number of features that the classifier gets. */
  abstract readonly numFeatures: number;
  abstract readonly featureInfo: readonly FeatureStage[];
  abstract readonly depthGroups: DepthGroups;
  /** Path of the classifier: `fc`. */
  abstract readonly classifierPath: string;
  /** Path of the first convolution: `conv1`. */
  abstract readonly firstConvPath: string;
  /** Paths of all convolutions that read the image, if there are more than the one at {@link firstConvPath}. */
  readonly firstConvPaths: readonly string[] | undefined = undefined;
  /** Paths of all classifiers, if there are more than the one at {@link classifierPath}. */
  readonly classifierPaths: readonly string[] | undefined = undefined;

  /** How it expects its images. `createModel` sets it from the weights. */
  input: InputConfig | undefined = undefined;
  /** Where its weights came from; undefined for initial weights. */
  weights: LoadedWeights | undefined = undefined;

  /** `[B,H,W,C]`, or `[B,N,C]` tokens. */
  abstract forwardFeatures(x: tf.Tensor4D): tf.Tensor;

  /** Pools and classifies. With `preLogits` it stops before the last layer. */
  abstract forwardHead(features: tf.Tensor, options?: { readonly preLogits?: boolean }): tf.Tensor;

  /** Replaces the classifier by a new one with initial weights, and the pooling if one is named. */
  abstract resetClassifier(classes: Classes, globalPool?: GlobalPool): void;

  /**
   * Leaves nothing but the layer at {@link classifierPath} between the features before the logits (`preLogits`) and the logits,
   * so that a linear probe's weights fit it. Most models are like that already.
   */
  makeClassifierLinear(): void {}

  forward(x: tf.Tensor4D): tf.Tensor {
    return this.forwardHead(this.forwardFeatures(x));
  }

  /** The output of a module of {@link featureInfo} as a map `[B,h,w,C]`. Transformers rearrange their tokens. */
  featureMap(output: tf.Tensor): tf.Tensor4D {
    return output as tf.Tensor4D;
  }
}

/** Whether the parameter or tensor at a path belongs to the classifier. */
export function isClassifier(
  path: string,
  { classifierPath, classifierPaths = [classifierPath] }: ImageModel,
): boolean {
  return classifierPaths.some((classifier) => path.startsWith(`${classifier}.`));
}

/** Number of classes by the name of a head, in order. */
export type HeadSizes = Readonly<Record<string, number>> | ReadonlyMap<string, number>;

/** A number of classes, or the number of classes of several classifiers by name. */
export type Classes = number | HeadSizes;

/** Several linear classifiers on the same features, `[B,C] -> [B,sum of classes]`, one child module per head. */
export class MultiHead extends Module<[x: tf.Tensor], tf.Tensor> {
  /** Attributes that hold the heads, in their order. */
  readonly paths: readonly string[];

  constructor(features: number, heads: HeadSizes) {
    super();
    const self = this as unknown as Record<string, Linear>;
    const sizes = headEntries(heads);
    this.paths = sizes.map(([name]) => headPath(name));
    for (const [i, [, classes]] of sizes.entries()) self[this.paths[i]!] = new Linear(features, classes);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const self = this as unknown as Readonly<Record<string, Linear>>;
    return tf.concat(
      this.paths.map((path) => self[path]!.call(x)),
      -1,
    );
  }
}

/** Names that modules use themselves, such as `constructor` and `training`. */
class Reserved extends Module<[x: tf.Tensor], tf.Tensor> {
  readonly paths: readonly string[] = [];

  forward(x: tf.Tensor): tf.Tensor {
    return x;
  }
}

/** Attribute of `MultiHead` that holds a head: its name, or an escaped form of one that an attribute cannot have. */
export function headPath(name: string): string {
  const isPlain =
    name !== '' && !name.includes('.') && !name.startsWith('head:') && !(name in new Reserved());
  if (isPlain) return name;
  const bytes = new TextEncoder().encode(name);
  return `head:${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Names and numbers of classes in their order. */
export function headEntries(heads: HeadSizes): readonly (readonly [name: string, classes: number])[] {
  return heads instanceof Map ? [...heads] : Object.entries(heads as Readonly<Record<string, number>>);
}

/** Splits the logits `[B,sum of classes]` of a model with several heads by head. */
export function splitHeads(logits: tf.Tensor, heads: HeadSizes): Record<string, tf.Tensor> {
  const sizes = headEntries(heads);
  const parts = tf.split(
    logits,
    sizes.map(([, classes]) => classes),
    -1,
  );
  return Object.fromEntries(sizes.map(([name], i) => [name, parts[i]!]));
}

/** The last layer of a model: `[B,C] -> [B,K]`. */
export type Classifier = Linear | MultiHead | Identity;

export function makeClassifier(features: number, classes: Classes): Classifier {
  if (typeof classes !== 'number') return new MultiHead(features, classes);
  return classes === 0 ? new Identity() : new Linear(features, classes);
}

/** The classes that the options ask for. */
export function classesOf({ numClasses, heads }: Pick<ModelOptions, 'numClasses' | 'heads'>): Classes {
  return heads ?? numClasses;
}

/** Pooling by name, and its number of features. */
export function makePool(
  kind: GlobalPool,
  channels: number,
): { pool: SelectAdaptivePool2d; features: number } {
  const pool = new SelectAdaptivePool2d(kind);
  return { pool, features: channels * pool.featureMultiplier };
}

/** Stochastic depth of block `index` of `count`: rises linearly from 0 to `last`. */
export function dropPathAt(last: number, index: number, count: number): number {
  return count < 2 ? 0 : (last * index) / (count - 1);
}
