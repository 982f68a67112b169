import { fillByName, namedValues } from '@podium/core';
import {
  BatchNorm2d,
  backward,
  Conv2d,
  Linear,
  loadStateDict,
  Module,
  type StateTensor,
  stateShapes,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { createLoss } from '../losses/index.ts';
import { createOptimizer, type OptimizerOptions, parameterGroups } from '../optimizers/index.ts';
import {
  type Comparison,
  compareValues,
  type OptimizerReference,
  type OptimReference,
  streamName,
  unknown,
} from './optim-reference.ts';

const LIMITS = { losses: 1e-4, norms: 1e-3 } as const;

/** The net that the file describes: `conv1 3->8 k3 p1 no bias; bn1; relu; conv2 8->16 k3 s2 p1; relu; global mean; fc 16->5`. */
class Net extends Module<[tf.Tensor4D], tf.Tensor2D> {
  conv1: Conv2d = new Conv2d(3, 8, 3, { padding: 1, bias: false });
  bn1: BatchNorm2d = new BatchNorm2d(8, { activation: 'relu' });
  conv2: Conv2d = new Conv2d(8, 16, 3, { stride: 2, padding: 1 });
  fc: Linear = new Linear(16, 5);

  forward(x: tf.Tensor4D): tf.Tensor2D {
    const y = tf.relu(this.conv2.call(this.bn1.call(this.conv1.call(x))));
    return this.fc.call(tf.mean(y, [1, 2])) as tf.Tensor2D;
  }
}

/** Our settings by PyTorch's names. */
const SETTINGS: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  weight_decay: 'weightDecay',
  momentum: 'momentum',
  dampening: 'dampening',
  nesterov: 'nesterov',
  betas: 'betas',
  eps: 'epsilon',
  amsgrad: 'amsgrad',
  alpha: 'alpha',
  centered: 'centered',
  momentum_decay: 'momentumDecay',
};
/** PyTorch's settings that must be off. */
const UNSUPPORTED = ['maximize', 'capturable', 'differentiable', 'foreach', 'fused'];

/** Trains the net with each optimizer in the file; compares the loss of each step and the norms of the final weights. */
export function compareOptimizers({ training }: OptimReference): Comparison[] {
  return Object.entries(training.optimizers).flatMap(([key, reference]) => {
    const options = optionsOf(key, reference.settings);
    const what = `optimizer ${key}`;
    if (typeof options === 'string') return [unknown(what, options)];
    return train(what, training.inputs, options, reference);
  });
}

function optionsOf(key: string, settings: Readonly<Record<string, unknown>>): OptimizerOptions | string {
  const kind = key.split('_')[0]!;
  const decoupled = settings.decoupled_weight_decay === true;
  const options: Record<string, unknown> = { name: kind === 'adam' && decoupled ? 'adamw' : kind };
  if (kind === 'nadam') options.decoupledWeightDecay = decoupled;
  else if (kind === 'adamw' && !decoupled) return 'adamw without decoupled weight decay is not supported';
  for (const [name, value] of Object.entries(settings)) {
    const ours = SETTINGS[name];
    if (ours !== undefined) options[ours] = value;
    else if (UNSUPPORTED.includes(name) && value) return `the setting ${name} is not supported`;
  }
  return options as unknown as OptimizerOptions;
}

function train(
  what: string,
  inputs: string,
  options: OptimizerOptions,
  { losses: expected, final_l2 }: OptimizerReference,
): Comparison[] {
  const stream = streamName(inputs, 0);
  const shape = /shaped \[(\d+),(\d+),(\d+),(\d+)\]/.exec(inputs)?.slice(1).map(Number);
  const labels = /\((\d+)\*b\+t\) % (\d+)/.exec(inputs)?.slice(1).map(Number);
  if (stream === undefined || shape === undefined || labels === undefined) {
    return [unknown(what, `inputs not understood: ${inputs}`)];
  }
  const [factor, classes] = labels as [number, number];
  const model = new Net();
  const state = Array.from(stateShapes(model), ([name, size]): [string, StateTensor] => [
    name,
    { dtype: 'float32', shape: size, data: fillByName(name, size) },
  ]);
  loadStateDict(model, new Map(state.filter(([name]) => !name.endsWith('num_batches_tracked'))), {
    strict: false,
  });
  const optimizer = createOptimizer(options, [
    // In the file, all parameters have the same weight decay.
    { name: 'all', parameters: parameterGroups(model).flatMap(({ parameters }) => parameters) },
  ]);
  const loss = createLoss({ name: 'cross-entropy' });
  try {
    const values = expected.map((_, t) =>
      tf.tidy(() => {
        const x = tf.tensor4d(
          Float32Array.from(
            namedValues(
              stream.replace('<t>', String(t)),
              shape.reduce((a, b) => a * b, 1),
            ),
          ),
          shape as [number, number, number, number],
        );
        const y = Array.from({ length: shape[0]! }, (_, b) => (factor * b + t) % classes);
        const images = tf.transpose(x, [0, 2, 3, 1]);
        const value = backward(() => loss.call(model.call(images), tf.tensor1d(y, 'int32')));
        optimizer.step();
        optimizer.zeroGrad();
        return value.dataSync()[0]!;
      }),
    );
    const entries = new Map(model.namedEntries());
    const names = Object.keys(final_l2);
    const norms = names.map((name) => {
      const data = (entries.get(name)?.toState().data ?? []) as ArrayLike<number>;
      return Math.sqrt(Array.from(data, (value) => value * value).reduce((a, b) => a + b, 0));
    });
    return [
      compareValues(`${what}, losses`, LIMITS.losses, values, expected, (i) => `step ${i}`),
      compareValues(`${what}, final norms`, LIMITS.norms, norms, Object.values(final_l2), (i) => names[i]!),
    ];
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}
