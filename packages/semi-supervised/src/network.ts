import { PodiumError, Rng } from '@podium/core';
import { castTo } from '@podium/engine';
import { type AnyModule, type Buffer, Counter, withRng } from '@podium/nn';
import type { Learner, Losses, StepPosition } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';

/** A model as methods see it. */
export interface Network {
  readonly model: AnyModule;
  /**
   * Logits of several batches `[B_i,H,W,C] -> [B_i,K]`, in float32. They pass through the model as one batch, so batch norm
   * takes its statistics over all of them and updates its running statistics once.
   *
   * @param pass names the stream that dropout draws from: the same name within a batch gives the same masks
   */
  logits(images: readonly tf.Tensor4D[], pass?: string): tf.Tensor2D[];
  /** `[B,H,W,C] -> [B,K]` in evaluation mode: running statistics, no dropout. */
  predict(images: tf.Tensor4D): tf.Tensor2D;
  /** Runs `f`, and restores the running statistics. */
  withoutTracking<T>(f: () => T): T;
}

/** A network that is trained. */
export interface TrainedNetwork extends Network {
  /** Adds the gradient of `loss().total` to the parameters. */
  backward(loss: () => Losses): Losses;
  /** An optimizer step within the batch, for methods that declare `stepsWithinBatch`. */
  step(): void;
}

/** The batch under way, as the networks of a task know it. */
export interface NetworkContext {
  /** Of the batch. */
  rng: Rng;
  position: StepPosition;
}

/** Before the first batch. */
export function emptyContext(): NetworkContext {
  return { rng: Rng.fromSeed(0), position: { step: 0, epoch: 0, batches: 1 } };
}

/**
 * @param role names the network in messages and random streams
 * @param classes logits that the model must have; undefined for features
 */
export function createNetwork(
  role: string,
  model: AnyModule,
  classes: number | undefined,
  context: Pick<NetworkContext, 'rng'>,
): Network {
  const run = (x: tf.Tensor): tf.Tensor2D => {
    const y = (model.call as (x: tf.Tensor) => unknown).call(model, x);
    if (y instanceof tf.Tensor && y.rank === 2 && (classes === undefined || y.shape[1] === classes)) {
      return castTo(y as tf.Tensor2D, 'float32');
    }
    throw new PodiumError({
      code: 'online-output',
      message: `output of the ${role}`,
      expected: `logits [B,${classes ?? 'K'}]`,
      got: y instanceof tf.Tensor ? `[${y.shape}]` : typeof y,
      fix: 'teacher and student both need one output per class of the labels, in the same order',
    });
  };
  return {
    model,
    logits(images, pass = 'first') {
      const joined = images.length === 1 ? images[0]! : tf.concat([...images], 0);
      const y = withRng(context.rng.split(role, pass), () => run(joined));
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
  };
}

/** @param onStep receives the gradient norm of a step within the batch; it disposes of it */
export function createTrainedNetwork(
  role: string,
  learner: Learner,
  classes: number | undefined,
  context: NetworkContext,
  onStep: (gradientNorm: tf.Scalar) => void = (norm) => norm.dispose(),
): TrainedNetwork {
  return {
    ...createNetwork(role, learner.model, classes, context),
    backward: (loss) => learner.backward(loss),
    step: () => onStep(tf.keep(learner.step(context.position))),
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
