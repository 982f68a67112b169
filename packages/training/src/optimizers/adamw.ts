import { number } from '../settings.ts';
import { type AdamSettings, adam, adamRow } from './adam.ts';
import type { OptimizerDefinition } from './definition.ts';

/** AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), as `torch.optim.AdamW`: weight decay beside the gradient. */
export const adamw: OptimizerDefinition<'adamw', AdamSettings> = {
  ...adam,
  name: 'adamw',
  settings: { ...adam.settings, weightDecay: number(0.01, { from: 0 }) },
  row: (settings, numbers) => adamRow(settings, numbers, true),
};
