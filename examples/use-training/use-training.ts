import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  assignFolds,
  createLoader,
  type DatasetDescription,
  type LoaderState,
  readDataset,
  rowsOfFold,
  shuffled,
  withFolds,
} from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { loadEngine } from '@podium/engine';
import { accuracy, scoreRows } from '@podium/metrics';
import {
  AdaptiveAvgPool2d,
  type AnyModule,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  manualSeed,
  Sequential,
} from '@podium/nn';
import {
  createCheckpointStore,
  createHeadsLoss,
  createSchedule,
  createTrainer,
  type FitResult,
  type TrainingEvent,
} from '@podium/training';

const EPOCHS = 6;
const SIZE = [32, 24] as const;
/** Whether a mask is worn, worn incorrectly, or not worn. */
const HEAD = 'mask';

/** A small network: `[B,32,24,3] -> [B,3]`. */
export function smallNet(): AnyModule {
  manualSeed(1);
  return new Sequential({
    conv1: new Conv2d(3, 16, 3, { stride: 2, padding: 1, bias: false }),
    norm1: new BatchNorm2d(16, { activation: 'relu' }),
    conv2: new Conv2d(16, 32, 3, { stride: 2, padding: 1, bias: false }),
    norm2: new BatchNorm2d(32, { activation: 'relu' }),
    pool: new AdaptiveAvgPool2d(4),
    flatten: new Flatten(),
    out: new Linear(32 * 16, 3),
  }) as unknown as AnyModule;
}

/**
 * Trains the network on all folds but one, and validates it on that fold. Stopped or killed, it resumes from `checkpoints`,
 * to the same bits.
 *
 * @param maxSteps stops early, to show that
 */
export async function trainMasks(
  data: DatasetDescription,
  model: AnyModule,
  options: {
    readonly checkpoints: string;
    readonly maxSteps?: number;
    readonly onEvent?: (event: TrainingEvent) => void;
  },
): Promise<FitResult> {
  const heads = data.heads.filter(({ name }) => name === HEAD);
  const manifest = { heads, rows: data.train };
  const folds = assignFolds(manifest, { folds: 3, seed: 1 });
  const { train, validation } = rowsOfFold(withFolds(data.train, folds), 0);
  const common = { root: data.root, heads, batchSize: 16, imageSize: SIZE, seed: 1 };
  const totalSteps = EPOCHS * Math.ceil(train.length / common.batchSize);
  const trainer = createTrainer({
    model,
    loss: createHeadsLoss([
      { name: HEAD, classes: 3, loss: { name: 'cross-entropy', labelSmoothing: 0.05 } },
    ]),
    optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.01 },
    schedule: createSchedule({ name: 'cosine', learningRate: 0.01, totalSteps }),
    batches: (state) =>
      createLoader({
        ...common,
        rows: train,
        epochs: EPOCHS,
        sampler: shuffled(),
        transform: {
          module: import.meta.resolve('@podium/augment'),
          factory: 'pipelineFrom',
          argument: ['horizontalFlip'],
        },
        state: state as LoaderState | undefined,
      }),
    epochs: EPOCHS,
    seed: 1,
    validation: {
      batches: () => createLoader({ ...common, rows: validation }),
      metrics: { accuracy: (predictions, targets) => accuracy.compute(scoreRows(predictions, targets)) },
    },
    checkpoints: createCheckpointStore({ folder: options.checkpoints, monitor: 'accuracy', mode: 'max' }),
    saveEvery: { steps: 5 },
    maxSteps: options.maxSteps,
    onEvent: options.onEvent,
  });
  return await trainer.fit();
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'podium-use-training-')));
  await writeMaskCompetition(join(folder, 'masks'), { people: 30, testPeople: 1, width: 24, height: 32 });
  const data = await readDataset(join(folder, 'masks'), { settings: { heads: 'both' } });
  await loadEngine({ deterministic: true });
  const checkpoints = join(folder, 'checkpoints');
  const onEvent = (event: TrainingEvent) => {
    if (event.type === 'start' && event.resumedFrom !== undefined)
      console.log(`resumed from ${event.resumedFrom}`);
    if (event.type === 'epoch-end') {
      const { epoch, trainLoss, metrics } = event.row;
      console.log(
        `epoch ${epoch + 1}: loss ${trainLoss?.toFixed(3)}, accuracy ${metrics.accuracy?.toFixed(3)}`,
      );
    }
  };
  // Interrupt it with Ctrl-C and run it again with the same folder: it resumes.
  const { reason, steps } = await trainMasks(data, smallNet(), { checkpoints, onEvent });
  console.log(`${reason} after ${steps} steps; checkpoints are in ${checkpoints}`);
}
