import type { Progress, ProgressPoint } from '@podium/pipeline';
import { type Callback, type HistoryRow, progress } from '@podium/training';
import { rowPoint } from '../track/history-points.ts';

/** Reports how far a training is, with what trackers plot: the loss and learning rate of now, and each row of the history. */
export function progressCallback(report: (progress: Progress) => void, epochs: number): Callback {
  let last: Progress = { done: 0, total: 1000, unit: 'steps' };
  let sent = 0;
  const rowsOf = (history: readonly HistoryRow[]): ProgressPoint[] => {
    const points = history.slice(sent).map(rowPoint);
    sent = history.length;
    return points;
  };
  const live = progress(({ share, epoch, step, loss, learningRate }) => {
    last = {
      done: Math.round(share * 1000),
      total: 1000,
      unit: 'steps',
      message: `epoch ${epoch + 1} of ${epochs}, loss ${loss.toFixed(3)}`,
    };
    report({ ...last, points: [{ step, values: { 'train/loss': loss, learning_rate: learningRate } }] });
  });
  const reportRows = (history: readonly HistoryRow[]): undefined => {
    const points = rowsOf(history);
    if (points.length > 0) report({ ...last, points });
  };
  return {
    name: live.name,
    on: {
      ...live.on,
      start: (event, context) => {
        const { step, epoch, history } = context;
        sent = 0;
        if (step > 0) {
          last = { ...last, done: Math.round((1000 * epoch) / epochs) };
          report({ ...last, resumedFrom: step, points: rowsOf(history) });
        }
        return live.on.start?.(event, context);
      },
      validation: (_, { history }) => reportRows(history),
      'epoch-end': (_, { history }) => reportRows(history),
    },
  };
}
