import { defineRegistry, PodiumError, type Registry } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import { castTo } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { NamedOptions } from '../named-options.ts';
import type { Loss, LossCallOptions, LossDefinition, LossInputs } from './definition.ts';
import * as all from './kinds/index.ts';

/** A loss by name with its settings: `{ name: 'cross-entropy', labelSmoothing: 0.1 }`. */
export type LossOptions = NamedOptions<(typeof all)[keyof typeof all]>;

/** All losses by name. */
export const losses: Registry<LossDefinition> = defineRegistry<LossDefinition>(Object.values(all), {
  kind: 'loss',
});

/**
 * Creates a loss.
 *
 * @throws PodiumError for an unknown name or a setting out of range
 *
 * @example
 * const loss = createLoss({ name: 'focal', gamma: 2 });
 * const value = tf.tidy(() => loss.call(model.call(images), labels));
 */
export function createLoss(options: LossOptions): Loss {
  const { name, ...given } = options;
  const definition = losses.get(name);
  const owner = `loss "${name}"`;
  const settings = parseSettings(definition.settings, given, { owner, code: 'training-setting' });
  const compute = definition.create(settings);
  return {
    name,
    targets: definition.targets,
    call: (logits, targets, options = {}) =>
      tf.tidy(() => compute(inputsOf(definition, logits, targets, options))) as tf.Scalar,
    weight: (logits, targets, options = {}) =>
      tf.tidy(() => {
        const inputs = inputsOf(definition, logits, targets, options);
        const weights = inputs.weights ?? tf.ones([logits.shape[0]]);
        const shares = definition.shares?.(settings, inputs);
        return tf.sum(shares === undefined ? weights : tf.mul(weights, shares));
      }) as tf.Scalar,
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
      message: `${message} of the loss "${name}"`,
      expected,
      got: `${got.dtype} [${got.shape}]`,
    });
  if (logits.rank !== 2) throw wrong('logits', '[B,K]', logits);
  const [batch, classes] = logits.shape;
  const hard = targets.rank === 1;
  const fits = hard ? targets.shape[0] === batch : String(targets.shape) === String(logits.shape);
  if (!fits || (kind === 'class' && !hard) || (kind === 'numbers' && hard)) {
    const numbers = `numbers [${batch},${classes}]`;
    const expected =
      kind === 'numbers' ? numbers : `classes [${batch}]${kind === 'class' ? '' : ` or ${numbers}`}`;
    throw wrong('targets', expected, targets);
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
  // A missing target may be NaN, and 0 times NaN is NaN.
  const isPresent = tf.notEqual(tf.expandDims(weights, 1), 0);
  return { ...inputs, targets: tf.where(isPresent, values, tf.zerosLike(values)), weights };
}
