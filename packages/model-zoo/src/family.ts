import type { Rng } from '@podium/core';
import type { StateDict } from '@podium/nn';
import type { ImageModel, ModelOptions } from './image-model.ts';

/** Which image sizes a network takes. */
export interface InputRule {
  /** Whether it is built for one size (position embeddings, windows). Another size has to be named when it is built. */
  readonly fixed: boolean;
  /** What height and width should be multiples of, so that no pixel is left out. Default 1. */
  readonly multipleOf: number;
  /** Smallest height and width. Default 1. */
  readonly minimum: number;
  /**
   * Set for networks without a fixed input size: their input should be as large as the images of the data set, up to this many
   * pixels per side.
   */
  readonly maximum?: number;
}

/** How to show where a network looked. */
export interface ExplanationMethod {
  readonly method: 'grad-cam' | 'attention-rollout';
  /** For Grad-CAM: path of the module whose output is explained. Default: the last feature map. */
  readonly layer?: string;
}

/** A family of models: one paper, one file. */
export interface Family<Settings = never> {
  /** `resnet`. */
  readonly name: string;
  /** Settings of each variant by timm's name, or by torchvision's if timm has no such model. */
  readonly variants: Readonly<Record<string, Settings>>;
  readonly build: (settings: Settings, options: ModelOptions) => ImageModel;
  /** Height and width that a variant is made for. Default 224. */
  readonly imageSize?: (settings: Settings) => number;
  /** Which other sizes a variant takes. Default: any. */
  readonly inputRule?: (settings: Settings) => Partial<InputRule>;
  /** Default: Grad-CAM on the last feature map. */
  readonly explanation?: ExplanationMethod;
  /** Dropout before the classifier unless the caller names a rate. Default 0. */
  readonly dropRate?: number;
  /** Whether it has blocks that stochastic depth can skip. Default true. */
  readonly dropPath?: boolean;
  /**
   * Stream that the initial weights of a parameter are drawn from, given the stream of the seed and the parameter's path and
   * place among all parameters. Default: a stream named by the path, so that adding a layer leaves all others as they were.
   */
  readonly initialStream?: (seed: Rng, path: string, index: number) => Rng;
  /**
   * Whether a classifier that a checkpoint lacks may be trained from the family's own initial weights. Default false: those
   * of EfficientNet, for example, are ten times too large to fine-tune from, and PyTorch's are drawn instead.
   */
  readonly keepsNewClassifier?: boolean;
  /** timm's name by torchvision's, for models whose keys or names differ. */
  readonly torchvision?: Readonly<Record<string, string>>;
  /** Our key for torchvision's; undefined drops it. */
  readonly fromTorchvision?: (key: string, settings: Settings) => string | undefined;
  /** The same for keys of other publishers, by publisher: `lukemelas`. */
  readonly keyMaps?: Readonly<Record<string, (key: string, settings: Settings) => string | undefined>>;
  /** Our key for one of several that PyTorch gives a tensor which layers share. */
  readonly sharedName?: (key: string) => string;
  /** Converts a checkpoint of an older form or another image size to what the model expects. */
  readonly adaptState?: (state: StateDict, model: ImageModel) => StateDict;
}

/** Checks the settings of the variants against the family's type, and hides that type from the registry. */
export function defineFamily<Settings>(family: Family<Settings>): AnyFamily {
  return family as unknown as AnyFamily;
}

/** A family whose settings only it understands. */
export type AnyFamily = Family<unknown>;
