import type { Problem } from '@podium/core';
import type { SharedEpoch } from './epoch-order.ts';
import type { ProducerReport, ProducerSettings } from './producer.ts';

/** What a thread starts with. */
export interface WorkerData {
  readonly settings: ProducerSettings;
  /** Counts the pixels that all threads decode at once. */
  readonly budget: Int32Array<SharedArrayBuffer>;
}

export type ToWorker = { readonly kind: 'epoch'; readonly epoch: SharedEpoch } | { readonly kind: 'wake' };

export type ToMain =
  | ProducerReport
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'finished' };
