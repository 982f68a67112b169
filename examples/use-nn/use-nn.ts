import { loadEngine, softmaxCrossEntropy } from '@podium/engine';
import { backward, GELU, LayerNorm, Linear, Module, manualSeed, Sequential, summary } from '@podium/nn';
import { createOptimizer, parameterGroups } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';

/** A residual block: `[B,C] -> [B,C]`. Its parameters are found by the names of these attributes: `blocks.0.fc1.weight`. */
class Block extends Module<[x: tf.Tensor], tf.Tensor> {
  norm: LayerNorm;
  fc1: Linear;
  act: GELU = new GELU();
  fc2: Linear;

  constructor(width: number) {
    super();
    this.norm = new LayerNorm(width);
    this.fc1 = new Linear(width, 2 * width);
    this.fc2 = new Linear(2 * width, width);
  }

  forward(x: tf.Tensor): tf.Tensor {
    let y = this.norm.call(x);
    y = this.fc1.call(y);
    y = this.act.call(y);
    y = this.fc2.call(y);
    return tf.add(x, y);
  }
}

/** Classifies points of the plane: `[B,2] -> [B,2]` logits. */
export class PointNet extends Module<[x: tf.Tensor], tf.Tensor> {
  stem: Linear = new Linear(2, 32);
  blocks: Sequential = new Sequential([new Block(32), new Block(32)]);
  head: Linear = new Linear(32, 2);

  forward(x: tf.Tensor): tf.Tensor {
    let y = this.stem.call(x);
    y = this.blocks.call(y);
    return this.head.call(y);
  }
}

/** Two spirals: points `[N,2]` and their class as one-hot targets `[N,2]`. */
export function makeSpirals(count: number): { points: tf.Tensor2D; targets: tf.Tensor2D } {
  const points: [number, number][] = [];
  const targets: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const angle = 0.5 + (2.5 * Math.PI * i) / count;
    const sign = i % 2 === 0 ? 1 : -1;
    points.push([(sign * angle * Math.cos(angle)) / 8, (sign * angle * Math.sin(angle)) / 8]);
    targets.push(sign === 1 ? [1, 0] : [0, 1]);
  }
  return { points: tf.tensor2d(points), targets: tf.tensor2d(targets) };
}

/** Trains with AdamW on all points at once. Returns the loss before each step. */
export function train(model: PointNet, points: tf.Tensor2D, targets: tf.Tensor2D, steps: number): number[] {
  const groups = parameterGroups(model, { weightDecay: 0.01 });
  const optimizer = createOptimizer({ name: 'adamw', learningRate: 0.01 }, groups);
  return Array.from({ length: steps }, () =>
    // Frees all tensors of the step, except weights, gradients and the optimizer's state.
    tf.tidy(() => {
      optimizer.zeroGrad();
      const loss = backward(() => tf.mean(softmaxCrossEntropy(model.call(points) as tf.Tensor2D, targets)));
      optimizer.step();
      return loss.dataSync()[0]!;
    }),
  );
}

/** Share of points that are classified correctly. */
export function accuracyOf(model: PointNet, points: tf.Tensor2D, targets: tf.Tensor2D): number {
  model.eval();
  return tf.tidy(() => {
    const isRight = tf.equal(tf.argMax(model.call(points), 1), tf.argMax(targets, 1));
    return tf.mean(tf.cast(isRight, 'float32')).dataSync()[0]!;
  });
}

if (process.argv[1] === import.meta.filename) {
  await loadEngine();
  manualSeed(1);
  const model = new PointNet();
  console.log(String(summary(model, [1, 2])));
  const { points, targets } = makeSpirals(200);
  const losses = train(model, points, targets, 150);
  console.log(`loss ${losses[0]!.toFixed(3)} -> ${losses.at(-1)!.toFixed(3)}`);
  console.log(`accuracy ${accuracyOf(model, points, targets).toFixed(3)}`);
}
