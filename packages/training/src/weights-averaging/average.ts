import { didYouMean, PodiumError } from '@podium/core';
import { lerpAll, readValues } from '@podium/engine';
import {
  type AnyModule,
  type Buffer,
  float32Of,
  fromTorch,
  Parameter,
  type StateTensor,
  toTorch,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';

/** What an average keeps from step to step. */
export interface AverageState {
  /** Averaged weights in PyTorch's shapes and order, by path. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
  /** The rest; goes through JSON unchanged. */
  readonly numbers: { readonly average: string; readonly updates: number };
}

/** A running average of a model's weights, kept beside the model. */
export interface WeightAverage {
  readonly name: string;
  /** How many times the model has been taken into the average. */
  readonly updates: number;
  /** Takes the model's weights of now into the average. @param step steps done, this one included: from 1 */
  update(model: AnyModule, step: number): void;
  /**
   * Puts the average into the model, to validate or save it, until `swapOut` brings the model's own weights back.
   * @throws PodiumError where there is no average yet, or it is in the model already
   */
  swapIn(model: AnyModule): void;
  /** @throws PodiumError where `swapIn` was not called */
  swapOut(model: AnyModule): void;
  /** Copies the average into another model of the same kind. */
  copyTo(model: AnyModule): void;
  /** For a checkpoint. Reads values back. */
  state(): AverageState;
  /** @throws PodiumError `training-average-state` saying what does not fit; all or nothing */
  loadState(state: AverageState, model: AnyModule): void;
  dispose(): void;
}

type Tensors = Map<string, Parameter | Buffer>;

interface Kept {
  tensor: tf.Tensor;
  readonly entry: Parameter | Buffer;
}

/**
 * Holds averages as tensors that nobody changes: sharing them with a model, and taking a model's weights as they are,
 * costs no copy.
 *
 * @param part how far the average moves toward the model in one update: 1 takes the model's weights as they are
 * @param withBuffers whether buffers (running statistics) are averaged too; else the model's are taken as they are
 */
export function createAverage(
  name: string,
  part: (step: number, updates: number) => number,
  withBuffers: boolean,
): WeightAverage {
  const kept = new Map<string, Kept>();
  let swapped: Map<string, tf.Tensor> | undefined;
  let updates = 0;

  const keep = (path: string, entry: Parameter | Buffer, tensor: tf.Tensor) => {
    kept.get(path)?.tensor.dispose();
    kept.set(path, { tensor: tf.keep(tensor), entry });
  };
  const checkSame = (tensors: Tensors) => {
    const strange =
      [...kept.keys()].find((path) => !tensors.has(path)) ??
      [...tensors.keys()].find((path) => !kept.has(path));
    if (strange === undefined) return;
    throw problem(
      `${strange} is not both in the model and in its average`,
      'use an average with one model only',
    );
  };
  const put = (tensors: Tensors) => {
    for (const [path, { tensor }] of kept) tensors.get(path)!.variable.assign(tensor);
  };
  const checkReady = () => {
    if (updates === 0) throw problem('there is no average yet', 'call update first');
    if (swapped !== undefined) throw problem('the average is in the model already', 'call swapOut first');
  };

  return {
    name,
    get updates() {
      return updates;
    },
    update(model, step) {
      if (swapped !== undefined)
        throw problem('the average is in the model', 'call swapOut before training goes on');
      const tensors = tensorsOf(model);
      if (updates > 0) checkSame(tensors);
      const amount = updates === 0 ? 1 : part(step, updates);
      const moving = [...tensors].filter(
        ([, entry]) => amount < 1 && (withBuffers || entry instanceof Parameter),
      );
      tf.tidy(() => {
        const from = moving.map(([path]) => kept.get(path)!.tensor);
        const next = lerpAll(
          from,
          moving.map(([, entry]) => entry.variable),
          amount,
        );
        for (const [i, [path, entry]] of moving.entries()) keep(path, entry, next[i]!);
        const moved = new Set(moving.map(([path]) => path));
        for (const [path, entry] of tensors)
          if (!moved.has(path)) keep(path, entry, tf.clone(entry.variable));
      });
      updates++;
    },
    swapIn(model) {
      checkReady();
      const tensors = tensorsOf(model);
      checkSame(tensors);
      swapped = new Map(
        Array.from(tensors, ([path, { variable }]) => [path, tf.tidy(() => tf.keep(tf.clone(variable)))]),
      );
      put(tensors);
    },
    swapOut(model) {
      if (swapped === undefined) throw problem('the average is not in the model', 'call swapIn first');
      const tensors = tensorsOf(model);
      for (const [path, tensor] of swapped) {
        tensors.get(path)?.variable.assign(tensor);
        tensor.dispose();
      }
      swapped = undefined;
    },
    copyTo(model) {
      if (updates === 0) throw problem('there is no average yet', 'call update first');
      const tensors = tensorsOf(model);
      checkSame(tensors);
      put(tensors);
    },
    state() {
      const tensors = new Map<string, StateTensor>();
      for (const [path, { tensor, entry }] of kept) {
        const data = readValues(() => toTorch(tensor, entry.layout, entry.shape));
        tensors.set(path, { dtype: 'float32', shape: entry.shape, data });
      }
      return { tensors, numbers: { average: name, updates } };
    },
    loadState(state, model) {
      if (swapped !== undefined) throw problem('the average is in the model', 'call swapOut first');
      const tensors = tensorsOf(model);
      checkState(state, name, tensors);
      for (const { tensor } of kept.values()) tensor.dispose();
      kept.clear();
      updates = state.numbers.updates;
      tf.tidy(() => {
        for (const [path, given] of state.tensors) {
          const entry = tensors.get(path)!;
          const value = tf.tensor(float32Of(given), [...given.shape]);
          // A copy: a tensor may share the memory of the array that it was made of.
          keep(path, entry, tf.mul(fromTorch(value, entry.layout, entry.groups), 1));
        }
      });
    },
    dispose() {
      for (const { tensor } of kept.values()) tensor.dispose();
      for (const tensor of swapped?.values() ?? []) tensor.dispose();
      kept.clear();
      swapped = undefined;
      updates = 0;
    },
  };
}

function tensorsOf(model: AnyModule): Tensors {
  return new Map<string, Parameter | Buffer>([...model.namedParameters(), ...model.namedBuffers()]);
}

function problem(message: string, fix: string): PodiumError {
  return new PodiumError({ code: 'training-average', message, fix });
}

function checkState({ tensors, numbers }: AverageState, name: string, wanted: Tensors): void {
  const wrong = (message: string, expected?: string, got?: string) =>
    new PodiumError({
      code: 'training-average-state',
      message,
      expected,
      got,
    });
  if (numbers?.average !== name)
    throw wrong('state of an average of weights', name, String(numbers?.average));
  if (!Number.isInteger(numbers.updates) || numbers.updates < 0) {
    throw wrong('updates of an average of weights', 'a whole number', String(numbers.updates));
  }
  for (const [path, { shape }] of tensors) {
    const entry = wanted.get(path);
    if (entry === undefined) {
      const nearest = didYouMean(path, [...wanted.keys()]);
      throw wrong(
        `${path} is in the average and not in the model${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}`,
      );
    }
    if (String(entry.shape) !== String(shape))
      throw wrong(`average of ${path}`, `[${entry.shape}]`, `[${shape}]`);
  }
  const missing = [...wanted.keys()].find((path) => !tensors.has(path));
  if (numbers.updates > 0 && missing !== undefined) throw wrong(`${missing} is missing in the average`);
}
