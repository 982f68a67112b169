import { preset as augmentPreset } from '@podium/augment';
import type { InputSettings } from '../models/open-model.ts';
import { evalSteps } from '../models/views.ts';
import type { OwnCode } from '../settings/schema.ts';
import type { ChosenModel } from './resolve-config.ts';
import { type FoundWeights, imagenetInput } from './weights.ts';

/**
 * FixMatch's views: a shift and a flip, from which labels are made, and RandAugment with something cut out on top, which is
 * trained on. A list of the user's own takes the place of shift and flip.
 */
export function semiViews(model: ChosenModel): { weak: unknown[]; strong: unknown[] } {
  const { augment } = model;
  const gentle = Array.isArray(augment)
    ? augment
    : [{ horizontalFlip: {} }, { affine: { degrees: 0, translate: 0.125 } }];
  const weak = [...evalSteps(model), ...gentle];
  return {
    weak,
    strong: [...weak, { randAugment: { n: 2, m: 9 } }, { randomErasing: { p: 0.5, filling: 'mean' } }],
  };
}

/** A view for learning without labels: SimCLR's crop, flip, color and blur; a list of the user's own instead. */
export function pretrainView(model: ChosenModel): unknown[] {
  const { augment, imageSize: size, input, pretrain } = model;
  if (Array.isArray(augment)) return [...evalSteps(model), ...augment];
  const crop = {
    randomResizedCrop: {
      size,
      scale: [pretrain?.method === 'simclr' ? 0.2 : 0.5, 1],
      interpolation: input.interpolation,
    },
  };
  if (pretrain?.method !== 'simclr') return [crop, { horizontalFlip: {} }];
  return [
    crop,
    { horizontalFlip: {} },
    { colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 } },
    { grayscale: { p: 0.2 } },
    { gaussianBlur: { p: 0.3 } },
  ];
}

/** How images are made ready where no weights say it. */
export function plainInput(): InputSettings {
  const { mean, std, interpolation } = imagenetInput(224);
  return { mean: [...mean], std: [...std], interpolation };
}

/** Sides that a small net takes. */
export function smallSize(side: number): number {
  return Math.max(16, Math.min(Math.floor(side / 4) * 4, 64));
}

/** How images are made ready for these weights. */
export function inputOf({ input: { mean, std, interpolation } }: FoundWeights): InputSettings {
  return { mean: [...mean], std: [...std], interpolation };
}

/** A model's augmentation as steps, or as code of the user's. */
export function augmentOf(
  model: ChosenModel,
): { steps: never } | { steps: { export: string; argument?: never }; code: OwnCode } {
  const { augment, imageSize: size, input } = model;
  if (augment === 'none') return { steps: [] as never };
  if (typeof augment === 'string')
    return { steps: [...augmentPreset(augment, { size, interpolation: input.interpolation })] as never };
  // A list of the user's starts from an image of the right size.
  if (Array.isArray(augment)) return { steps: [...evalSteps(model), ...augment] as never };
  const { export: name, argument } = augment as OwnCode;
  return {
    steps: { export: name, argument: argument as never },
    code: augment as OwnCode,
  };
}

/** The entries that are there. */
export function withoutUndefined<T extends object>(value: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(value).filter(([, own]) => own !== undefined)) as never;
}
