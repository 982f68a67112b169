import { preset } from '@podium/augment';
import type { TransformModule } from '@podium/dataset';
import type { InputSettings } from './model.ts';

export const viewNames = ['whole', 'flip'] as const;
export type ViewName = (typeof viewNames)[number];

interface EvalSettings {
  readonly imageSize: number;
  readonly fit: 'squash' | 'crop';
  readonly input: Pick<InputSettings, 'interpolation'>;
}

/** The steps that make a picture ready to be predicted. */
export function evalSteps({ imageSize: size, fit, input: { interpolation } }: EvalSettings): unknown[] {
  if (fit === 'squash') return [{ resize: { size, interpolation } }];
  return [...preset('eval', { size, interpolation })];
}

/** The transform of one view. */
export function viewTransform(view: ViewName, settings: EvalSettings): TransformModule {
  return pipelineModule([...evalSteps(settings), ...(view === 'flip' ? [{ horizontalFlip: { p: 1 } }] : [])]);
}

/** A list of steps as the loader's workers build it. */
export function pipelineModule(steps: readonly unknown[]): TransformModule {
  return { module: import.meta.resolve('@podium/augment'), factory: 'pipelineFrom', argument: steps };
}
