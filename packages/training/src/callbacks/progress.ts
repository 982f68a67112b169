import type { Callback, HistoryRow } from '../loop/index.ts';

/** How far a run is, in numbers: whoever shows it makes them look nice. */
export interface ProgressReport {
  readonly epoch: number;
  readonly epochs: number;
  /** Batches of this epoch done, and how many there are. */
  readonly batch: number;
  readonly batches: number;
  /** Of the whole run, 0 to 1. */
  readonly share: number;
  readonly step: number;
  /** Mean over the steps since the report before. */
  readonly loss: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Of this run. */
  readonly seconds: number;
  /** By the pace of this process so far, validations and checkpoints included; undefined at the very start. */
  readonly secondsLeft: number | undefined;
  /** The newest validation. */
  readonly last: HistoryRow | undefined;
}

/**
 * Reports progress every so many seconds of training, and at each epoch's last step.
 *
 * @param everySeconds default 1
 */
export function progress(
  onProgress: (report: ProgressReport) => void,
  { everySeconds = 1 }: { readonly everySeconds?: number } = {},
): Callback {
  let start: { readonly share: number; readonly seconds: number } | undefined;
  let toldAt = 0;
  let images = 0;
  let losses: number[] = [];
  return {
    name: 'progress',
    on: {
      start: (_, { seconds }) => {
        start = undefined;
        toldAt = seconds;
        images = 0;
        losses = [];
        return undefined;
      },
      step: (event, { epochs, seconds, history }) => {
        const { epoch, batch, batches, step, learningRate } = event;
        const share = (epoch + batch / batches) / epochs;
        // The first step pays for what is made once: the pace is counted from its end.
        start ??= { share, seconds };
        images += event.images;
        losses.push(event.loss);
        if (seconds - toldAt < everySeconds && batch < batches) return undefined;
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
          imagesPerSecond: images / Math.max(seconds - toldAt, 1e-9),
          seconds,
          secondsLeft: done > 0 ? ((1 - share) * elapsed) / done : undefined,
          last: history.findLast(({ metrics }) => Object.keys(metrics).length > 0),
        });
        toldAt = seconds;
        images = 0;
        losses = [];
        return undefined;
      },
    },
  };
}
