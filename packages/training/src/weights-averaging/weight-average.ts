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

/** State of an average, for checkpoints. */
export interface AverageState {
  /** Averaged weights in PyTorch's shapes and order, by path. */
  readonly tensors: ReadonlyMap<string, StateTensor>;
  /** Plain JSON. */
  readonly numbers: { readonly average: string; readonly updates: number };
}

/** A running average of a model's weights, kept beside the model. */
export interface WeightAverage {
  readonly name: string;
  /** When to update it by default: EMA after each step, SWA after each epoch. */
  readonly by: 'step' | 'epoch';
  /** Whether the initial weights are part of the average: then the trainer calls `update` once before the first step. */
  readonly includesInitial: boolean;
  /** Updates so far. */
  readonly updates: number;
  /**
   * Adds the model's current weights to the average.
   * @param step steps done, including this one: from 1; 0 for the initial weights
   */
  update(model: AnyModule, step: number): void;
  /**
   * Puts the average into the model, to validate or save it. `swapOut` brings back the model's own weights.
   * @throws PodiumError `training-average` if there is no average yet, or it is already in the model
   */
  swapIn(model: AnyModule): void;
  /** @throws PodiumError `training-average` if `swapIn` was not called */
  swapOut(model: AnyModule): void;
  /** Copies the average into another model of the same architecture. */
  copyTo(model: AnyModule): void;
  /** Reads values from the device. */
  state(): AverageState;
  /** @throws PodiumError `training-average-state` naming what does not fit; all or nothing */
  loadState(state: AverageState, model: AnyModule): void;
  dispose(): void;
}

/** What makes one kind of average. */
export interface AverageRule extends Pick<WeightAverage, 'name' | 'by' | 'includesInitial'> {
  /** How far the average moves toward the model at an update, 0 to 1. The first update always copies. */
  readonly amount: (step: number, updates: number) => number;
  /** Whether running statistics are averaged too; otherwise those of the last model are copied. */
  readonly averagesBuffers: boolean;
}

type Entry = Parameter | Buffer;

/** Averages are immutable tensors, so sharing or copying a model's weights costs no copy. */
export function createWeightAverage(rule: AverageRule): WeightAverage {
  const { name, by, includesInitial, amount, averagesBuffers } = rule;
  const averages = new Map<string, { readonly tensor: tf.Tensor; readonly entry: Entry }>();
  let ownWeights: Map<string, tf.Tensor> | undefined;
  let updates = 0;

  const keep = (path: string, entry: Entry, tensor: tf.Tensor) => {
    averages.get(path)?.tensor.dispose();
    averages.set(path, { tensor: tf.keep(tensor), entry });
  };
  const assertSameModel = (entries: ReadonlyMap<string, Entry>) => {
    const unmatched =
      [...averages.keys()].find((path) => !entries.has(path)) ??
      [...entries.keys()].find((path) => !averages.has(path));
    if (unmatched === undefined) return;
    throw problem(
      `${unmatched} is missing from either the model or its average`,
      'use one average per model',
    );
  };
  const assertStarted = () => {
    if (updates === 0) throw problem('there is no average yet', 'call update first');
  };
  const assign = (entries: ReadonlyMap<string, Entry>) => {
    for (const [path, { tensor }] of averages) entries.get(path)!.variable.assign(tensor);
  };

  return {
    name,
    by,
    includesInitial,
    get updates() {
      return updates;
    },
    update(model, step) {
      if (ownWeights !== undefined)
        throw problem('the average is in the model', 'call swapOut before training continues');
      const entries = entriesOf(model);
      if (updates > 0) assertSameModel(entries);
      const moves = updates === 0 ? 1 : amount(step, updates);
      const moving = [...entries].filter(
        ([, entry]) => moves < 1 && (averagesBuffers || entry instanceof Parameter),
      );
      tf.tidy(() => {
        const moved = lerpAll(
          moving.map(([path]) => averages.get(path)!.tensor),
          moving.map(([, { variable }]) => variable),
          moves,
        );
        for (const [i, [path, entry]] of moving.entries()) keep(path, entry, moved[i]!);
        const movedPaths = new Set(moving.map(([path]) => path));
        for (const [path, entry] of entries)
          if (!movedPaths.has(path)) keep(path, entry, tf.clone(entry.variable));
      });
      updates++;
    },
    swapIn(model) {
      assertStarted();
      if (ownWeights !== undefined)
        throw problem('the average is in the model already', 'call swapOut first');
      const entries = entriesOf(model);
      assertSameModel(entries);
      ownWeights = new Map(
        Array.from(entries, ([path, { variable }]) => [path, tf.tidy(() => tf.keep(tf.clone(variable)))]),
      );
      assign(entries);
    },
    swapOut(model) {
      if (ownWeights === undefined) throw problem('the average is not in the model', 'call swapIn first');
      const entries = entriesOf(model);
      for (const [path, tensor] of ownWeights) {
        entries.get(path)?.variable.assign(tensor);
        tensor.dispose();
      }
      ownWeights = undefined;
    },
    copyTo(model) {
      assertStarted();
      const entries = entriesOf(model);
      assertSameModel(entries);
      assign(entries);
    },
    state() {
      const tensors = new Map<string, StateTensor>();
      for (const [path, { tensor, entry }] of averages) {
        const data = readValues(() => toTorch(tensor, entry.layout, entry.shape));
        tensors.set(path, { dtype: 'float32', shape: entry.shape, data });
      }
      return { tensors, numbers: { average: name, updates } };
    },
    loadState(state, model) {
      if (ownWeights !== undefined) throw problem('the average is in the model', 'call swapOut first');
      const entries = entriesOf(model);
      assertState(state, name, entries);
      for (const { tensor } of averages.values()) tensor.dispose();
      averages.clear();
      updates = state.numbers.updates;
      tf.tidy(() => {
        for (const [path, given] of state.tensors) {
          const entry = entries.get(path)!;
          const value = tf.tensor(float32Of(given), [...given.shape]);
          // A copy: a tensor may share the memory of the array that it was made of.
          keep(path, entry, tf.mul(fromTorch(value, entry.layout, entry.groups), 1));
        }
      });
    },
    dispose() {
      for (const { tensor } of averages.values()) tensor.dispose();
      for (const tensor of ownWeights?.values() ?? []) tensor.dispose();
      averages.clear();
      ownWeights = undefined;
      updates = 0;
    },
  };
}

function entriesOf(model: AnyModule): Map<string, Entry> {
  return new Map<string, Entry>([...model.namedParameters(), ...model.namedBuffers()]);
}

function problem(message: string, fix: string): PodiumError {
  return new PodiumError({ code: 'training-average', message, fix });
}

function assertState(
  { tensors, numbers }: AverageState,
  name: string,
  entries: ReadonlyMap<string, Entry>,
): void {
  const wrong = (message: string, expected?: string, got?: string) =>
    new PodiumError({ code: 'training-average-state', message, expected, got });
  if (numbers?.average !== name)
    throw wrong('state of an average of weights', name, String(numbers?.average));
  if (!Number.isInteger(numbers.updates) || numbers.updates < 0) {
    throw wrong('updates of an average of weights', 'a whole number', String(numbers.updates));
  }
  for (const [path, { shape }] of tensors) {
    const entry = entries.get(path);
    if (entry === undefined) {
      const nearest = didYouMean(path, [...entries.keys()]);
      const hint = nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
      throw wrong(`${path} is in the average, but not in the model${hint}`);
    }
    if (String(entry.shape) !== String(shape))
      throw wrong(`average of ${path}`, `[${entry.shape}]`, `[${shape}]`);
  }
  const missing = [...entries.keys()].find((path) => !tensors.has(path));
  if (numbers.updates > 0 && missing !== undefined) throw wrong(`${missing} is missing from the average`);
}
