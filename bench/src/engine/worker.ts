// A contestant of the engine benchmark, in a separate process: for each line `train`, `infer` or `profile` on stdin, runs
// one step and replies with a line of JSON.
import { createInterface } from 'node:readline';
import {
  formatProfile,
  loadEngine,
  memory,
  profile,
  softmaxCrossEntropy,
  valueAndGradients,
} from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { type ModelName, Network } from './models.ts';

const [contestant, model, batchText] = process.argv.slice(2) as [
  'stock' | 'float32' | 'bfloat16',
  ModelName,
  string,
];
const batch = Number(batchText);

const engine = await loadEngine({
  backend: 'tensorflow',
  precision: contestant === 'bfloat16' ? 'bfloat16' : 'float32',
});
const images = tf.randomNormal([batch, 224, 224, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
const classes = Array.from({ length: batch }, (_, i) => (i * 61) % 1000);
const targets = tf.tidy(() =>
  tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), 1000), 'float32'),
) as tf.Tensor2D;

const steps = contestant === 'stock' ? await stock() : ours();

process.stdout.write(`${JSON.stringify({ ready: true, threads: engine.threads })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'profile') {
    const { profile: record } = await profile(() => void steps.train());
    process.stdout.write(`${JSON.stringify({ table: formatProfile(record, { rows: 14 }) })}\n`);
    continue;
  }
  const start = performance.now();
  await (line === 'train' ? steps.train() : steps.infer());
  const milliseconds = performance.now() - start;
  const { peakRss, tensors } = memory();
  process.stdout.write(`${JSON.stringify({ milliseconds, peakRss, tensors })}\n`);
}

interface Steps {
  train(): unknown;
  infer(): unknown;
}

async function stock(): Promise<Steps> {
  const { stockModel } = await import('./stock.ts');
  const net = stockModel(model);
  return {
    train: () => net.trainOnBatch(images, targets),
    infer: () => tf.tidy(() => void (net.predictOnBatch(images) as tf.Tensor).dataSync()),
  };
}

function ours(): Steps {
  const net = new Network(model);
  tf.tidy(() => net.forward(images));
  const parameters = [...net.parameters.values()];
  const velocities = parameters.map((parameter) => tf.tidy(() => tf.variable(tf.zerosLike(parameter))));
  return {
    train: () => {
      net.training = true;
      tf.tidy(() => {
        const { value, gradients } = valueAndGradients(
          () => tf.mean(softmaxCrossEntropy(net.forward(images), targets)),
          parameters,
        );
        for (const [i, gradient] of gradients.entries()) {
          const velocity = velocities[i]!;
          const parameter = parameters[i]!;
          velocity.assign(tf.add(tf.mul(velocity, 0.9), gradient));
          parameter.assign(tf.sub(parameter, tf.mul(velocity, 0.01)));
        }
        value.dataSync();
      });
    },
    infer: () => {
      net.training = false;
      tf.tidy(() => void net.forward(images).dataSync());
    },
  };
}
