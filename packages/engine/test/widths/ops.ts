// Runs the ops of native/ops on fixed inputs and prints hashes of what they compute: a child process of widths.test.ts,
// which compiles the ops for several processors.
import { hashBytes, Rng } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  activate,
  activations,
  adamRule,
  addBias,
  applyUpdates,
  attention,
  batchNormEval,
  batchNormTrain,
  castTo,
  depthwiseConv2d,
  dropout,
  globalAveragePool2d,
  globalNorm,
  lambRule,
  layerNorm,
  lerpAll,
  lionRule,
  loadEngine,
  type Precision,
  rmsPropRule,
  scaleChannels,
  scaleSamples,
  sgdRule,
  type UpdateRule,
  valueAndGradients,
  withPrecision,
} from '../../src/index.ts';
import { state } from '../../src/state.ts';

/** Lengths that end inside a register of every width, and one that takes several chunks. */
const LENGTHS = [1, 3, 7, 15, 37, 40_001];
/** What comparisons, rounding and exponents get wrong first. */
const SPECIAL = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  1e-40,
  -1e-40,
  3e38,
  -3e38,
  88,
  -88,
  3,
  -3,
  6,
];

const hashes: Record<string, string> = {};
/** Of the values that are finite, for comparing what differs in its last bits. */
const norms: Record<string, number> = {};
await loadEngine({ backend: 'tensorflow', threads: 2 });
if (state.native?.hasPodiumOps !== true) throw new Error("Podium's ops are missing");
const listed = new Set<string>();
state.native.listen((name) => listed.add(name));

for (const precision of ['float32', 'bfloat16'] as const) {
  for (const activation of activations) {
    record(`activate ${activation} ${precision}`, precision, [special([5003])], (x) =>
      activate(x, activation),
    );
    record(`activate ${activation} ${precision}, ordinary`, precision, [ordinary([37, 23], 4)], (x) =>
      activate(x, activation),
    );
  }
  for (const channels of [1, 3, 16, 24, 37, 300]) {
    for (const activation of ['linear', 'relu', 'relu6', 'silu', 'hardSwish', 'gelu'] as const) {
      const shapes = [ordinary([3, 11, 13, channels], 2), ordinary([channels], 1), ordinary([channels], 1)];
      const parameters = {
        runningMean: tf.zeros([channels]) as tf.Tensor1D,
        runningVariance: tf.ones([channels]) as tf.Tensor1D,
      };
      const name = `${activation} ${channels} ${precision}`;
      record(
        `batch norm ${name}`,
        precision,
        shapes,
        (x, scale, offset) =>
          batchNormTrain(
            x as tf.Tensor4D,
            { ...parameters, scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D },
            { activation },
          ).y,
      );
      record(`batch norm eval ${name}`, precision, shapes, (x, scale, offset) =>
        batchNormEval(
          x as tf.Tensor4D,
          { ...parameters, scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D },
          { activation },
        ),
      );
      if (!['linear', 'relu', 'relu6'].includes(activation)) continue;
      record(
        `batch norm + residual ${name}`,
        precision,
        [...shapes, ordinary([3, 11, 13, channels], 1)],
        (x, scale, offset, residual) =>
          batchNormTrain(
            x as tf.Tensor4D,
            { ...parameters, scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D },
            { activation, residual: residual as tf.Tensor4D },
          ).y,
      );
    }
  }
  for (const stride of [1, 2]) {
    record(
      `depthwise s${stride} ${precision}`,
      precision,
      [ordinary([3, 21, 37, 19], 1), ordinary([5, 5, 19, 1], 1)],
      (x, filter) => depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, { stride, padding: 2 }),
    );
  }
  record(`bias ${precision}`, precision, [ordinary([3, 13, 17, 37], 1), ordinary([37], 1)], (x, bias) =>
    addBias(x, bias as tf.Tensor1D),
  );
  record(`mean ${precision}`, precision, [ordinary([3, 13, 17, 37], 1)], (x) =>
    globalAveragePool2d(x as tf.Tensor4D),
  );
  for (const features of [1, 7, 37, 192]) {
    record(
      `layer norm ${features} ${precision}`,
      precision,
      [ordinary([201, features], 2), ordinary([features], 1), ordinary([features], 1)],
      (x, scale, offset) => layerNorm(x, scale as tf.Tensor1D, offset as tf.Tensor1D, { epsilon: 1e-6 }),
    );
  }
  record(
    `attention ${precision}`,
    precision,
    [ordinary([2, 37, 3 * 2 * 5], 1), ordinary([1, 2, 37, 37], 1)],
    (qkv, bias) => attention(qkv as tf.Tensor3D, { heads: 2, bias: bias as tf.Tensor4D }),
  );
  record(`dropout ${precision}`, precision, [ordinary([7, 5003], 1)], (x) =>
    dropout(x, 0.3, Rng.fromSeed('dropout')),
  );
  record(
    `scale channels ${precision}`,
    precision,
    [ordinary([3, 5, 7, 37], 1), ordinary([3, 37], 1)],
    (x, by) => scaleChannels(x as tf.Tensor4D, by as tf.Tensor2D),
  );
  record(`scale samples ${precision}`, precision, [ordinary([3, 5, 7, 37], 1), ordinary([3], 1)], (x, by) =>
    scaleSamples(x, by as tf.Tensor1D),
  );
}

const lists = () => LENGTHS.map((length, i) => ordinary([length], 1, i));
keep('global norm', [globalNorm(lists())]);
keep(
  'lerp',
  lerpAll(
    lists(),
    lists().map((tensor) => tf.mul(tensor, 3)),
    0.3,
  ),
);
update('sgd', sgdRule, 1, { weightDecay: 0.01, momentum: 0.9, keep: 1, byGradient: 0, byBuffer: 0.1 });
update('adam', adamRule, 3, {
  decay: 0.99,
  weightDecay: 0.01,
  rate1: 0.1,
  beta2: 0.999,
  rate2: 0.001,
  correction: 0.5,
  epsilon: 1e-8,
  byAverage: 0.01,
  byGradient: 0.001,
});
update('rmsprop', rmsPropRule, 3, {
  learningRate: 0.01,
  weightDecay: 0.01,
  alpha: 0.99,
  rate: 0.01,
  epsilon: 1e-3,
  momentum: 0.9,
  centered: 1,
});
update('lion', lionRule, 1, { decay: 0.99, rate1: 0.1, rate2: 0.01, learningRate: 0.01 });
update('lamb', lambRule, 2, {
  decay: 0.99,
  weightDecay: 0.01,
  beta1: 0.9,
  rate1: 0.1,
  beta2: 0.999,
  rate2: 0.001,
  correction1: 0.5,
  correction2: 0.5,
  epsilon: 1e-6,
  learningRate: 0.01,
  maxTrust: 10,
});
const ops = [...listed].filter((name) => name.startsWith('Podium')).sort();
process.stdout.write(JSON.stringify({ ops, hashes, norms }));

/** Keeps a kernel's value and its gradients by all inputs. */
function record(
  name: string,
  precision: Precision,
  inputs: readonly tf.Tensor[],
  run: (...inputs: tf.Tensor[]) => tf.Tensor,
): void {
  const typed = (x: tf.Tensor) => (x.rank > 1 || inputs.length === 1 ? castTo(x, precision) : x);
  const kept: tf.Tensor[] = [];
  const forward = () => {
    const y = run(...inputs.map((x) => typed(tf.mul(x, 1))));
    kept.push(tf.keep(castTo(y, 'float32')));
    return tf.sum(tf.mul(y, ordinary(y.shape, 1, 9)));
  };
  const { gradients } = withPrecision(precision, () => valueAndGradients(forward, inputs));
  keep(name, [...kept, ...gradients]);
}

function update<S extends string>(
  name: string,
  rule: UpdateRule<S>,
  slotCount: number,
  settings: Readonly<Record<S, number>>,
): void {
  const updates = LENGTHS.map((length, i) => ({
    weights: ordinary([length], 1, i),
    gradient: ordinary([length], 2, i + 10),
    // Averages of squares are positive.
    slots: Array.from({ length: slotCount }, (_, k) => tf.abs(ordinary([length], 1, i + 20 + k))),
    settings,
  }));
  const results: tf.Tensor[] = [];
  applyUpdates(rule, updates, { factor: tf.scalar(0.7), bound: 1 }, (_, weights, slots) =>
    results.push(weights, ...slots),
  );
  keep(name, results);
}

function keep(name: string, tensors: readonly tf.Tensor[]): void {
  const all = tensors.map((tensor) => (tensor.dataSync() as Float32Array).slice());
  let squares = 0;
  for (const values of all) {
    for (const [i, value] of values.entries()) {
      // Processors differ in the sign of a NaN.
      if (Number.isNaN(value)) values[i] = Number.NaN;
      if (Number.isFinite(value)) squares += value ** 2;
    }
  }
  hashes[name] = hashBytes(Buffer.concat(all.map(({ buffer }) => Buffer.from(buffer))));
  norms[name] = Math.sqrt(squares);
}

function ordinary(shape: number[], scale: number, seed = 0): tf.Tensor {
  const data = new Float32Array(tf.util.sizeFromShape(shape));
  Rng.fromSeed(`${shape} ${seed}`).fillNormal(data, 0, scale);
  return tf.tensor(data, shape);
}

function special(shape: number[]): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const data = ordinary(shape, 3).dataSync() as Float32Array;
  for (let i = 0; i < size; i += 5) data[i] = SPECIAL[(i / 5) % SPECIAL.length]!;
  return tf.tensor(data, shape);
}
