import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createLoader,
  type DatasetDescription,
  type LoaderState,
  readDataset,
  shuffled,
} from '@podium/dataset';
import { writeMaskCompetition } from '@podium/dataset/testing';
import { loadEngine } from '@podium/engine';
import { accuracy, scoreRows } from '@podium/metrics';
import type { AnyModule } from '@podium/nn';
import {
  createSemiSupervised,
  pairBatches,
  type SemiSupervisedResult,
  trainSemiSupervised,
} from '@podium/semi-supervised';
import {
  createCheckpointStore,
  createEma,
  createHeadsLoss,
  createSchedule,
  evaluate,
  type TrainingEvent,
} from '@podium/training';
import { smallNet } from '../use-training/use-training.ts';

const STEPS = 80;
const HEAD = { name: 'mask', classes: 3 } as const;
/** People whose images have labels; the other people's labels are not used. */
const LABELED_PEOPLE = 12;

const pipeline = (...argument: readonly unknown[]) => ({
  module: import.meta.resolve('@podium/augment'),
  factory: 'pipelineFrom',
  argument,
});
const WEAK = pipeline('horizontalFlip');
const STRONG = pipeline(
  'horizontalFlip',
  { affine: { degrees: 10, translate: 0.1, p: 1 } },
  { colorJitter: { brightness: 0.3, contrast: 0.3, p: 1 } },
);

/**
 * FixMatch: a network learns from a few labeled images, and from unlabeled ones that it is confident about. Stopped or
 * killed, it resumes from `checkpoints`, to the same bits.
 *
 * @param options.signal stops early
 */
export async function trainFixMatch(
  data: DatasetDescription,
  model: AnyModule,
  options: {
    readonly checkpoints: string;
    readonly signal?: AbortSignal;
    readonly onEvent?: (event: TrainingEvent) => void;
  },
): Promise<SemiSupervisedResult> {
  const people = [...new Set(data.train.map(({ group }) => group))].slice(0, LABELED_PEOPLE);
  const labeled = data.train.filter(({ group }) => people.includes(group));
  const unlabeled = data.train.filter(({ group }) => !people.includes(group));
  const heads = data.heads.filter(({ name }) => name === HEAD.name);
  const common = {
    root: data.root,
    imageSize: [32, 24] as const,
    seed: 1,
    sampler: shuffled(),
    dropLast: true,
    epochs: STEPS,
  };
  const average = createEma({ decay: 0.95, initialWeights: true });
  const result = await trainSemiSupervised({
    method: createSemiSupervised({ name: 'fixmatch', threshold: 0.9 }, { heads: [HEAD] }),
    student: {
      model,
      optimizer: { name: 'adamw', learningRate: 0.005 },
      schedule: createSchedule({ name: 'cosine', learningRate: 0.005, totalSteps: STEPS }),
      average: { weights: average },
    },
    batches: pairBatches(
      (state) =>
        createLoader({
          ...common,
          rows: labeled,
          heads,
          batchSize: 16,
          transform: WEAK,
          state: state as LoaderState | undefined,
        }),
      (state) =>
        createLoader({
          ...common,
          rows: unlabeled,
          batchSize: 48,
          views: [WEAK, STRONG],
          state: state as LoaderState | undefined,
        }),
    ),
    steps: STEPS,
    seed: 1,
    checkpoints: createCheckpointStore({ folder: options.checkpoints }),
    saveEvery: { steps: 10 },
    signal: options.signal,
    onEvent: options.onEvent,
  });
  average.copyTo(model);
  average.dispose();
  return result;
}

/** Accuracy on people that training has not seen. */
export async function testAccuracy(
  { root, heads }: DatasetDescription,
  test: DatasetDescription['train'],
  model: AnyModule,
): Promise<number> {
  const batches = createLoader({
    root,
    rows: test,
    heads: heads.filter(({ name }) => name === HEAD.name),
    batchSize: 64,
    imageSize: [32, 24],
    seed: 0,
  });
  const loss = createHeadsLoss([{ ...HEAD, loss: { name: 'cross-entropy' } }]);
  const { predictions, targets } = await evaluate({ model, loss }, batches);
  return accuracy.compute(scoreRows(predictions.mask!, targets.mask!));
}

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'podium-use-semi-supervised-')));
  await writeMaskCompetition(join(folder, 'masks'), { people: 60, testPeople: 1, width: 24, height: 32 });
  const all = await readDataset(join(folder, 'masks'), { settings: { heads: 'both' } });
  const test = all.train.filter(({ group }) => Number(group) > 40);
  const data = { ...all, train: all.train.filter((row) => !test.includes(row)) };
  await loadEngine({ deterministic: true });
  const model = smallNet();
  await trainFixMatch(data, model, {
    checkpoints: join(folder, 'checkpoints'),
    onEvent: (event) => {
      if (event.type !== 'step' || event.step % 10 !== 0) return;
      const { step, loss, losses } = event;
      console.log(`step ${step}: loss ${loss.toFixed(3)}, unlabeled images used ${losses.used?.toFixed(2)}`);
    },
  });
  console.log(`accuracy on other people: ${(await testAccuracy(data, test, model)).toFixed(3)}`);
}
