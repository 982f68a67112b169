import type { Problem } from '@podium/core';
import type { EpochPlan } from './epoch-order.ts';
import type { ProducerReport } from './producer.ts';

export type ToWorker = { readonly kind: 'plan'; readonly plan: EpochPlan } | { readonly kind: 'wake' };

export type ToMain =
  | ProducerReport
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'finished' };
