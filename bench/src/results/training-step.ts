import { memory, resetPeakMemory, softmaxCrossEntropy } from '@podium/engine';
import { buildModel } from '@podium/model-zoo';
import { type AnyModule, backward } from '@podium/nn';
import { createOptimizer, type OptimizerOptions, parameterGroups } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';
import { median } from '../report.ts';

const SIZE = 224;

/** Elapsed time, and processor time over all threads, in milliseconds. Other load hardly changes the latter. */
export interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** Training steps of a zoo model on noise. */
export interface StepBench {
  readonly model: AnyModule;
  readonly parameters: number;
  /** Forward and backward pass. Reads the loss, so that everything is computed. */
  gradients(): void;
  /** Applies the current gradients and keeps them. Reads a weight. */
  update(): void;
  dispose(): void;
}

export function stepBench(name: string, batch: number, optimizerOptions: OptimizerOptions): StepBench {
  const model = buildModel(name).train();
  const parameters = model.parameters();
  const optimizer = createOptimizer(optimizerOptions, parameterGroups(model));
  const images = tf.randomNormal([batch, SIZE, SIZE, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
  const targets = tf.tidy(() =>
    tf.cast(
      tf.oneHot(
        tf.tensor1d(
          Array.from({ length: batch }, (_, i) => (i * 61) % 1000),
          'int32',
        ),
        1000,
      ),
      'float32',
    ),
  ) as tf.Tensor2D;
  return {
    model,
    parameters: parameters.length,
    gradients: () => {
      optimizer.zeroGrad();
      tf.tidy(
        () =>
          void backward(() =>
            tf.mean(softmaxCrossEntropy(model.call(images) as tf.Tensor2D, targets)),
          ).dataSync(),
      );
    },
    update: () => {
      optimizer.step();
      parameters.at(-1)?.variable.dataSync();
    },
    dispose: () => {
      optimizer.dispose();
      model.dispose();
      tf.dispose([images, targets]);
    },
  };
}

export function spent(f: () => void): Spent {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  f();
  const used = process.cpuUsage(cpu);
  return { wall: performance.now() - start, cpu: (used.user + used.system) / 1000 };
}

export function medianSpent(all: readonly Spent[]): Spent {
  return { wall: median(all.map(({ wall }) => wall)), cpu: median(all.map(({ cpu }) => cpu)) };
}

/** Peak bytes of tensors while `f` runs, beyond those before. */
export function peakOf(f: () => void): number {
  const before = memory().bytes;
  resetPeakMemory();
  f();
  return memory().peakBytes - before;
}
