// Podium's contestant of the zoo benchmark, in float32 or bfloat16. For each line on stdin, runs a step and replies in JSON.
import { createInterface } from 'node:readline';
import { loadEngine, memory, softmaxCrossEntropy } from '@podium/engine';
import { buildModel } from '@podium/model-zoo';
import { backward, fuse } from '@podium/nn';
import { createOptimizer, parameterGroups } from '@podium/training';
import * as tf from '@tensorflow/tfjs-core';

const [precision, name, batchText] = process.argv.slice(2) as [string, string, string];
const batch = Number(batchText);
const engine = await loadEngine({
  backend: 'tensorflow',
  precision: precision === 'bfloat16' ? 'bfloat16' : 'float32',
});
const images = tf.randomNormal([batch, 224, 224, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
const classes = Array.from({ length: batch }, (_, i) => (i * 61) % 1000);
const targets = tf.tidy(() =>
  tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), 1000), 'float32'),
) as tf.Tensor2D;
const model = buildModel(name);
const optimizerOf = () =>
  createOptimizer(
    { name: 'sgd', learningRate: 0.01, momentum: 0.9 },
    parameterGroups(model, { weightDecay: 0 }),
  );

const steps = { train: training(), frozen: frozen(), infer: inference(), fused: fusedInference() };

process.stdout.write(`${JSON.stringify({ ready: true, threads: engine.threads })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const start = performance.now();
  steps[line as keyof typeof steps]();
  const milliseconds = performance.now() - start;
  const { peakRss, tensors } = memory();
  process.stdout.write(`${JSON.stringify({ milliseconds, peakRss, tensors })}\n`);
}

function step(optimizer: ReturnType<typeof optimizerOf>): void {
  tf.tidy(() => {
    optimizer.zeroGrad();
    const loss = backward(() => tf.mean(softmaxCrossEntropy(model.call(images) as tf.Tensor2D, targets)));
    optimizer.step();
    loss.dataSync();
  });
}

function training(): () => void {
  let optimizer: ReturnType<typeof optimizerOf> | undefined;
  return () => {
    model.train();
    optimizer ??= optimizerOf();
    step(optimizer);
  };
}

/** Trains only the classifier, as in the usual first stage of transfer learning. */
function frozen(): () => void {
  let optimizer: ReturnType<typeof optimizerOf> | undefined;
  return () => {
    if (optimizer === undefined) {
      model.eval().requiresGrad_(false);
      model.getSubmodule(model.classifierPath).requiresGrad_(true);
      optimizer = optimizerOf();
    }
    step(optimizer);
  };
}

function inference(): () => void {
  return () => {
    model.eval();
    tf.tidy(() => void model.call(images).dataSync());
  };
}

function fusedInference(): () => void {
  let fused: typeof model | undefined;
  return () => {
    fused ??= fuse(model, [1, 224, 224, 3]);
    const quick = fused;
    tf.tidy(() => void quick.call(images).dataSync());
  };
}
