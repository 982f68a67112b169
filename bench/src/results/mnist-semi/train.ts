import { createLoader, type LoaderOptions, type ManifestRow, shuffled } from '@podium/dataset';
import type { AnyModule } from '@podium/nn';
import {
  createSemiSupervised,
  type MethodOptions,
  pairBatches,
  trainSemiSupervised,
} from '@podium/semi-supervised';
import { createEma, createHeadsLoss, createSchedule, evaluate } from '@podium/training';
import type { Contestant } from './contestants.ts';
import { CLASSES, type Digits, splitLabels } from './data.ts';

const NORMALIZATION = { mean: [0.1307], std: [0.3081] } as const;
const HEAD = { name: 'label', classes: CLASSES } as const;

export interface SemiRun {
  /** Percent of the test images, after the last step. */
  readonly error: number;
  readonly seconds: number;
  /** Processor time of the whole process, including all threads. */
  readonly cpuSeconds: number;
}

/** Trains one contestant on one split. The split and the initial weights depend only on the seed. */
export async function trainContestant(
  digits: Digits,
  contestant: Contestant,
  { labels, seed, steps }: { readonly labels: number; readonly seed: number; readonly steps: number },
): Promise<SemiRun> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const split = splitLabels(digits.train, labels, seed);
  const made = new Set<{ dispose(): void }>();
  const learner = (model: AnyModule, totalSteps: number, learningRate: number) => {
    made.add(model);
    const { weightDecay } = contestant;
    return {
      model,
      optimizer: { name: 'sgd', learningRate, momentum: 0.9, nesterov: true, weightDecay } as const,
      schedule: createSchedule({ name: 'cosine', learningRate, totalSteps }),
      clipNorm: 5,
    };
  };
  const learn = async (options: MethodOptions, model: AnyModule, total: number, rate: number) => {
    const method = createSemiSupervised(options, { heads: [HEAD], unlabeled: split.unlabeled.length });
    const teacher =
      method.teacher === 'trained' ? learner(contestant.net(`teacher ${seed}`), total, rate) : undefined;
    const { decay } = contestant;
    const average = decay === undefined ? undefined : createEma({ decay, initialWeights: true });
    await trainSemiSupervised({
      method,
      student: { ...learner(model, total, rate), average: average && { weights: average } },
      teacher,
      batches: openBatches(digits, split, contestant, method.views !== 'none', seed),
      steps: total,
      seed,
      normalization: NORMALIZATION,
    });
    average?.copyTo(model);
    average?.dispose();
  };
  const model = contestant.net(`student ${seed}`);
  await learn(contestant.method, model, steps, contestant.learningRate);
  if (contestant.fineTuning !== undefined) {
    const { steps: more, learningRate } = contestant.fineTuning;
    await learn({ name: 'supervised' }, model, more, learningRate);
  }
  const error = await errorOf(model, digits);
  for (const each of made) each.dispose();
  const used = process.cpuUsage(cpu);
  return {
    error,
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (used.user + used.system) / 1e6,
  };
}

function openBatches(
  { root, heads }: Digits,
  { labeled, unlabeled }: ReturnType<typeof splitLabels>,
  { batchSize, ratio, weak, strong }: Contestant,
  usesUnlabeled: boolean,
  seed: number,
) {
  const open = (rows: readonly ManifestRow[], size: number, options: Partial<LoaderOptions>) =>
    createLoader({
      ...COMMON,
      root,
      rows,
      batchSize: size,
      sampler: shuffled(),
      dropLast: true,
      epochs: 1_000_000,
      workers: 1,
      seed,
      ...options,
    });
  const size = Math.min(batchSize, labeled.length);
  return pairBatches(
    () => open(labeled, size, { heads, ...(weak !== undefined && { transform: transformOf(weak) }) }),
    usesUnlabeled
      ? () =>
          open(unlabeled, Math.round(size * ratio), {
            ...(weak !== undefined && { views: [weak, strong ?? weak].map(transformOf) }),
          })
      : undefined,
  );
}

const COMMON = { imageSize: [28, 28], decode: { mode: 'gray' } } as const;

function transformOf(argument: readonly unknown[]) {
  return { module: import.meta.resolve('@podium/augment'), factory: 'pipelineFrom', argument };
}

async function errorOf(model: AnyModule, { root, heads, test }: Digits): Promise<number> {
  const loss = createHeadsLoss([{ ...HEAD, loss: { name: 'cross-entropy' } }]);
  const batches = createLoader({ ...COMMON, root, heads, rows: test, batchSize: 500, seed: 0 });
  const { predictions, targets } = await evaluate({ model, loss, normalization: NORMALIZATION }, batches);
  const { label } = targets;
  const wrong = predictions.label!.argmax().filter((k, i) => k !== label![i]).length;
  return (100 * wrong) / test.length;
}
