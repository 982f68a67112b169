import { PodiumError, type Rng } from '@podium/core';
import { castTo } from '@podium/engine';
import { type AnyModule, type Buffer, backward, Counter, type StateTensor, withRng } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/** What is needed of an optimizer: one of `@podium/training`, or anything like it. */
export interface StepOptimizer {
  learningRate: number;
  /** Changes the parameters by their `grad`. Tensors that it returns are freed. */
  step(options?: { readonly clipNorm?: number }): unknown;
  zeroGrad(): void;
  /** What lasts from step to step; needed for checkpoints only. `numbers` goes through JSON. */
  state?(): { readonly tensors: ReadonlyMap<string, StateTensor>; readonly numbers: unknown };
  loadState?(state: { readonly tensors: ReadonlyMap<string, StateTensor>; readonly numbers: never }): void;
}

/** What is needed of a schedule: the learning rate of each step, from 0. */
export interface StepSchedule {
  at(step: number): number;
}

/** A model that a run trains, and by what. */
export interface LearnerSettings {
  readonly model: AnyModule;
  /** Over the model's parameters. */
  readonly optimizer: StepOptimizer;
  /** Without one the optimizer's learning rate stays as it is. */
  readonly schedule?: StepSchedule;
  /** Scales all gradients down where their norm is above this. */
  readonly clipNorm?: number;
}

/** Scalars by name; `total` is what gradients are taken of. */
export interface Losses extends Readonly<Record<string, tf.Scalar>> {
  readonly total: tf.Scalar;
}

/** A model as methods see it. */
export interface Learner {
  readonly model: AnyModule;
  /**
   * Logits of several batches `[B_i,H,W,C] -> [B_i,K]`, in float32. They go through the model together as one batch, so
   * batch norm takes its statistics over all of them, and each updates the running statistics once.
   *
   * @param pass names the stream that dropout draws from: equal names within a step give equal masks
   */
  logits(images: readonly tf.Tensor4D[], pass?: string): tf.Tensor2D[];
  /** `[B,H,W,C] -> [B,K]` in evaluation mode: running statistics, no dropout. */
  predict(images: tf.Tensor4D): tf.Tensor2D;
  /** Runs `f` and puts running statistics back to what they were. */
  withoutTracking<T>(f: () => T): T;
  /** One optimizer step by the gradient of `loss().total`. The caller owns what is returned. */
  descend(loss: () => Losses): Losses;
}

/** @param classes what the model must give, or undefined where it gives something else than logits */
export function createLearner(
  role: string,
  settings: { readonly model: AnyModule } & Partial<LearnerSettings>,
  classes: number | undefined,
  rng: () => Rng,
): Learner {
  const { model, optimizer, clipNorm } = settings;
  const run = (x: tf.Tensor): tf.Tensor2D => {
    const y = (model.call as (x: tf.Tensor) => unknown).call(model, x);
    if (!(y instanceof tf.Tensor) || y.rank !== 2 || (classes !== undefined && y.shape[1] !== classes)) {
      throw new PodiumError({
        code: 'online-output',
        message: `output of the ${role}`,
        expected: `logits [B,${classes ?? 'K'}]`,
        got: y instanceof tf.Tensor ? `[${y.shape}]` : typeof y,
        fix: 'teacher and student must both have one output for each class of the labels, in the same order',
      });
    }
    return castTo(y as tf.Tensor2D, 'float32');
  };
  return {
    model,
    logits(images, pass = 'first') {
      const joined = images.length === 1 ? images[0]! : tf.concat([...images], 0);
      const y = withRng(rng().split(role, pass), () => run(joined));
      if (images.length === 1) return [y];
      return tf.split(
        y,
        images.map(({ shape }) => shape[0]),
        0,
      );
    },
    predict(images) {
      model.eval();
      try {
        return run(images);
      } finally {
        model.train();
      }
    },
    withoutTracking: (f) => withoutTracking(model, f),
    descend(loss) {
      if (optimizer === undefined) throw new Error(`the ${role} has no optimizer`);
      let parts: Record<string, tf.Scalar> = {};
      const total = backward(() => {
        const { total, ...others } = loss();
        // The backward pass frees what the forward pass made.
        parts = Object.fromEntries(
          Object.entries(others).map(([name, part]) => [name, tf.keep(tf.clone(part))]),
        );
        return total;
      });
      tf.tidy(() => void optimizer.step(clipNorm === undefined ? undefined : { clipNorm }));
      optimizer.zeroGrad();
      return { ...parts, total: tf.keep(total) };
    },
  };
}

function withoutTracking<T>(model: AnyModule, f: () => T): T {
  const buffers = model
    .namedBuffers()
    .map(([, buffer]): [Buffer, tf.Tensor] => [buffer, tf.clone(buffer.data)]);
  const counters = model
    .namedEntries()
    .map(([, entry]) => entry)
    .filter((entry) => entry instanceof Counter)
    .map((counter): [Counter, number] => [counter, counter.value]);
  try {
    return f();
  } finally {
    for (const [buffer, before] of buffers) buffer.data = before;
    for (const [counter, before] of counters) counter.value = before;
    tf.dispose(buffers.map(([, before]) => before));
  }
}
