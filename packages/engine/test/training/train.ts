// Trains a small convolutional net with batch norm on generated squares and discs, and prints a hash of the weights and
// the
// losses: a child process of determinism.test.ts.
import { hashBytes, Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  dropout,
  globalAveragePool2d,
  loadEngine,
  matMul,
  maxPool2d,
  type Precision,
  softmaxCrossEntropy,
  valueAndGradients,
} from '../../src/index.ts';

const [precision, threads, seed] = process.argv.slice(2) as [Precision, string, string];
await loadEngine({ backend: 'tensorflow', deterministic: true, threads: Number(threads), precision });

const rng = Rng.fromSeed(seed);
const SIZE = 32;
const BATCH = 16;

const weights = {
  stem: normal([3, 3, 1, 16], 9),
  depthwise: normal([3, 3, 16, 1], 9),
  point: normal([1, 1, 16, 32], 16),
  last: normal([3, 3, 32, 32], 288),
  head: normal([32, 2], 32),
};
const norms = [16, 16, 32, 32].map((channels) => ({
  scale: tf.variable(tf.ones([channels])) as tf.Variable<tf.Rank.R1>,
  offset: tf.variable(tf.zeros([channels])) as tf.Variable<tf.Rank.R1>,
  runningMean: tf.variable(tf.zeros([channels])) as tf.Variable<tf.Rank.R1>,
  runningVariance: tf.variable(tf.ones([channels])) as tf.Variable<tf.Rank.R1>,
}));
const trained = [...Object.values(weights), ...norms.flatMap(({ scale, offset }) => [scale, offset])];

const losses: number[] = [];
for (let step = 0; step < 12; step++) losses.push(trainStep(step));
const state = [
  ...trained,
  ...norms.flatMap(({ runningMean, runningVariance }) => [runningMean, runningVariance]),
];
const bytes = Buffer.concat(state.map((tensor) => Buffer.from((tensor.dataSync() as Float32Array).buffer)));
process.stdout.write(JSON.stringify({ hash: hashBytes(bytes), losses }));

function forward(x: tf.Tensor4D, masks: Rng): tf.Tensor2D {
  let y = norm(0, conv2d(x, weights.stem as tf.Tensor4D, { stride: 2, padding: 1 }));
  y = norm(1, depthwiseConv2d(y, weights.depthwise as tf.Tensor4D, { padding: 1 }));
  y = norm(2, conv2d(y, weights.point as tf.Tensor4D));
  y = maxPool2d(y, { kernelSize: 3, stride: 2, padding: 1 });
  y = norm(3, conv2d(y, weights.last as tf.Tensor4D, { padding: 1 }));
  return matMul(dropout(globalAveragePool2d(y), 0.1, masks), weights.head) as tf.Tensor2D;
}

function norm(index: number, x: tf.Tensor4D): tf.Tensor4D {
  const parameters = norms[index]!;
  const { y, runningMean, runningVariance } = batchNormTrain(x, parameters, { activation: 'relu' });
  parameters.runningMean.assign(runningMean);
  parameters.runningVariance.assign(runningVariance);
  return y;
}

function trainStep(step: number): number {
  return tf.tidy(() => {
    const images = new Float32Array(BATCH * SIZE * SIZE);
    const labels = new Float32Array(BATCH * 2);
    for (let i = 0; i < BATCH; i++) {
      const disc = rng.bool();
      const [radius, cx, cy] = [rng.uniform(4, 10), rng.uniform(11, 21), rng.uniform(11, 21)];
      labels[2 * i + Number(disc)] = 1;
      for (let p = 0; p < SIZE * SIZE; p++) {
        const [dx, dy] = [Math.abs((p % SIZE) - cx), Math.abs(Math.floor(p / SIZE) - cy)];
        const inside = disc ? dx * dx + dy * dy < radius * radius : Math.max(dx, dy) < radius;
        images[i * SIZE * SIZE + p] = (inside ? 1 : 0) + rng.uniform(-0.2, 0.2);
      }
    }
    const x = tf.tensor4d(images, [BATCH, SIZE, SIZE, 1]);
    const targets = tf.tensor2d(labels, [BATCH, 2]);
    const { value, gradients } = valueAndGradients(
      () => tf.mean(softmaxCrossEntropy(forward(x, rng.split('dropout', step)), targets)),
      trained,
    );
    trained.forEach((weight, i) => {
      weight.assign(tf.sub(weight, tf.mul(gradients[i]!, 0.05)));
    });
    return value.dataSync()[0]!;
  });
}

function normal(shape: number[], fanIn: number): tf.Variable {
  const values = new Float32Array(tf.util.sizeFromShape(shape));
  rng.fillNormal(values, 0, Math.sqrt(2 / fanIn));
  return tf.variable(tf.tensor(values, shape));
}
