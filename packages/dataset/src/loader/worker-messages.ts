import type { Problem } from '@podium/core';
import type { JpegDecoderFiles } from '../decode/jpeg-decoder.ts';
import type { SharedEpoch } from './epoch-order.ts';
import type { ProducerReport, ProducerSettings } from './producer.ts';

/** What a thread starts with. */
export interface WorkerData {
  readonly settings: ProducerSettings;
  /** Counts the pixels that all threads decode at once. */
  readonly budget: Int32Array<SharedArrayBuffer>;
  /** What the main thread decodes JPEGs with, if not with sharp. */
  readonly jpegDecoder: JpegDecoderFiles | undefined;
}

export type ToWorker = { readonly kind: 'epoch'; readonly epoch: SharedEpoch } | { readonly kind: 'wake' };

export type ToMain =
  | ProducerReport
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'finished' };
