import { Rng } from '@podium/core';
import {
  type BatchNormParameters,
  batchNormEval,
  batchNormTrain,
  conv2d,
  dropout,
  globalAveragePool2d,
  matMul,
  maxPool2d,
  softmaxCrossEntropy,
  valueAndGradients,
  withoutLeaks,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';

/** The classes. */
const SHAPES = ['disc', 'square', 'triangle'] as const;

const SIZE = 48;
const BATCH = 32;

/** A small convolutional network that classifies generated shapes: uses the engine alone, without downloads. */
export class ShapesNet {
  readonly #rng: Rng;
  readonly #blocks: Block[];
  readonly #head: tf.Variable;
  readonly #velocities: tf.Variable[];

  constructor(seed: number) {
    this.#rng = Rng.fromSeed(seed);
    this.#blocks = [16, 32, 64].map(
      (filters, i) => new Block(i === 0 ? 3 : filters / 2, filters, this.#rng.split(i)),
    );
    this.#head = randomWeights([64, SHAPES.length], 64, this.#rng.split('head'));
    this.#velocities = this.#parameters.map((parameter) =>
      tf.tidy(() => tf.variable(tf.zerosLike(parameter))),
    );
  }

  /** One step of SGD with momentum on a new batch; returns its loss. */
  train(step: number, learningRate: number): number {
    return withoutLeaks(() =>
      tf.tidy(() => {
        const { images, targets } = drawBatch(BATCH, this.#rng.split('train', step));
        const parameters = this.#parameters;
        const { value, gradients } = valueAndGradients(
          () =>
            tf.mean(softmaxCrossEntropy(this.#forward(images, this.#rng.split('dropout', step)), targets)),
          parameters,
        );
        gradients.forEach((gradient, i) => {
          const velocity = this.#velocities[i]!;
          velocity.assign(tf.add(tf.mul(velocity, 0.9), gradient));
          parameters[i]?.assign(tf.sub(parameters[i] as tf.Variable, tf.mul(velocity, learningRate)));
        });
        return value.dataSync()[0]!;
      }),
    );
  }

  /** Accuracy on `count` new images, rounded up to whole batches. */
  test(count: number): number {
    let correct = 0;
    for (let start = 0; start < count; start += BATCH) {
      correct += tf.tidy(() => {
        const { images, targets } = drawBatch(BATCH, this.#rng.split('test', start));
        const hits = tf.equal(tf.argMax(this.#forward(images), 1), tf.argMax(targets, 1));
        return tf.sum(tf.cast(hits, 'int32')).dataSync()[0]!;
      });
    }
    return correct / (Math.ceil(count / BATCH) * BATCH);
  }

  get #parameters(): tf.Variable[] {
    return [...this.#blocks.flatMap((block) => block.parameters), this.#head];
  }

  /** `[B,48,48,3] -> [B,3]`; `rng` is given in training only. */
  #forward(images: tf.Tensor4D, rng?: Rng): tf.Tensor2D {
    let x = images;
    for (const block of this.#blocks) x = block.forward(x, rng !== undefined);
    const features = globalAveragePool2d(x);
    return matMul(rng === undefined ? features : dropout(features, 0.1, rng), this.#head) as tf.Tensor2D;
  }
}

/** Convolution, batch norm, ReLU, and 2x2 max pooling. */
class Block {
  readonly #weight: tf.Variable;
  readonly #norm: { readonly [Name in keyof BatchNormParameters]: tf.Variable<tf.Rank.R1> };

  constructor(channels: number, filters: number, rng: Rng) {
    this.#weight = randomWeights([3, 3, channels, filters], 9 * channels, rng);
    const constant = (value: number) =>
      tf.tidy(() => tf.variable(tf.fill([filters], value))) as tf.Variable<tf.Rank.R1>;
    this.#norm = {
      scale: constant(1),
      offset: constant(0),
      runningMean: constant(0),
      runningVariance: constant(1),
    };
  }

  get parameters(): tf.Variable[] {
    return [this.#weight, this.#norm.scale, this.#norm.offset];
  }

  forward(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const y = conv2d(x, this.#weight as tf.Tensor4D, { padding: 1 });
    if (!training) return maxPool2d(batchNormEval(y, this.#norm, { activation: 'relu' }), { kernelSize: 2 });
    const trained = batchNormTrain(y, this.#norm, { activation: 'relu' });
    this.#norm.runningMean.assign(trained.runningMean);
    this.#norm.runningVariance.assign(trained.runningVariance);
    return maxPool2d(trained.y, { kernelSize: 2 });
  }
}

/** Draws images of one shape each at random position, size, colors and noise, `[count,48,48,3]`, and one-hot targets. */
function drawBatch(count: number, rng: Rng): { images: tf.Tensor4D; targets: tf.Tensor2D } {
  const images = new Float32Array(count * SIZE * SIZE * 3);
  rng.split('noise').fillNormal(images, 0, 0.15);
  const targets = new Float32Array(count * SHAPES.length);
  for (let i = 0; i < count; i++) {
    const shape = rng.int(SHAPES.length);
    targets[i * SHAPES.length + shape] = 1;
    const radius = rng.uniform(6, 14);
    const [cx, cy] = [rng.uniform(radius, SIZE - radius), rng.uniform(radius, SIZE - radius)];
    const background = Array.from({ length: 3 }, () => rng.uniform(-1, 0));
    const color = background.map((value) => value + rng.uniform(0.5, 1.5));
    for (let p = 0; p < SIZE * SIZE; p++) {
      const [dx, dy] = [(p % SIZE) - cx, Math.floor(p / SIZE) - cy];
      const inside = contains(shape, dx / radius, dy / radius);
      for (let channel = 0; channel < 3; channel++) {
        const at = (i * SIZE * SIZE + p) * 3 + channel;
        images[at] = images[at]! + (inside ? color : background)[channel]!;
      }
    }
  }
  return {
    images: tf.tensor4d(images, [count, SIZE, SIZE, 3]),
    targets: tf.tensor2d(targets, [count, SHAPES.length]),
  };
}

function contains(shape: number, x: number, y: number): boolean {
  if (shape === 0) return x * x + y * y < 1;
  if (shape === 1) return Math.max(Math.abs(x), Math.abs(y)) < 0.88;
  return y < 0.9 && y > 1.9 * Math.abs(x) - 1;
}

function randomWeights(shape: number[], fanIn: number, rng: Rng): tf.Variable {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  rng.fillNormal(values, 0, Math.sqrt(2 / fanIn));
  return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
}
