import type { AnyModule } from '@podium/nn';
import {
  createSemiSupervised,
  type MethodOptions,
  mixedBatches,
  trainSemiSupervised,
} from '@podium/pseudo-label/online';
import { createOptimizer, createSchedule, parameterGroups } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Contestant } from './contestants.ts';
import { CLASSES, type Digits, splitLabels } from './data.ts';

const NORMALIZATION = { mean: [0.1307], std: [0.3081] } as const;
const EVAL_BATCH = 500;

export interface SemiRun {
  /** Percent of the test images, after the last step. */
  readonly error: number;
  readonly seconds: number;
  /** Processor time of the whole process, threads included. */
  readonly cpuSeconds: number;
}

/** Trains one contestant on one split. Split and initial weights depend only on the seed. */
export async function trainContestant(
  { train, test }: { readonly train: Digits; readonly test: Digits },
  contestant: Contestant,
  { labels, seed, steps }: { readonly labels: number; readonly seed: number; readonly steps: number },
): Promise<SemiRun> {
  const { batchSize, ratio, learningRate, weightDecay, weak, strong, decay } = contestant;
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const { labeled, unlabeled } = splitLabels(train, labels, seed);
  const made: { dispose(): void }[] = [];
  const learner = (model: AnyModule, total: number, rate: number) => {
    const optimizer = createOptimizer(
      { name: 'sgd', learningRate: rate, momentum: 0.9, nesterov: true, weightDecay },
      parameterGroups(model),
    );
    made.push(model, optimizer);
    const schedule = createSchedule({ name: 'cosine', learningRate: rate, totalSteps: total });
    return { model, optimizer, schedule, clipNorm: 5 };
  };
  const learn = async (options: MethodOptions, model: AnyModule, total: number, rate: number) => {
    const method = createSemiSupervised(options, { classes: CLASSES, unlabeled: unlabeled.shape[0] });
    const teacher = method.teacher === 'trained' && learner(contestant.net(`teacher ${seed}`), total, rate);
    const result = await trainSemiSupervised({
      method,
      student: learner(model, total, rate),
      ...(teacher !== false && { teacher }),
      batches: mixedBatches({
        labeled,
        unlabeled,
        batchSize,
        ratio: method.views === 'none' ? 0 : ratio,
        seed,
        weak,
        strong,
      }),
      steps: total,
      seed,
      normalization: NORMALIZATION,
      ...(decay !== undefined && { average: { decay } }),
    });
    made.push(result.model);
    return result.model;
  };
  let model = await learn(contestant.method, contestant.net(`student ${seed}`), steps, learningRate);
  if (contestant.fineTuning !== undefined) {
    const { steps: more, learningRate: rate } = contestant.fineTuning;
    model = await learn({ name: 'supervised' }, model.requiresGrad_(), more, rate);
  }
  const error = 100 * errorOf(model, test);
  for (const each of new Set(made)) each.dispose();
  const used = process.cpuUsage(cpu);
  return {
    error,
    seconds: (performance.now() - start) / 1000,
    cpuSeconds: (used.user + used.system) / 1e6,
  };
}

function errorOf(model: AnyModule, { images, shape, targets }: Digits): number {
  const size = 28 * 28;
  let wrong = 0;
  model.eval();
  for (let at = 0; at < shape[0]; at += EVAL_BATCH) {
    const bytes = images.subarray(at * size, (at + EVAL_BATCH) * size);
    const classes = tf.tidy(() => {
      const x = tf.div(
        tf.sub(
          tf.div(tf.tensor4d(bytes, [bytes.length / size, 28, 28, 1], 'int32'), 255),
          NORMALIZATION.mean[0],
        ),
        NORMALIZATION.std[0],
      );
      return tf.argMax((model.call as (x: tf.Tensor) => tf.Tensor).call(model, x), 1).dataSync();
    });
    for (const [i, label] of classes.entries()) if (label !== targets[at + i]) wrong++;
  }
  return wrong / shape[0];
}
