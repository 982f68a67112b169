import { imagenetNormalization } from '@podium/core';
import type { InputConfig } from '../input-config.ts';
import { packaged } from './packaged.ts';
import { type PublishedRow, published } from './published.ts';

/**
 * License of a set of weights as its publisher states it, by the Hugging Face hub's names; `unknown` if the publisher states
 * none. Terms of the data that the weights were trained on may apply besides.
 */
export type WeightsLicense =
  | 'apache-2.0'
  | 'apple-amlr'
  | 'apple-ascl'
  | 'bsd-3-clause'
  | 'cc-by-nc-4.0'
  | 'dinov3-license'
  | 'fair-noncommercial-research-license'
  | 'fastvit-license'
  | 'mit'
  | 'mobileone-license'
  | 'seer-license'
  | 'unknown';

/** One published checkpoint of a model. */
export interface PretrainedWeights {
  /** What it was trained on and how, by timm's names: `a1_in1k`. */
  readonly tag: string;
  /** Where it is: `hf:timm/resnet18.a1_in1k`. */
  readonly source: string;
  readonly classes: number;
  readonly input: InputConfig;
  readonly license: WeightsLicense;
}

const STATISTICS = {
  imagenet: imagenetNormalization,
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
  zero: { mean: [0, 0, 0], std: [1, 1, 1] },
} satisfies Record<PublishedRow[4], Pick<InputConfig, 'mean' | 'std'>>;

/** Published checkpoints of a model, the default one first; empty if there are none. */
export function pretrainedWeights(model: string): readonly PretrainedWeights[] {
  const rows = published[model] ?? [];
  return [...rows.map((row) => fromRow(model, row)), ...(packaged[model] ?? [])];
}

function fromRow(model: string, row: PublishedRow): PretrainedWeights {
  const [tag, size, cropFraction, interpolation, statistics, classes, license, place] = row;
  return {
    tag,
    source: sourceOf(place, `${model}.${tag}`),
    classes,
    input: { imageSize: [size, size], ...STATISTICS[statistics], cropFraction, interpolation },
    license,
  };
}

function sourceOf(place: string | undefined, repository: string): string {
  if (place === undefined) return `hf:timm/${repository}`;
  return place.startsWith('hf:') ? place : `https://download.pytorch.org/models/${place}`;
}
