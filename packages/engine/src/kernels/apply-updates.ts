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
  /** State of the optimizer: averages that persist between steps. Every parameter of a call has equally many. */
  readonly slots: readonly tf.Tensor[];
  readonly settings: Readonly<Record<Setting, number>>;
}

/** Gradient clipping. */
export interface UpdateOptions {
  /** Scales all gradients: clipping by norm. A tensor, so that no value has to be read back. */
  readonly factor?: tf.Scalar | undefined;
  /** Then clips all values to [-bound, bound]. */
  readonly bound?: number | undefined;
}

/**
 * Maximum number of values per native call: its results exist beside the old tensors until `take` disposes of those.
 */
const MAX_VALUES = 2 ** 22;

/**
 * One step of an optimizer for many parameters.
 *
 * Versions: the rule's TensorFlow.js ops, one parameter at a time, on any backend (the reference), and Podium's ops on
 * TensorFlow for CPUs, which take many parameters per call and whose bits do not depend on the number of threads.
 *
 * @param take gets the new weights and slots of `updates[index]`, and owns them. It is called as results arrive, so
 * that they need not all exist at once.
 * @throws PodiumError `engine-shape` if a gradient or slot has another shape than the weights
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
      const { weights, slots } = runReference(rule, update, options);
      take(index, weights, slots);
    });
    return;
  }
  for (let start = 0; start < updates.length; ) {
    let end = start + 1;
    let values = updates[start]?.weights.size ?? 0;
    while (end < updates.length) {
      values += updates[end]?.weights.size ?? 0;
      if (values > MAX_VALUES) break;
      end++;
    }
    const results = runNative(backend, rule.op, rule, updates.slice(start, end), options);
    for (const [i, { weights, slots }] of results.entries()) take(start + i, weights, slots);
    start = end;
  }
}

interface Updated {
  readonly weights: tf.Tensor;
  readonly slots: readonly tf.Tensor[];
}

function runNative<Setting extends string>(
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
  const [outputsPerSlot, results] = tf.tidy(() => {
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
    slots: Array.from({ length: slotCount }, (_, k) => results[outputsPerSlot * (1 + k) + i]!),
  }));
}

function runReference<Setting extends string>(
  rule: UpdateRule<Setting>,
  { weights, gradient, slots, settings }: Update<Setting>,
  { factor, bound }: UpdateOptions,
): Updated {
  const [next, ...rest] = tf.tidy(() => {
    let clipped = factor === undefined ? gradient : tf.mul(gradient, factor);
    if (bound !== undefined) clipped = tf.clipByValue(clipped, -bound, bound);
    const result = rule.reference(weights, clipped, slots, settings);
    // A rule may return one of its inputs, or the same tensor twice.
    return [result.weights, ...result.slots].map((tensor) => tf.clone(tensor));
  });
  return { weights: next!, slots: rest };
}

function checkShapes({ weights, gradient, slots }: Update): void {
  for (const tensor of [gradient, ...slots]) {
    if (tf.util.arraysEqual(tensor.shape, weights.shape)) continue;
    throw new PodiumError({
      code: 'engine-shape',
      message: tensor === gradient ? 'gradient of a parameter' : "slot of a parameter's optimizer",
      expected: `[${weights.shape}]`,
      got: `[${tensor.shape}]`,
    });
  }
}
