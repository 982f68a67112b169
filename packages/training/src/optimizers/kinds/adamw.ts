import { adamRule } from '@podium/engine';
import { z } from 'zod';
import { defineOptimizer, weightDecay } from '../definition.ts';
import { adam, adamUpdate } from './adam.ts';

/** AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), as `torch.optim.AdamW`: weight decay beside the gradient. */
export const adamw = defineOptimizer({
  name: 'adamw',
  summary: 'Adam with weight decay applied to the weights. The default for fine-tuning and transformers.',
  settings: z.strictObject({ ...adam.settings.shape, weightDecay: weightDecay(0.01) }),
  rule: adamRule,
  create: (settings) => adamUpdate(settings, { decoupled: true }),
});
