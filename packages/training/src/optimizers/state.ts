import { didYouMean, PodiumError } from '@podium/core';
import type { StateTensor } from '@podium/nn';
import type { ParameterNumbers } from './definition.ts';

/** Everything that an optimizer keeps from step to step. */
export interface OptimizerState {
  /** Running averages in PyTorch's shapes and order, by parameter path and PyTorch's name: `conv1.weight.exp_avg`. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
  /** The rest, as plain JSON. */
  readonly numbers: {
    readonly optimizer: string;
    readonly learningRate: number;
    /** By path, without parameters that never had a gradient. */
    readonly parameters: Readonly<Record<string, Readonly<ParameterNumbers>>>;
  };
}

/** The key of one running average of a parameter. */
export function slotKey(path: string, slot: string): string {
  return `${path}.${slot}`;
}

/**
 * Checks that a state fits, before any of it is loaded.
 *
 * @param shapes PyTorch's shape of each parameter by path
 * @throws PodiumError `training-optimizer-state`
 */
export function assertState(
  { tensors, numbers }: OptimizerState,
  optimizer: string,
  slots: readonly string[],
  shapes: ReadonlyMap<string, readonly number[]>,
): void {
  if (typeof numbers !== 'object' || numbers === null || typeof numbers.parameters !== 'object') {
    throw wrong({ expected: 'the numbers of an optimizer, by parameter', got: JSON.stringify(numbers) });
  }
  if (numbers.optimizer !== optimizer) {
    throw wrong({
      message: 'the state belongs to another optimizer',
      expected: optimizer,
      got: String(numbers.optimizer),
      fix: 'use the optimizer that wrote the checkpoint, or start without its state',
    });
  }
  if (typeof numbers.learningRate !== 'number') {
    throw wrong({ key: 'learningRate', expected: 'a number', got: String(numbers.learningRate) });
  }
  const expected = new Set<string>();
  for (const [path, { steps, muProduct }] of Object.entries(numbers.parameters)) {
    const shape = shapes.get(path);
    if (shape === undefined) {
      const nearest = didYouMean(path, [...shapes.keys()]);
      throw wrong({
        key: path,
        message: `is in the state, but not a parameter of the groups${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`,
        fix: 'create the groups as they were when the state was saved: same model, same frozen parts',
      });
    }
    if (!Number.isInteger(steps) || steps < 1 || (muProduct !== undefined && !Number.isFinite(muProduct))) {
      throw wrong({
        key: path,
        expected: 'a whole number of steps > 0',
        got: JSON.stringify({ steps, muProduct }),
      });
    }
    for (const slot of slots) {
      const key = slotKey(path, slot);
      const tensor = tensors.get(key);
      if (tensor === undefined) throw wrong({ key, message: 'is missing from the state' });
      if (String(tensor.shape) !== String(shape) || tensor.dtype !== 'float32') {
        throw wrong({ key, expected: `float32 [${shape}]`, got: `${tensor.dtype} [${tensor.shape}]` });
      }
      expected.add(key);
    }
  }
  for (const key of tensors.keys()) {
    if (!expected.has(key)) throw wrong({ key, message: 'is in the state, but belongs to no parameter' });
  }
}

function wrong({
  key,
  message,
  expected,
  got,
  fix,
}: {
  key?: string;
  message?: string;
  expected?: string;
  got?: string | undefined;
  fix?: string;
}): PodiumError {
  return new PodiumError({
    code: 'training-optimizer-state',
    message: message ?? "an optimizer's state",
    ...(key === undefined ? {} : { path: { key } }),
    expected,
    got,
    fix,
  });
}
