import { PodiumError } from '@podium/core';
import { type GlobalPool, Identity, Linear, Module, SelectAdaptivePool2d } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LoadReport } from './checkpoints/compare-state.ts';
import type { InputConfig } from './input-config.ts';

/** What every model of the zoo can be built with. */
export interface ModelOptions {
  /** Outputs of the classifier; 0 leaves it out, so the model gives pooled features. */
  readonly numClasses: number;
  readonly inChannels: number;
  /** How the last feature map becomes a vector; default: the architecture's own. */
  readonly globalPool?: GlobalPool;
  /** Dropout before the classifier, in [0,1). */
  readonly dropRate: number;
  /** Stochastic depth of the last block, in [0,1); earlier blocks have proportionally less. */
  readonly dropPathRate: number;
  /** Size of the images, where the architecture depends on it (position embeddings). Default: the variant's own. */
  readonly imageSize?: readonly [height: number, width: number];
  /** Several classifiers side by side: name and number of classes of each. Their logits come one after the other. */
  readonly heads?: Readonly<Record<string, number>>;
}

/** What a model's weights were loaded from. */
export interface LoadedWeights {
  /** One line that names the source. */
  readonly source: string;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  /** What matched, was missing, left over, or resized. */
  readonly report: LoadReport;
}

/** A feature map that a network offers to detectors and the like. */
export interface FeatureStage {
  readonly channels: number;
  /** Image pixels a position, along each axis. */
  readonly reduction: number;
  /** Path of the module whose output it is. */
  readonly module: string;
}

/** Which parameters lie how deep, for learning rates that fall with depth: timm's `group_matcher`. */
export interface DepthGroups {
  /** Parameters before the first block. */
  readonly stem: RegExp;
  /** Parameters of blocks; the numbers captured say the order. Whatever matches none of these is the head. */
  readonly blocks: RegExp;
  /** Parameters that follow blocks and go with the last of them whose first number is the one captured here. */
  readonly between?: RegExp;
  /** Parameters that come after the blocks and go with the last of them. */
  readonly last?: RegExp;
}

/** A classifier of images: `[B,H,W,C] -> [B,K]` logits, by `forwardFeatures` and `forwardHead` as in timm. */
export abstract class ImageModel extends Module<[x: tf.Tensor4D], tf.Tensor> {
  /** Width of the features that the classifier gets. */
  abstract readonly numFeatures: number;
  abstract readonly featureInfo: readonly FeatureStage[];
  abstract readonly depthGroups: DepthGroups;
  /** Path of the classifier: `fc`. */
  abstract readonly classifierPath: string;
  /** Path of the convolution that reads the image: `conv1`. */
  abstract readonly firstConvPath: string;
  /** Paths of all classifiers, where there is more than the one at {@link classifierPath}. */
  readonly classifierPaths: readonly string[] | undefined = undefined;

  /** How it wants its images; set when it is created, from its weights where it has some. */
  input: InputConfig | undefined = undefined;
  /** Where its weights came from; undefined for fresh ones. */
  weights: LoadedWeights | undefined = undefined;

  /** `[B,H,W,C]`, or `[B,N,C]` tokens. */
  abstract forwardFeatures(x: tf.Tensor4D): tf.Tensor;

  /** Pools and classifies; with `preLogits` stops before the last layer. */
  abstract forwardHead(features: tf.Tensor, options?: { readonly preLogits?: boolean }): tf.Tensor;

  /** Replaces the classifier by a new one with fresh weights, and the pooling where one is named. */
  abstract resetClassifier(classes: Classes, globalPool?: GlobalPool): void;

  forward(x: tf.Tensor4D): tf.Tensor {
    return this.forwardHead(this.forwardFeatures(x));
  }

  /** The output of a module of {@link featureInfo} as a map `[B,h,w,C]`; transformers make theirs of tokens. */
  featureMap(output: tf.Tensor): tf.Tensor4D {
    return output as tf.Tensor4D;
  }
}

/** Whether a parameter or tensor of that path belongs to the classifier. */
export function isClassifier(
  path: string,
  { classifierPath, classifierPaths = [classifierPath] }: ImageModel,
): boolean {
  return classifierPaths.some((each) => path.startsWith(`${each}.`));
}

/** A number of classes, or several classifiers by name. */
export type Classes = number | Readonly<Record<string, number>>;

/** Several linear classifiers on the same features, `[B,C] -> [B,sum of classes]`, one child module a head. */
export class MultiHead extends Module<[x: tf.Tensor], tf.Tensor> {
  constructor(features: number, heads: Readonly<Record<string, number>>) {
    super();
    const self = this as unknown as Record<string, Linear>;
    for (const [name, classes] of Object.entries(heads)) {
      if (name in self || name.includes('.') || name === '') {
        throw new PodiumError({
          code: 'zoo-head-name',
          message: 'a head cannot have this name',
          expected: 'a name that is no attribute of modules and has no dots',
          got: JSON.stringify(name),
        });
      }
      self[name] = new Linear(features, classes);
    }
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.concat(
      this.namedChildren().map(([, head]) => (head as unknown as Linear).call(x)),
      -1,
    );
  }
}

/** Logits `[B,sum]` of a model with several heads, by head. */
export function splitHeads(
  logits: tf.Tensor,
  heads: Readonly<Record<string, number>>,
): Record<string, tf.Tensor> {
  const names = Object.keys(heads);
  const parts = tf.split(logits, Object.values(heads), -1);
  return Object.fromEntries(names.map((name, i) => [name, parts[i]!]));
}

/** The last layer of a model: `[B,C] -> [B,K]`. */
export type Classifier = Linear | MultiHead | Identity;

export function makeClassifier(features: number, classes: Classes): Classifier {
  if (typeof classes !== 'number') return new MultiHead(features, classes);
  return classes === 0 ? new Identity() : new Linear(features, classes);
}

/** What `numClasses` and `heads` ask for together. */
export function classesOf({ numClasses, heads }: Pick<ModelOptions, 'numClasses' | 'heads'>): Classes {
  return heads ?? numClasses;
}

/** Pooling by name, and how many features come out of it. */
export function makePool(
  kind: GlobalPool,
  channels: number,
): { pool: SelectAdaptivePool2d; features: number } {
  const pool = new SelectAdaptivePool2d(kind);
  return { pool, features: channels * pool.featureMultiplier };
}

/** Stochastic depth of block `index` of `count`: rises linearly to `last`. */
export function dropPathAt(last: number, index: number, count: number): number {
  return count < 2 ? 0 : (last * index) / (count - 1);
}
