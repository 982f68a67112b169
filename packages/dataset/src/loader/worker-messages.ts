import type { Problem } from '@podium/core';
import type { JpegDecoderFiles } from '../decode/jpeg-decoder.ts';
import type { SharedEpoch } from './epoch-order.ts';
import type { ProducerReport, ProducerSettings } from './producer.ts';

/** What a thread makes samples with. */
export interface WorkerTask {
  readonly settings: ProducerSettings;
  /** Counts the pixels that all threads decode at once. */
  readonly budget: Int32Array<SharedArrayBuffer>;
  /** What the main thread decodes JPEGs with, if not with sharp. */
  readonly jpegDecoder: JpegDecoderFiles | undefined;
}

export type ToWorker =
  | { readonly kind: 'start'; readonly task: WorkerTask }
  | { readonly kind: 'epoch'; readonly epoch: SharedEpoch }
  | { readonly kind: 'wake' }
  | { readonly kind: 'end' };

export type ToMain =
  | ProducerReport
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** Nothing of the task is in flight; the thread waits for another. */
  | { readonly kind: 'finished' };
