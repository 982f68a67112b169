import { preset, viewsFrom } from '@podium/augment';
import type { TransformModule } from '@podium/dataset';
import type { InputSettings } from './input-settings.ts';

/** Views of an image for prediction: the squashed or cropped image, mirrored, or `@podium/augment`'s crops and scales. */
export const viewNames = ['whole', 'flip', 'flip-vertical', 'five-crops', 'ten-crops', 'scales'] as const;
export type ViewName = (typeof viewNames)[number];

export interface EvalSettings {
  readonly imageSize: number;
  readonly fit: 'squash' | 'crop';
  readonly input: Pick<InputSettings, 'interpolation'>;
}

/** The steps that prepare an image for prediction. */
export function evalSteps({ imageSize: size, fit, input: { interpolation } }: EvalSettings): unknown[] {
  if (fit === 'squash') return [{ resize: { size, interpolation } }];
  return [...preset('eval', { size, interpolation })];
}

/** The views of these names as transforms for the loader; some names stand for several views. */
export function viewTransforms(views: readonly ViewName[], settings: EvalSettings): TransformModule[] {
  return views.flatMap((view) => {
    const steps = evalSteps(settings);
    switch (view) {
      case 'whole':
        return [pipelineModule(steps)];
      case 'flip':
        return [pipelineModule([...steps, { horizontalFlip: { p: 1 } }])];
      case 'flip-vertical':
        return [pipelineModule([...steps, { verticalFlip: { p: 1 } }])];
      default: {
        const kind = { 'five-crops': 'fiveCrops', 'ten-crops': 'tenCrops', scales: 'scales' }[view];
        const { imageSize: size, input } = settings;
        const made = viewsFrom([kind], { size, interpolation: input.interpolation });
        return made.map(({ spec }) => ({ ...AUGMENT, factory: 'viewFrom', argument: spec }));
      }
    }
  });
}

const AUGMENT = { module: import.meta.resolve('@podium/augment') };

/** A list of steps, as the loader's workers build it. */
export function pipelineModule(steps: readonly unknown[]): TransformModule {
  return { ...AUGMENT, factory: 'pipelineFrom', argument: steps };
}
