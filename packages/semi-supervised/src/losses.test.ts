import { readFileSync } from 'node:fs';
import { loadEngine, valueAndGradients, withPrecision } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { constant, crossEntropy, probabilityDistance, smoothLabels } from './losses.ts';
import { fixMatchLoss } from './methods/fixmatch.ts';
import { udaLoss } from './methods/meta-pseudo-labels.ts';
import { ntXent } from './pretraining/nt-xent.ts';
import { quarterTurns } from './pretraining/tasks/rotation.ts';

/** Computed by PyTorch. */
const torch = JSON.parse(readFileSync(new URL('./fixtures/torch.json', import.meta.url), 'utf8'));
const CLASSES = 4;

const rows = (values: number[], width = CLASSES): tf.Tensor2D =>
  tf.tensor2d(values, [values.length / width, width]);

function close(got: tf.Tensor | number, wanted: number[] | number): void {
  const values = typeof got === 'number' ? [got] : Array.from(got.dataSync());
  for (const [i, value] of [wanted].flat().entries()) expect(values[i]).toBeCloseTo(value, 5);
  expect(values).toHaveLength([wanted].flat().length);
}

describe.each(['tensorflow', 'cpu'] as const)("PyTorch's numbers on %s", (backend) => {
  beforeEach(async () => {
    await loadEngine({ backend, threads: 2, deterministic: true });
  });

  test('FixMatch, whose pseudo labels take no gradient', () => {
    const { weak, strong, threshold, used, loss, gradient } = torch.fixmatch;
    const [w, s] = [rows(weak), rows(strong)];
    close(fixMatchLoss(w, s, threshold).used, used);
    const result = valueAndGradients(() => fixMatchLoss(w, s, threshold).loss, [s, w]);
    close(result.value, loss);
    close(result.gradients[0]!, gradient);
    close(result.gradients[1]!, Array(weak.length).fill(0));
    const each = tf.fill([CLASSES], threshold) as tf.Tensor1D;
    close(fixMatchLoss(w, s, each).loss, loss);
  });

  test('UDA', () => {
    const { temperature, threshold, used, loss, gradient } = torch.uda;
    const [w, s] = [rows(torch.fixmatch.weak), rows(torch.fixmatch.strong)];
    const settings = { udaTemperature: temperature, udaThreshold: threshold };
    close(tf.mean(udaLoss(w, s, settings).used), used);
    const result = valueAndGradients(() => udaLoss(w, s, settings).loss, [s, w]);
    close(result.value, loss);
    close(result.gradients[0]!, gradient);
    close(result.gradients[1]!, Array(w.size).fill(0));
  });

  test('consistency, with gradients into both views', () => {
    const { loss, first, second } = torch.consistency;
    const [a, b] = [rows(torch.fixmatch.weak), rows(torch.fixmatch.strong)];
    const result = valueAndGradients(() => probabilityDistance(a, b), [a, b]);
    close(result.value, loss);
    close(result.gradients[0]!, first);
    close(result.gradients[1]!, second);
  });

  test('label smoothing', () => {
    const { logits, classes, smoothing, loss } = torch.smoothed;
    const targets = tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES, 1, 0, 'float32') as tf.Tensor2D;
    close(crossEntropy(rows(logits), smoothLabels(targets, smoothing)), loss);
  });

  test('NT-Xent', () => {
    const { first, second, temperature, loss, firstGradient, secondGradient } = torch.ntXent;
    const [a, b] = [rows(first, 6), rows(second, 6)];
    const result = valueAndGradients(() => ntXent(a, b, temperature), [a, b]);
    close(result.value, loss);
    close(result.gradients[0]!, firstGradient);
    close(result.gradients[1]!, secondGradient);
    const inBfloat16 = withPrecision('bfloat16', () => ntXent(a, b, temperature).dataSync()[0]!);
    expect(inBfloat16).toBeCloseTo(loss, 5);
  });

  test('quarter turns', () => {
    const { shape, values } = torch.quarterTurns;
    const x = tf.range(0, 36).reshape(shape) as tf.Tensor4D;
    close(quarterTurns(x), values);
    expect(() => quarterTurns(tf.zeros([1, 2, 3, 1]))).toThrow('expected squares, got 2 x 3');
  });
});

test('constants take no gradient', async () => {
  await loadEngine({ backend: 'cpu' });
  const x = tf.tensor1d([2, 3]);
  const { value, gradients } = valueAndGradients(() => tf.sum(tf.mul(x, constant(x))), [x]);
  expect(value.dataSync()[0]).toBe(13);
  expect([...gradients[0]!.dataSync()]).toEqual([2, 3]);
});
