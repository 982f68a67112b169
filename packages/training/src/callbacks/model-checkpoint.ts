import type { Callback } from '../loop/index.ts';
import { modeOf } from '../loop/mode.ts';

export interface ModelCheckpointOptions {
  /** Save whenever this is better than ever before: a name in the history. */
  readonly onBest?: string;
  /** Default: lower is better for a loss, higher for others. */
  readonly mode?: 'min' | 'max';
  /** Save when so many minutes of training have passed since the last time. */
  readonly everyMinutes?: number;
}

/** Asks for checkpoints beyond the trainer's `saveEvery`; which of them stay is the store's business. */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const { onBest, everyMinutes } = options;
  let savedAt: number | undefined;
  return {
    name: 'model-checkpoint',
    on: {
      start: (_, { seconds }) => {
        savedAt = seconds;
        return undefined;
      },
      saved: (_, { seconds }) => {
        savedAt = seconds;
        return undefined;
      },
      step: (_, { seconds }) =>
        everyMinutes !== undefined && seconds - (savedAt ?? 0) >= everyMinutes * 60 ? 'save' : undefined,
      validation: ({ row }, { history }) => {
        const value = onBest === undefined ? undefined : row.metrics[onBest];
        if (onBest === undefined || value === undefined) return undefined;
        const sign = (options.mode ?? modeOf(onBest)) === 'min' ? -1 : 1;
        const before = history
          .slice(0, -1)
          .flatMap(({ metrics }) => (metrics[onBest] === undefined ? [] : [sign * metrics[onBest]]));
        return before.every((other) => sign * value > other) ? 'save' : undefined;
      },
    },
  };
}
