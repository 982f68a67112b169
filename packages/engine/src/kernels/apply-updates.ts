import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';
import { intAttr, TfType, typeAttr } from '../native/attributes.ts';
import type { NativeBackend } from '../native/backend.ts';
import { nativeBackend } from '../state.ts';
import type { UpdateRule } from './update-rules.ts';

/** One parameter before a step. */
export interface Update<Setting extends string = string> {
  readonly weights: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** As many for every parameter of a call. */
  readonly slots: readonly tf.Tensor[];
  readonly settings: Readonly<Record<Setting, number>>;
}

export interface UpdateOptions {
  /** What all gradients are multiplied by first: clipping by norm. A tensor, so that nothing has to be read back. */
  readonly factor?: tf.Scalar | undefined;
  /** What the values of all gradients are then kept within, from its negative on. */
  readonly bound?: number | undefined;
}

/** Values that one native call may take: its results exist beside what they replace until `take` lets go of that. */
const MOST_VALUES = 2 ** 22;

/**
 * One step of an optimizer. On TensorFlow few native calls do it for all parameters, and the bits do not depend on the
 * number of threads; elsewhere plain ops do.
 *
 * @param take gets the new weights and slots of `updates[index]`, and owns them. It is called as results come, so that
 * memory for all of them at once is not needed.
 * @throws PodiumError `engine-shape` where a gradient or slot has another shape than the weights
 */
export function applyUpdates<Setting extends string>(
  rule: UpdateRule<Setting>,
  updates: readonly Update<Setting>[],
  options: UpdateOptions,
  take: (index: number, weights: tf.Tensor, slots: readonly tf.Tensor[]) => void,
): void {
  for (const update of updates) checkShapes(update);
  const backend = nativeBackend();
  if (backend?.hasPodiumOps !== true || rule.op === undefined) {
    updates.forEach((update, index) => {
      const { weights, slots } = plain(rule, update, options);
      take(index, weights, slots);
    });
    return;
  }
  for (let start = 0; start < updates.length; ) {
    let end = start + 1;
    let values = updates[start]?.weights.size ?? 0;
    while (end < updates.length) {
      values += updates[end]?.weights.size ?? 0;
      if (values > MOST_VALUES) break;
      end++;
    }
    const results = native(backend, rule.op, rule, updates.slice(start, end), options);
    for (const [i, { weights, slots }] of results.entries()) take(start + i, weights, slots);
    start = end;
  }
}

interface Updated {
  readonly weights: tf.Tensor;
  readonly slots: readonly tf.Tensor[];
}

function native<Setting extends string>(
  backend: NativeBackend,
  op: string,
  rule: UpdateRule<Setting>,
  updates: readonly Update<Setting>[],
  { factor, bound }: UpdateOptions,
): Updated[] {
  const count = updates.length;
  const slotCount = updates[0]?.slots.length ?? 0;
  const columns = rule.settings.length + 1;
  const settings = new Float32Array(count * columns);
  for (const [i, update] of updates.entries()) {
    settings[i * columns] = bound ?? Number.POSITIVE_INFINITY;
    rule.settings.forEach((name, column) => {
      settings[i * columns + 1 + column] = update.settings[name];
    });
  }
  const [given, results] = tf.tidy(() => {
    const slots = Array.from({ length: slotCount }, (_, k) => updates.map((update) => update.slots[k]));
    const inputs = [
      ...updates.map(({ weights }) => backend.toType(weights, TfType.float)),
      ...updates.map(({ gradient }) => backend.toType(gradient, TfType.float)),
      ...(slots.flat() as tf.Tensor[]),
      tf.tensor2d(settings, [count, columns]),
      factor ?? tf.scalar(1),
    ];
    const attributes = [typeAttr('T', TfType.float), intAttr('N', count), intAttr('M', count * slotCount)];
    return [count, backend.run(op, attributes, inputs, count * (1 + slotCount))];
  });
  return updates.map((_, i) => ({
    weights: results[i]!,
    slots: Array.from({ length: slotCount }, (_, k) => results[given * (1 + k) + i]!),
  }));
}

function plain<Setting extends string>(
  rule: UpdateRule<Setting>,
  { weights, gradient, slots, settings }: Update<Setting>,
  { factor, bound }: UpdateOptions,
): Updated {
  const [next, ...rest] = tf.tidy(() => {
    let clipped = factor === undefined ? gradient : tf.mul(gradient, factor);
    if (bound !== undefined) clipped = tf.clipByValue(clipped, -bound, bound);
    const result = rule.plain(weights, clipped, slots, settings);
    // What is returned may be an input, or the same tensor twice.
    return [result.weights, ...result.slots].map((tensor) => tf.clone(tensor));
  });
  return { weights: next!, slots: rest };
}

function checkShapes({ weights, gradient, slots }: Update): void {
  for (const tensor of [gradient, ...slots]) {
    if (tf.util.arraysEqual(tensor.shape, weights.shape)) continue;
    throw new PodiumError({
      code: 'engine-shape',
      message: tensor === gradient ? 'gradient of a parameter' : "an optimizer's slot of a parameter",
      expected: `[${weights.shape}]`,
      got: `[${tensor.shape}]`,
    });
  }
}
