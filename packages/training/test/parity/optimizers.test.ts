import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine, withoutLeaks } from '@podium/engine';
import { fromTorch, Parameter, type StateTensor } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { createOptimizer, type OptimizerOptions, type StepOptions } from '../../src/index.ts';

type Values = Readonly<Record<string, readonly number[]>>;

interface Case {
  readonly name: OptimizerOptions['name'];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly clip: { readonly norm?: number; readonly value?: number } | null;
  readonly norms: readonly number[];
  /** After steps 1, 3 and 8. */
  readonly after: readonly Values[];
  readonly state: Values;
}

const { cases, shapes, start, gradients } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'optimizers.json'), 'utf8'),
) as {
  readonly cases: readonly Case[];
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly start: Values;
  readonly gradients: readonly Values[];
};
const SKIPPED = [2, 5];
const SHOWN = [0, 2, 7];

describe.each(['auto', 'cpu', 'wasm'] as const)('PyTorch and timm on %s', (backend) => {
  test.each(
    cases.map((each) => [`${each.name} ${JSON.stringify({ ...each.settings, ...each.clip })}`, each]),
  )('%s', async (_title, expected) => {
    const engine = await loadEngine({ backend: backend === 'cpu' ? 'cpu' : 'auto', threads: 2 });
    expect(engine).toBeDefined();
    const parameters = parametersOf(start);
    const optimizer = createOptimizer(
      { name: expected.name, ...expected.settings } as OptimizerOptions,
      groupsOf(parameters),
    );
    const { norm, value } = expected.clip ?? {};
    const options: StepOptions = {
      clipNorm: norm,
      clipValue: value,
    };
    const norms: number[] = [];
    for (const [t, gradient] of gradients.entries()) {
      if (t === 4) optimizer.learningRate *= 0.5;
      setGradients(parameters, gradient, SKIPPED.includes(t) && expected.name !== 'lamb');
      const { gradientNorm } = withoutLeaks(() => optimizer.step(options));
      if (gradientNorm !== undefined) norms.push(gradientNorm.dataSync()[0]!);
      gradientNorm?.dispose();
      const shown = SHOWN.indexOf(t);
      if (shown < 0) continue;
      for (const [path, values] of Object.entries(expected.after[shown]!)) {
        expectClose(parameters.get(path)!.toState(), values);
      }
    }
    expect(norms).toHaveLength(expected.norms.length);
    norms.forEach((each, i) => {
      expect(each / expected.norms[i]!).toBeCloseTo(1, 5);
    });
    const { tensors } = optimizer.state();
    expect([...tensors.keys()].sort()).toEqual(Object.keys(expected.state).sort());
    for (const [key, tensor] of tensors) expectClose(tensor, expected.state[key] as number[]);
    for (const parameter of parameters.values()) parameter.dispose();
    optimizer.dispose();
  });
});

function parametersOf(values: Values): Map<string, Parameter> {
  return new Map(
    Object.entries(shapes).map(([path, shape]) => [
      path,
      new Parameter(shape, () => Float32Array.from(values[path] as number[]), {
        layout: shape.length === 4 ? 'conv' : 'same',
      }),
    ]),
  );
}

function groupsOf(parameters: ReadonlyMap<string, Parameter>) {
  const all = [...parameters];
  return [
    { name: 'weights', parameters: all.filter(([path]) => path !== 'conv.bias') },
    {
      name: 'bias',
      parameters: all.filter(([path]) => path === 'conv.bias'),
      learningRateScale: 0.5,
      weightDecay: 0,
    },
  ];
}

function setGradients(parameters: ReadonlyMap<string, Parameter>, values: Values, skip: boolean): void {
  for (const [path, parameter] of parameters) {
    parameter.zeroGrad();
    if (skip && path === 'head.weight') continue;
    parameter.grad = tf.tidy(() =>
      tf.keep(fromTorch(tf.tensor(values[path] as number[], [...parameter.shape]), parameter.layout, 1)),
    );
  }
}

function expectClose(actual: StateTensor, expected: readonly number[]): void {
  const values = actual.data as Float32Array;
  expect(values).toHaveLength(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - values[i]!)));
  expect(worst / scale).toBeLessThan(2e-6);
}
