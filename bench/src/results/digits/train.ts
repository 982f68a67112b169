import { createLoader, type LoaderState, type readDataset, sequential, shuffled } from '@podium/dataset';
import { accuracy, scoreRows } from '@podium/metrics';
import { createEma, createHeadsLoss, createSchedule, createTrainer, type HistoryRow } from '@podium/training';
import { digitNet } from './net.ts';
import { AUGMENTATION, type DigitRecipe, NORMALIZATION } from './recipe.ts';

export type DigitSet = Awaited<ReturnType<typeof readDataset>>;

/** One epoch of a run. */
export interface DigitPoint {
  readonly epoch: number;
  /** Mean over the epoch's batches. */
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly testAccuracy: number;
  /** Since the start of the run, evaluations included. */
  readonly seconds: number;
  /** Processor time of all threads. Unlike elapsed time, other load hardly changes it. */
  readonly cpuSeconds: number;
}

export interface DigitRun {
  readonly curve: readonly DigitPoint[];
  /** Of the last epoch: nothing is chosen on the test set. */
  readonly accuracy: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Trains a network, and evaluates it on the test images after every epoch. */
export async function trainDigits(
  set: DigitSet,
  recipe: DigitRecipe,
  options: {
    readonly seed: number;
    readonly augment: boolean;
    /** Evaluate an average of the weights instead of the weights. */
    readonly average: boolean;
    readonly onPoint?: (point: DigitPoint) => void;
  },
): Promise<DigitRun> {
  const { seed, augment, onPoint } = options;
  const { epochs, batchSize, learningRate, weightDecay, dropout } = recipe;
  const common = {
    root: set.root,
    heads: set.heads,
    imageSize: [28, 28],
    seed,
    workers: 1,
    decode: { mode: 'gray' },
  } as const;
  const [head] = set.heads;
  const classes = head?.classes.length ?? 10;
  const steps = Math.floor(set.train.length / batchSize);
  const model = digitNet(seed, { dropout });
  const average = createEma({ decay: 0.999, warmup: true });
  const curve: DigitPoint[] = [];
  const start = performance.now();
  const cpu = process.cpuUsage();
  const onRow = (row: HistoryRow) => {
    const used = process.cpuUsage(cpu);
    const point = {
      epoch: row.epoch + 1,
      trainLoss: row.trainLoss ?? Number.NaN,
      testLoss: row.metrics.loss!,
      testAccuracy: row.metrics.accuracy!,
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: (used.user + used.system) / 1e6,
    };
    curve.push(point);
    onPoint?.(point);
  };
  await createTrainer({
    model,
    loss: createHeadsLoss([{ name: head?.name ?? 'label', classes, loss: { name: 'cross-entropy' } }]),
    batches: (state) =>
      createLoader({
        ...common,
        rows: set.train,
        batchSize,
        epochs,
        sampler: shuffled(),
        dropLast: true,
        ...(augment && {
          transform: {
            module: import.meta.resolve('@podium/augment'),
            factory: 'pipelineFrom',
            argument: AUGMENTATION,
          },
        }),
        state: state as LoaderState,
      }),
    epochs,
    seed,
    optimizer: { name: 'adamw', learningRate, weightDecay },
    schedule: createSchedule({ name: 'one-cycle', learningRate, totalSteps: epochs * steps }),
    normalization: NORMALIZATION,
    ...(options.average && { average: { weights: average } }),
    validation: {
      batches: () => createLoader({ ...common, rows: set.test, batchSize: 500, sampler: sequential() }),
      metrics: {
        accuracy: (predictions, targets) => accuracy.compute(scoreRows(predictions, targets)),
      },
    },
    onEvent: (event) => event.type === 'epoch-end' && onRow(event.row),
  }).fit();
  average.dispose();
  model.dispose();
  const last = curve.at(-1)!;
  return { curve, accuracy: last.testAccuracy, seconds: last.seconds, cpuSeconds: last.cpuSeconds };
}
