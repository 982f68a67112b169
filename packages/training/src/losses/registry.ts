import { defineRegistry, PodiumError, type Registry } from '@podium/core';
import { castTo } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { readSettings } from '../settings.ts';
import * as all from './all.ts';
import type { Loss, LossCallOptions, LossDefinition, LossInputs } from './definition.ts';

type Known = (typeof all)[keyof typeof all];

/** A loss by name with its settings: `{ name: 'cross-entropy', labelSmoothing: 0.1 }`. */
export type LossOptions = Known extends infer Definition
  ? Definition extends LossDefinition<infer Name, infer S>
    ? { readonly name: Name } & Partial<S>
    : never
  : never;

/** All losses by name. */
export const losses: Registry<LossDefinition> = defineRegistry(
  Object.values(all) as unknown as LossDefinition[],
  { kind: 'loss' },
);

/** @throws PodiumError for an unknown name, or a setting out of range */
export function createLoss(options: LossOptions): Loss {
  const { name, ...given } = options as { name: string } & Record<string, unknown>;
  const definition = losses.get(name);
  const settings = readSettings<object>(`loss ${name}`, definition.settings, given);
  const problem = definition.conflict?.(settings);
  if (problem !== undefined) {
    throw new PodiumError({ code: 'training-setting', message: `loss ${name}: ${problem}` });
  }
  return {
    name,
    targets: definition.targets,
    call: (logits, targets, options = {}) =>
      tf.tidy(() =>
        definition.compute(settings, inputsOf(definition, logits, targets, options)),
      ) as tf.Scalar,
  };
}

function inputsOf(
  { name, targets: kind }: LossDefinition,
  logits: tf.Tensor2D,
  targets: tf.Tensor,
  { sampleWeights }: LossCallOptions,
): LossInputs {
  const wrong = (message: string, expected: string, got: tf.Tensor) =>
    new PodiumError({
      code: 'training-loss-shape',
      message: `${message} of the loss ${name}`,
      expected,
      got: `${got.dtype} [${got.shape}]`,
    });
  if (logits.rank !== 2) throw wrong('logits', '[B,K]', logits);
  const [batch, classes] = logits.shape;
  const hard = targets.rank === 1;
  const fits = hard ? targets.shape[0] === batch : String(targets.shape) === String(logits.shape);
  if (!fits || (kind === 'class' && !hard)) {
    const wanted = `classes [${batch}]${kind === 'class' ? '' : ` or numbers [${batch},${classes}]`}`;
    throw wrong('targets', wanted, targets);
  }
  if (sampleWeights !== undefined && String(sampleWeights.shape) !== String([batch])) {
    throw wrong('sample weights', `[${batch}]`, sampleWeights);
  }
  const values = tf.cast(
    hard ? tf.oneHot(tf.cast(targets, 'int32') as tf.Tensor1D, classes) : targets,
    'float32',
  ) as tf.Tensor2D;
  const inputs = { logits: castTo(logits, 'float32'), targets: values, hard, weights: undefined };
  if (sampleWeights === undefined) return inputs;
  const weights = tf.cast(sampleWeights, 'float32');
  // A missing target may be no number, and 0 times that is no number either.
  const there = tf.notEqual(tf.expandDims(weights, 1), 0);
  return { ...inputs, targets: tf.where(there, values, tf.zerosLike(values)), weights };
}
