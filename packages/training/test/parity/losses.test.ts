import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEngine, valueAndGradients, withoutLeaks } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { createLoss, type LossOptions, losses } from '../../src/index.ts';

interface Case {
  readonly options: LossOptions;
  readonly targets: 'labels' | 'soft' | 'multi' | 'teacher';
  readonly weighted: boolean;
  readonly loss: number;
  readonly gradient: readonly number[];
}

type Inputs = Readonly<
  Record<'logits' | 'labels' | 'soft' | 'multi' | 'teacher' | 'sampleWeights', number[]>
>;

const fixtures = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures', 'losses.json'), 'utf8'),
) as Inputs & { readonly cases: readonly Case[]; readonly biTemperedFiveRounds: number };
const BATCH = 8;
const CLASSES = 5;

describe.each(['auto', 'cpu', 'wasm'] as const)('PyTorch and papers on %s', (backend) => {
  test.each(
    fixtures.cases.map((each) => [
      `${JSON.stringify(each.options)}, ${each.targets}${each.weighted ? ', weighted' : ''}`,
      each,
    ]),
  )('%s', async (_title, each) => {
    await loadEngine({ backend, threads: 2 });
    const { value, gradient } = withoutLeaks(() => evaluate(each));
    expect(Math.abs(value / each.loss - 1)).toBeLessThan(5e-6);
    const scale = Math.max(...each.gradient.map(Math.abs));
    const worst = Math.max(...each.gradient.map((g, i) => Math.abs(g - gradient[i]!)));
    expect(worst / scale).toBeLessThan(1e-5);
  });

  test('bi-tempered loss after five rounds', async () => {
    await loadEngine({ backend, threads: 2 });
    const options = { name: 'bi-tempered' } as const;
    const { value } = evaluate({ options, targets: 'labels', weighted: false, loss: 0, gradient: [] });
    expect(value).toBeCloseTo(fixtures.biTemperedFiveRounds, 5);
  });

  test('every loss of classes has a case', () => {
    const names = fixtures.cases.map(({ options }) => options.name);
    const ofClasses = losses.list().filter((loss) => loss.targets !== 'numbers');
    expect([...new Set(names)].sort()).toEqual(ofClasses.map(({ name }) => name).sort());
  });
});

function evaluate({ options, targets, weighted }: Case): { value: number; gradient: Float32Array } {
  return tf.tidy(() => {
    const loss = createLoss(options);
    const logits = tf.tensor2d(fixtures.logits, [BATCH, CLASSES]);
    const wanted =
      targets === 'labels'
        ? tf.tensor1d(fixtures.labels, 'int32')
        : tf.tensor2d(fixtures[targets], [BATCH, CLASSES]);
    const sampleWeights = weighted ? tf.tensor1d(fixtures.sampleWeights) : undefined;
    const { value, gradients } = valueAndGradients(
      () => loss.call(logits, wanted, { sampleWeights }),
      [logits],
    );
    return {
      value: value.dataSync()[0]!,
      gradient: gradients[0]!.dataSync() as Float32Array,
    };
  });
}
