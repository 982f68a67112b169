import { namedValues } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { createLoss, type LossOptions } from '../losses/index.ts';
import {
  type Comparison,
  compareValues,
  type OptimReference,
  streamName,
  unknown,
} from './optim-reference.ts';

/** Float32 against PyTorch's. */
const LIMIT = 1e-5;

interface Form {
  readonly options: LossOptions;
  readonly targets: 'labels' | 'soft';
}

/** Losses by their keys in the file, as `label_smoothing_0_1`. */
function formOf(key: string, classWeights: readonly number[]): Form | undefined {
  const value = (pattern: RegExp) => pattern.exec(key)?.[1]?.replace('_', '.');
  if (key === 'cross_entropy') return { options: { name: 'cross-entropy' }, targets: 'labels' };
  if (key === 'cross_entropy_weighted') {
    return { options: { name: 'cross-entropy', classWeights }, targets: 'labels' };
  }
  if (key === 'soft_targets') return { options: { name: 'cross-entropy' }, targets: 'soft' };
  if (key === 'bce_with_logits_one_hot')
    return { options: { name: 'binary-cross-entropy' }, targets: 'labels' };
  if (key === 'mse_probs') return { options: { name: 'mean-squared-error' }, targets: 'soft' };
  const smoothing = value(/^label_smoothing_(\d+_\d+)$/);
  if (smoothing !== undefined) {
    return { options: { name: 'cross-entropy', labelSmoothing: Number(smoothing) }, targets: 'labels' };
  }
  const gamma = value(/^focal_gamma(\d+(?:_\d+)?)$/);
  if (gamma !== undefined) return { options: { name: 'focal', gamma: Number(gamma) }, targets: 'labels' };
  const temperature = value(/^kl_div_T(\d+(?:_\d+)?)$/);
  if (temperature !== undefined) {
    return {
      options: { name: 'distillation', temperature: Number(temperature), teacher: 'logits' },
      // The file uses the distribution itself as the teacher's logits.
      targets: 'soft',
    };
  }
  return undefined;
}

/** Compares each loss in the file. */
export function compareLosses({ losses }: OptimReference): Comparison[] {
  const { inputs, ...values } = losses;
  const names = [streamName(inputs, 0), streamName(inputs, 1)];
  const scale = Number(/logits = ([\d.]+)\*stream/.exec(inputs)?.[1]);
  const shape = /\[(\d+),(\d+)\]/.exec(inputs)?.slice(1).map(Number);
  const classWeights = /class weights ([\d.,]+)/.exec(inputs)?.[1]?.split(',').map(Number);
  if (names.includes(undefined) || !(scale > 0) || shape === undefined || classWeights === undefined) {
    return [unknown('losses', `inputs not understood: ${inputs}`)];
  }
  const [batch, classes] = shape as [number, number];
  return Object.entries(values).map(([key, expected]) => {
    const what = `loss ${key}`;
    const form = formOf(key, classWeights);
    if (form === undefined) return unknown(what, 'unknown loss');
    const value = tf.tidy(() => {
      const stream = (name: string | undefined) =>
        tf.tensor2d(Float32Array.from(namedValues(name!, batch * classes)), [batch, classes]);
      const targets = {
        labels: () =>
          tf.tensor1d(
            Array.from({ length: batch }, (_, b) => b % classes),
            'int32',
          ),
        soft: () => tf.softmax(stream(names[1])),
      }[form.targets]();
      const logits = tf.mul(stream(names[0]), scale) as tf.Tensor2D;
      return createLoss(form.options).call(logits, targets).dataSync()[0]!;
    });
    return compareValues(what, LIMIT, [value], [expected as number], () => 'value');
  });
}
