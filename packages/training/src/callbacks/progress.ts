import type { HistoryRow } from '../history/index.ts';
import type { Callback } from '../loop/index.ts';

/** Progress of a run, as numbers. */
export interface ProgressReport {
  readonly epoch: number;
  readonly epochs: number;
  /** Batches of this epoch that are done, and their total number. */
  readonly batch: number;
  readonly batches: number;
  /** Part of the whole run, 0 to 1. */
  readonly share: number;
  readonly step: number;
  /** Mean over the steps since the last report. */
  readonly loss: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Seconds of training, including those from before a resume. */
  readonly seconds: number;
  /** Estimate from the pace of this process, validations and checkpoints included; undefined at the start. */
  readonly secondsLeft: number | undefined;
  /** The latest validation. */
  readonly lastValidation: HistoryRow | undefined;
}

/**
 * Reports progress regularly, and after the last step of each epoch.
 *
 * @param everySeconds default 1
 */
export function progress(
  onProgress: (report: ProgressReport) => void,
  { everySeconds = 1 }: { readonly everySeconds?: number } = {},
): Callback {
  let start: { readonly share: number; readonly seconds: number } | undefined;
  let reportedAt = 0;
  let images = 0;
  let losses: number[] = [];
  return {
    name: 'progress',
    on: {
      start: (_, { seconds }) => {
        start = undefined;
        reportedAt = seconds;
        images = 0;
        losses = [];
        return undefined;
      },
      step: (event, { epochs, maxSteps = Number.POSITIVE_INFINITY, seconds, history }) => {
        const { epoch, batch, batches, step, learningRate } = event;
        const share = Math.max((epoch + batch / batches) / epochs, step / maxSteps);
        // The first step allocates and compiles: the pace counts from its end.
        start ??= { share, seconds };
        images += event.images;
        losses.push(event.loss);
        if (seconds - reportedAt < everySeconds && batch < batches) return undefined;
        const done = share - start.share;
        const elapsed = seconds - start.seconds;
        onProgress({
          epoch,
          epochs,
          batch,
          batches,
          share,
          step,
          loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
          learningRate,
          imagesPerSecond: images / Math.max(seconds - reportedAt, 1e-9),
          seconds,
          secondsLeft: done > 0 ? ((1 - share) * elapsed) / done : undefined,
          lastValidation: history.findLast(({ metrics }) => Object.keys(metrics).length > 0),
        });
        reportedAt = seconds;
        images = 0;
        losses = [];
        return undefined;
      },
    },
  };
}
