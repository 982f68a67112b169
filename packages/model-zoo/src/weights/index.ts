import type { InputConfig, PretrainedWeights } from '../family.ts';
import { packaged } from './packaged.ts';
import { type PublishedRow, published } from './published.ts';

const STATISTICS = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  half: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  clip: { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] },
} satisfies Record<PublishedRow[4], Pick<InputConfig, 'mean' | 'std'>>;

/** The checkpoints that are published for a model, the default one first. */
export function pretrainedWeights(model: string): readonly PretrainedWeights[] {
  const rows = published[model] ?? [];
  return [...rows.map((row) => fromRow(model, row)), ...(packaged[model] ?? [])];
}

function fromRow(model: string, row: PublishedRow): PretrainedWeights {
  const [tag, size, cropFraction, interpolation, statistics, classes, torchvision] = row;
  return {
    tag,
    source:
      torchvision === undefined
        ? `hf:timm/${model}.${tag}`
        : `https://download.pytorch.org/models/${torchvision}`,
    classes,
    input: { imageSize: [size, size], ...STATISTICS[statistics], cropFraction, interpolation },
  };
}
