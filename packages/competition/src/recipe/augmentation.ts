import { preset } from '@podium/augment';
import type { z } from 'zod';
import { evalSteps } from '../models/views.ts';
import type { ResolvedModel } from './resolve-config.ts';
import type { UserCode } from './shared-schemas.ts';

/** Steps of a pipeline as JSON, as `pipelineFrom` takes them. */
type Steps = z.core.util.JSONType[];

/** A model's augmentation as the steps that stages take, or as the export of your own code. */
export function trainingSteps(model: ResolvedModel): {
  readonly steps: Steps | { readonly export: string; readonly argument?: z.core.util.JSONType };
  readonly code?: UserCode;
} {
  const { augment, imageSize: size, input } = model;
  if (augment === 'none') return { steps: [] };
  if (typeof augment === 'string')
    return { steps: [...preset(augment, { size, interpolation: input.interpolation })] as Steps };
  // A list of your own starts from an image of the right size.
  if (Array.isArray(augment)) return { steps: [...evalSteps(model), ...augment] as Steps };
  return { steps: { export: augment.export, argument: augment.argument }, code: augment };
}

/**
 * FixMatch's views: a shift and a flip, from which labels are made, and on top of them RandAugment with a patch erased, which
 * is trained on. A list of your own replaces shift and flip.
 */
export function semiSupervisedSteps(model: ResolvedModel): { weak: Steps; strong: Steps } {
  const { augment } = model;
  const gentle = Array.isArray(augment)
    ? augment
    : [{ horizontalFlip: {} }, { affine: { degrees: 0, translate: 0.125 } }];
  const weak = [...evalSteps(model), ...gentle] as Steps;
  return {
    weak,
    strong: [...weak, { randAugment: { n: 2, m: 9 } }, { randomErasing: { p: 0.5, filling: 'mean' } }],
  };
}

/** A view for pretraining without labels: SimCLR's crop, flip, color and blur; or a list of your own. */
export function pretrainSteps(model: ResolvedModel): Steps {
  const { augment, imageSize: size, input, pretrain } = model;
  if (Array.isArray(augment)) return [...evalSteps(model), ...augment] as Steps;
  const isSimclr = pretrain?.method === 'simclr';
  const crop = {
    randomResizedCrop: { size, scale: [isSimclr ? 0.2 : 0.5, 1], interpolation: input.interpolation },
  };
  if (!isSimclr) return [crop, { horizontalFlip: {} }];
  return [
    crop,
    { horizontalFlip: {} },
    { colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 } },
    { grayscale: { p: 0.2 } },
    { gaussianBlur: { p: 0.3 } },
  ];
}
