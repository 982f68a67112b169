import { defineRegistry, type Registry } from '@podium/core';
import { isolateRandom, summary } from '@podium/nn';
import { costs } from './costs.ts';
import * as families from './families/index.ts';
import type { AnyFamily, ExplanationMethod, InputRule } from './family.ts';
import { modelOptions } from './model-options.ts';
import { type PretrainedWeights, pretrainedWeights } from './weights/pretrained-weights.ts';

/** A model that can be built: one variant of one family. */
export interface ModelEntry {
  /** timm's name, or torchvision's if timm has no such model. */
  readonly name: string;
  readonly family: AnyFamily;
  /** The variant's settings, as its family defines them. */
  readonly settings: unknown;
  /** Height and width that it is made for. */
  readonly imageSize: number;
  /** Which other sizes it takes. */
  readonly inputRule: InputRule;
  /** How to show where it looked. */
  readonly explanation: ExplanationMethod;
  /** Published checkpoints, the default one first; empty if there are none. */
  readonly weights: readonly PretrainedWeights[];
  /** Number of parameters, with 1000 classes. */
  readonly parameters: number;
  /**
   * Multiply-adds of a forward pass of one image, with 1000 classes. At another size than the model's own, computed from shapes
   * alone the first time, in some 50 milliseconds; needs no weights and no backend.
   *
   * @param imageSize height and width; default: the size that the model is made for
   */
  multiplyAdds(imageSize?: number): number;
}

/**
 * Every model of the zoo, by name.
 *
 * @example
 * const { imageSize, weights } = models.get('resnet50');
 * console.log(imageSize, weights[0].license);                  // 224 apache-2.0
 * console.log(models.get('resnet50').multiplyAdds() / 1e9);    // 4.09
 */
export const models: Registry<ModelEntry> = defineRegistry(
  Object.values(families).flatMap((family) =>
    Object.entries(family.variants).map(([name, settings]) => makeEntry(name, family, settings)),
  ),
  { kind: 'model' },
);

function makeEntry(name: string, family: AnyFamily, settings: unknown): ModelEntry {
  const imageSize = family.imageSize?.(settings) ?? 224;
  const known = new Map<number, Cost>();
  const [parameters, multiplyAdds] = costs[name] ?? [];
  if (parameters !== undefined && multiplyAdds !== undefined)
    known.set(imageSize, { parameters, multiplyAdds });
  const cost = (size: number): Cost => {
    const found = known.get(size) ?? countCost(family, settings, size);
    known.set(size, found);
    return found;
  };
  return {
    name,
    family,
    settings,
    imageSize,
    inputRule: { fixed: false, multipleOf: 1, minimum: 1, ...family.inputRule?.(settings) },
    explanation: family.explanation ?? { method: 'grad-cam' },
    get weights() {
      return pretrainedWeights(name);
    },
    get parameters() {
      return cost(imageSize).parameters;
    },
    multiplyAdds: (size = imageSize) => cost(size).multiplyAdds,
  };
}

interface Cost {
  readonly parameters: number;
  readonly multiplyAdds: number;
}

/** What the model costs at one size; for the variants that `costs.ts` lacks, such as a user's own, and for other sizes. */
function countCost(family: AnyFamily, settings: unknown, size: number): Cost {
  return isolateRandom(() => {
    const model = family.build(settings, modelOptions({ imageSize: [size, size] }, family));
    return summary(model, [1, size, size, 3]);
  });
}

export interface ModelFilter {
  /** Only models with published weights. */
  readonly pretrained?: boolean;
  /** Only models of the family of this name. */
  readonly family?: string;
  /** Only models with weights under this license. */
  readonly license?: string;
  /** Only models with at most so many parameters, with 1000 classes. */
  readonly maxParameters?: number;
  /** Only models with at most so many multiply-adds per image, at their own size. */
  readonly maxMultiplyAdds?: number;
}

/** Names of the models that match a glob such as `resnet*`, in natural order. */
export function listModels(glob?: string, filter: ModelFilter = {}): string[] {
  const { pretrained = false, family, license, maxParameters, maxMultiplyAdds } = filter;
  return models.names(glob).filter((name) => {
    const entry = models.get(name);
    return (
      (!pretrained || entry.weights.length > 0) &&
      (family === undefined || entry.family.name === family) &&
      (license === undefined || entry.weights.some((each) => each.license === license)) &&
      (maxParameters === undefined || entry.parameters <= maxParameters) &&
      (maxMultiplyAdds === undefined || entry.multiplyAdds() <= maxMultiplyAdds)
    );
  });
}
