import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import * as nn from '../../src/index.ts';

interface Values {
  readonly shape: number[];
  readonly values: number[];
}

interface Case {
  readonly layer: keyof typeof layers;
  // biome-ignore lint/suspicious/noExplicitAny: settings differ between layers
  readonly settings: any;
  readonly state: Record<string, Values>;
  readonly inputs: Values[];
  readonly inputGradients: (Values | null)[];
  readonly output: Values;
  readonly weights: Values;
  readonly gradients: Record<string, Values>;
}

const { cases } = JSON.parse(readFileSync(join(import.meta.dirname, 'torch.json'), 'utf8')) as {
  cases: Case[];
};

const layers = {
  linear: ({ in: from, out, bias }: Case['settings']) => new nn.Linear(from, out, { bias }),
  conv2d: ({ in: from, out, kernel, ...options }: Case['settings']) =>
    new nn.Conv2d(from, out, kernel, options),
  layerNorm: ({ features, epsilon }: Case['settings']) => new nn.LayerNorm(features, { epsilon }),
  layerNorm2d: ({ features }: Case['settings']) => new nn.LayerNorm2d(features),
  groupNorm: ({ groups, channels }: Case['settings']) => new nn.GroupNorm(groups, channels),
  globalResponseNorm: ({ channels }: Case['settings']) => new nn.GlobalResponseNorm(channels),
  gem: () => new nn.GeM(),
  adaptiveAvgPool2d: ({ size }: Case['settings']) => new nn.AdaptiveAvgPool2d(size),
  maxPool2d: (settings: Case['settings']) => new nn.MaxPool2d(settings),
  avgPool2d: (settings: Case['settings']) => new nn.AvgPool2d(settings),
  selectPool: ({ kind }: Case['settings']) => new nn.SelectAdaptivePool2d(kind),
  flatten: () => new nn.Flatten(),
  squeezeExcite: ({ channels, reduced }: Case['settings']) => new nn.SqueezeExcite(channels, { reduced }),
  efficientChannelAttention: ({ channels }: Case['settings']) => new nn.EfficientChannelAttention(channels),
  scaledStdConv2d: ({ in: from, out, kernel, ...options }: Case['settings']) =>
    new nn.ScaledStdConv2d(from, out, kernel, options),
  attention: ({ features, heads, qkvBias }: Case['settings']) =>
    new nn.MultiHeadAttention(features, { heads, qkvBias }),
  mlp: ({ features, hidden }: Case['settings']) => new nn.Mlp(features, { hidden }),
  relativePositionBias: ({ window, heads }: Case['settings']) => new nn.RelativePositionBias(window, heads),
};

describe.each(['auto', 'cpu'] as const)('PyTorch on %s', (backend) => {
  test.each(cases.map((each, i) => [i, each.layer, JSON.stringify(each.settings), each] as const))(
    '%i %s %s',
    async (_index, layer, _settings, expected) => {
      await loadEngine({ backend, threads: 2 });
      const module = (layers[layer] as (settings: unknown) => nn.AnyModule)(expected.settings);
      const state = Object.entries(expected.state).map(
        ([name, { shape, values }]): [string, nn.StateTensor] => [
          name,
          { dtype: 'float32', shape, data: Float32Array.from(values) },
        ],
      );
      nn.loadStateDict(module, new Map(state));
      tf.tidy(() => {
        // Inputs as parameters, so that their gradients come too.
        const inputs = expected.inputs.map((input) => parameterOf(input));
        const run = module.call.bind(module) as unknown as (...inputs: tf.Tensor[]) => tf.Tensor;
        nn.backward(() => {
          const output = toTorch(run(...inputs.map((input) => fromTorch(input.data))));
          expectClose(output, expected.output);
          return tf.sum(tf.mul(output, tensorOf(expected.weights)));
        });
        for (const [i, gradient] of expected.inputGradients.entries()) {
          if (gradient !== null) expectClose(inputs[i]!.grad!, gradient);
        }
        const parameters = module.namedParameters();
        expect(parameters.map(([name]) => name).sort()).toEqual(Object.keys(expected.gradients).sort());
        for (const [name, { grad, layout, shape }] of parameters) {
          expectClose(nn.toTorch(grad!, layout, shape), expected.gradients[name]!);
        }
        for (const input of inputs) input.dispose();
      });
      module.dispose();
    },
  );
});

function parameterOf({ shape, values }: Values): nn.Parameter {
  return new nn.Parameter(shape, () => Float32Array.from(values));
}

function tensorOf({ shape, values }: Values): tf.Tensor {
  return tf.tensor(values, shape);
}

/** Images have their channels last here. */
function fromTorch(x: tf.Tensor): tf.Tensor {
  return x.rank === 4 ? tf.transpose(x, [0, 2, 3, 1]) : x;
}

function toTorch(x: tf.Tensor): tf.Tensor {
  return x.rank === 4 ? tf.transpose(x, [0, 3, 1, 2]) : x;
}

function expectClose(actual: tf.Tensor, expected: Values): void {
  expect(actual.shape).toEqual(expected.shape);
  const values = actual.dataSync();
  const scale = Math.max(1, ...expected.values.map(Math.abs));
  const worst = Math.max(...expected.values.map((value, i) => Math.abs(value - values[i]!)));
  expect(worst / scale).toBeLessThan(5e-6);
}
