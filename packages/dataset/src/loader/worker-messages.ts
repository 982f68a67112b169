import type { Problem } from '@podium/core';
import type { SharedEpoch } from './epoch-order.ts';
import type { ProducerReport } from './producer.ts';

export type ToWorker = { readonly kind: 'epoch'; readonly epoch: SharedEpoch } | { readonly kind: 'wake' };

export type ToMain =
  | ProducerReport
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'finished' };
