import type { Interpolation } from '@podium/core';
import type { StateDict } from '@podium/nn';
import type { ImageModel, ModelOptions } from './image-model.ts';

/** How images are made ready for a model: what its weights were trained with. */
export interface InputConfig {
  /** Height and width in pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** Per channel, of pixels scaled to [0,1]. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Share of the shorter side that the center crop keeps. */
  readonly cropFraction: number;
  readonly interpolation: Interpolation;
}

/** One published checkpoint of a variant. */
export interface PretrainedWeights {
  /** What it was trained on and how, by timm's names: `a1_in1k`. */
  readonly tag: string;
  /** Where it is: `hf:timm/resnet18.a1_in1k`. */
  readonly source: string;
  readonly classes: number;
  readonly input: InputConfig;
}

/** A family of models: one paper, one file. */
export interface Family<Settings = never> {
  /** `resnet`. */
  readonly name: string;
  /** What tells one variant from the other, by timm's name (or torchvision's, where timm has none). */
  readonly variants: Readonly<Record<string, Settings>>;
  readonly build: (settings: Settings, options: ModelOptions) => ImageModel;
  /** Height and width that a variant is made for, where that is not 224. */
  readonly imageSize?: (settings: Settings) => number;
  /** timm's name by torchvision's, where keys or names differ. */
  readonly torchvision?: Readonly<Record<string, string>>;
  /** Our key for torchvision's; undefined drops it. */
  readonly fromTorchvision?: (key: string, settings: Settings) => string | undefined;
  /** The same for keys of other publishers, by publisher: `lukemelas`. */
  readonly keyMaps?: Readonly<Record<string, (key: string, settings: Settings) => string | undefined>>;
  /** Brings a checkpoint of older or other form (another image size) to what the model wants. */
  readonly adaptState?: (state: StateDict, model: ImageModel) => StateDict;
}

/** Checks the settings of variants against the family's type, and hides that type from the registry. */
export function defineFamily<Settings>(family: Family<Settings>): AnyFamily {
  return family as unknown as AnyFamily;
}

/** A family whose settings are nobody's business but its own. */
export type AnyFamily = Family<unknown>;
