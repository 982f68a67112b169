import { preset, SHAPE_OPERATIONS } from '@podium/augment';
import type { z } from 'zod';
import { evalSteps } from '../models/views.ts';
import type { ResolvedModel } from './resolve-config.ts';
import type { Augmentation, UserCode } from './shared-schemas.ts';

/** Steps of a pipeline as JSON, as `pipelineFrom` takes them. */
type Steps = z.core.util.JSONType[];

/** A model's augmentation as the steps that stages take, or as the export of your own code. */
export function trainingSteps(model: ResolvedModel): {
  readonly steps: Steps | { readonly export: string; readonly argument?: z.core.util.JSONType };
  readonly code?: UserCode;
} {
  const { augment, flip, colors, imageSize: size, input } = model;
  if (augment === 'none') return { steps: [] };
  if (typeof augment === 'string') {
    const steps = preset(augment, { size, interpolation: input.interpolation });
    const mirrored = steps.filter((step) => flip || !mirrors(step)) as Steps;
    return { steps: colors ? mirrored : withoutColorChanges(mirrored) };
  }
  // A list of your own starts from an image of the right size.
  if (Array.isArray(augment)) return { steps: [...evalSteps(model), ...augment] as Steps };
  return { steps: { export: augment.export, argument: augment.argument }, code: augment };
}

/** Whether training mirrors images left to right: then a mirrored view is one that the network knows. */
export function trainsMirrored({
  augment,
  flip,
}: {
  readonly augment: Augmentation;
  readonly flip: boolean;
}): boolean {
  if (Array.isArray(augment)) return augment.some(mirrors);
  return typeof augment === 'string' && augment !== 'none' && flip;
}

/** A preset's steps without those that change colors, and with the other operations of RandAugment only. */
function withoutColorChanges(steps: Steps): Steps {
  return steps.flatMap((step): Steps => {
    if (typeof step !== 'object' || step === null || Array.isArray(step)) return [step];
    if ('colorJitter' in step) return [];
    if (!('randAugment' in step)) return [step];
    return [{ randAugment: { ...(step.randAugment as object), operations: [...SHAPE_OPERATIONS] } }];
  });
}

/** Whether a step, or one inside it, mirrors images left to right. */
function mirrors(step: unknown): boolean {
  if (typeof step !== 'object' || step === null) return step === 'horizontalFlip';
  return Object.entries(step).some(([key, value]) => key === 'horizontalFlip' || mirrors(value));
}

/**
 * FixMatch's views: a shift and, where images keep their classes, a flip, from which labels are made, and on top of them RandAugment with a patch erased, which
 * is trained on. A list of your own replaces shift and flip.
 */
export function semiSupervisedSteps(model: ResolvedModel): { weak: Steps; strong: Steps } {
  const { augment, flip, colors } = model;
  const gentle = Array.isArray(augment)
    ? augment
    : [...(flip ? [{ horizontalFlip: {} }] : []), { affine: { degrees: 0, translate: 0.125 } }];
  const weak = [...evalSteps(model), ...gentle] as Steps;
  return {
    weak,
    strong: [
      ...weak,
      { randAugment: { n: 2, m: 9, ...(!colors && { operations: [...SHAPE_OPERATIONS] }) } },
      { randomErasing: { p: 0.5, filling: 'mean' } },
    ],
  };
}

/** A view for pretraining without labels: SimCLR's crop, flip, color and blur; or a list of your own. */
export function pretrainSteps(model: ResolvedModel): Steps {
  const { augment, flip, colors, imageSize: size, input, pretrain } = model;
  if (Array.isArray(augment)) return [...evalSteps(model), ...augment] as Steps;
  const isSimclr = pretrain?.method === 'simclr';
  const crop = {
    randomResizedCrop: { size, scale: [isSimclr ? 0.2 : 0.5, 1], interpolation: input.interpolation },
  };
  const flips = flip ? [{ horizontalFlip: {} }] : [];
  if (!isSimclr) return [crop, ...flips];
  return [
    crop,
    ...flips,
    ...(colors
      ? [
          { colorJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1, p: 0.8 } },
          { grayscale: { p: 0.2 } },
        ]
      : []),
    { gaussianBlur: { p: 0.3 } },
  ];
}
