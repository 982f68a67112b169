import { PodiumError } from '@podium/core';
import { applyUpdates, globalNorm, readValues } from '@podium/engine';
import { fromTorch, type Parameter, type StateTensor, toTorch } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import { readSettings, type SettingsSpec } from '../settings.ts';
import type { CommonSettings, OptimizerDefinition, ParameterNumbers } from './definition.ts';
import type { ParameterGroup } from './groups.ts';
import { type OptimizerOptions, optimizers } from './registry.ts';
import { checkState, type OptimizerState, slotKey } from './state.ts';

export interface StepOptions {
  /**
   * Scales all gradients down, where needed, so that their norm together is at most this
   * (`torch.nn.utils.clip_grad_norm_`).
   */
  readonly clipNorm?: number;
  /** Then keeps every value within [-clipValue, clipValue] (`clip_grad_value_`). */
  readonly clipValue?: number;
  /** What gradients are multiplied by before all that: one over the number of batches that were added up. */
  readonly gradientScale?: number;
  /** Whether to measure the norm though it is not clipped. */
  readonly measureNorm?: boolean;
}

export interface StepResult {
  /**
   * The norm of all gradients, after `gradientScale` and before clipping, if it was clipped or measured. A tensor that the
   * caller owns: read it when it is needed, not in every step.
   */
  readonly gradientNorm?: tf.Scalar;
}

interface Tracked {
  readonly path: string;
  readonly parameter: Parameter;
  numbers: ParameterNumbers;
  /** Made at once, so that no step leaves more tensors than it found. */
  slots: readonly tf.Tensor[];
}

interface Group {
  readonly name: string;
  readonly scale: number;
  readonly settings: CommonSettings;
  readonly tracked: readonly Tracked[];
}

/**
 * Changes parameters by their gradients. Nothing is read back to the CPU, and on TensorFlow a step is a few native ops
 * whatever the number of parameters.
 */
export interface Optimizer {
  readonly name: string;
  /**
   * The learning rate of the next steps: the schedule's value, set from outside. Each group multiplies it by its own
   * scale.
   */
  learningRate: number;
  /** The learning rate that each group has now, by its name. */
  learningRates(): Map<string, number>;
  /** One step by the `grad` of each parameter, which stays as it is; parameters without one do not change. */
  step(options?: StepOptions): StepResult;
  /** Forgets the gradients of all parameters. */
  zeroGrad(): void;
  /** Other groups from now on, after unfreezing say; what is known of parameters that stay is kept. */
  setGroups(groups: readonly ParameterGroup[]): void;
  /** All that lasts from step to step, for a checkpoint. Reads values back. */
  state(): OptimizerState;
  /**
   * Goes on from a state, to the same bits; all or nothing.
   * @throws PodiumError `training-optimizer-state` saying what does not fit
   */
  loadState(state: OptimizerState): void;
  /** Frees what the optimizer holds; not the parameters. */
  dispose(): void;
}

/**
 * Makes an optimizer of parameter groups, see `parameterGroups`.
 *
 * @throws PodiumError for an unknown name, a setting out of range, or a parameter that is in two groups
 */
export function createOptimizer(options: OptimizerOptions, groups: readonly ParameterGroup[]): Optimizer {
  const { name, ...given } = options as { name: string } & Record<string, unknown>;
  return new FusedOptimizer(optimizers.get(name), given, groups);
}

class FusedOptimizer implements Optimizer {
  readonly #definition: OptimizerDefinition;
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #settings: CommonSettings;
  readonly #slotNames: readonly string[];
  #groups: readonly Group[] = [];
  learningRate: number;

  constructor(
    definition: OptimizerDefinition,
    given: Readonly<Record<string, unknown>>,
    groups: readonly ParameterGroup[],
  ) {
    this.#definition = definition;
    this.#given = given;
    this.#settings = this.#read(`optimizer ${definition.name}`, given);
    this.#slotNames = definition.slots(this.#settings);
    this.learningRate = this.#settings.learningRate;
    this.setGroups(groups);
  }

  get name(): string {
    return this.#definition.name;
  }

  learningRates(): Map<string, number> {
    return new Map(this.#groups.map(({ name, scale }) => [name, this.learningRate * scale]));
  }

  step({ clipNorm, clipValue, gradientScale, measureNorm = false }: StepOptions = {}): StepResult {
    checkClip('clipNorm', clipNorm);
    checkClip('clipValue', clipValue);
    if (!(this.learningRate >= 0 && Number.isFinite(this.learningRate))) {
      throw new PodiumError({
        code: 'training-learning-rate',
        message: 'learning rate of a step',
        expected: 'a number of at least 0',
        got: String(this.learningRate),
      });
    }
    const active = this.#groups.flatMap(({ scale, settings, tracked }) => {
      const current = { ...settings, learningRate: this.learningRate * scale };
      return tracked
        .filter(({ parameter }) => parameter.grad !== null)
        .map((each) => {
          const numbers = { ...each.numbers, steps: each.numbers.steps + 1 };
          return { each, numbers, settings: this.#definition.row(current, numbers) };
        });
    });
    const needsNorm = measureNorm || clipNorm !== undefined;
    const norm = tf.tidy(() => {
      const gradients = active.map(({ each }) => each.parameter.grad!);
      const { factor, gradientNorm } = this.#clipFactor(gradients, gradientScale, clipNorm, needsNorm);
      const updates = active.map(({ each, settings }) => ({
        weights: each.parameter.variable,
        gradient: each.parameter.grad!,
        slots: each.slots,
        settings,
      }));
      const take = (index: number, weights: tf.Tensor, slots: readonly tf.Tensor[]) => {
        const { each, numbers } = active[index]!;
        each.parameter.variable.assign(weights);
        weights.dispose();
        replaceSlots(each, slots);
        each.numbers = numbers;
      };
      applyUpdates(this.#definition.rule, updates, { factor, bound: clipValue }, take);
      // What tidy is to leave must be given back, whether it is asked for or not.
      return needsNorm ? gradientNorm : undefined;
    }) as tf.Scalar | undefined;
    return norm === undefined ? {} : { gradientNorm: norm };
  }

  zeroGrad(): void {
    for (const { parameter } of this.#tracked()) parameter.zeroGrad();
  }

  setGroups(groups: readonly ParameterGroup[]): void {
    const before = new Map(this.#tracked().map((each) => [each.path, each]));
    const seen = new Map<string, string>();
    const seenParameters = new Set<Parameter>();
    const next = groups.map((group): Group => {
      const settings = this.#read(`optimizer ${this.name}, group "${group.name}"`, {
        ...this.#given,
        ...group.settings,
        ...(group.weightDecay !== undefined && { weightDecay: group.weightDecay }),
      });
      if (String(this.#definition.slots(settings)) !== String(this.#slotNames)) {
        throw new PodiumError({
          code: 'training-groups',
          message: `group "${group.name}" needs other running averages than the optimizer`,
          expected: this.#slotNames.join(', ') || 'none',
          got: this.#definition.slots(settings).join(', ') || 'none',
          fix: 'set what decides about them (momentum, amsgrad, centered) for the whole optimizer',
        });
      }
      const tracked = group.parameters.map(([path, parameter]): Tracked => {
        if (seen.has(path) || seenParameters.has(parameter)) {
          throw new PodiumError({
            code: 'training-groups',
            path: { key: path },
            message: `a parameter is in two groups: "${seen.get(path) ?? 'under another path'}" and "${group.name}"`,
          });
        }
        seen.set(path, group.name);
        seenParameters.add(parameter);
        const known = before.get(path);
        if (known?.parameter === parameter) return known;
        const fresh: Tracked = { path, parameter, numbers: { steps: 0 }, slots: [] };
        return this.#reset(fresh);
      });
      return { name: group.name, scale: group.learningRateScale ?? 1, settings, tracked };
    });
    const kept = new Set(next.flatMap(({ tracked }) => tracked));
    for (const each of before.values()) if (!kept.has(each)) replaceSlots(each, []);
    this.#groups = next;
  }

  state(): OptimizerState {
    const tensors = new Map<string, StateTensor>();
    const parameters: Record<string, ParameterNumbers> = {};
    for (const { path, parameter, numbers, slots } of this.#tracked()) {
      if (numbers.steps === 0) continue;
      parameters[path] = { ...numbers };
      for (const [k, tensor] of slots.entries()) {
        const data = readValues(() => toTorch(tensor, parameter.layout, parameter.shape));
        const key = slotKey(path, this.#slotNames[k]!);
        tensors.set(key, { dtype: 'float32', shape: parameter.shape, data });
      }
    }
    return { tensors, numbers: { optimizer: this.name, learningRate: this.learningRate, parameters } };
  }

  loadState(state: OptimizerState): void {
    const tracked = new Map(this.#tracked().map((each) => [each.path, each]));
    const shapes = new Map(Array.from(tracked, ([path, { parameter }]) => [path, parameter.shape]));
    checkState(state, this.name, this.#slotNames, shapes);
    this.learningRate = state.numbers.learningRate;
    for (const [path, each] of tracked) {
      const numbers = Object.hasOwn(state.numbers.parameters, path)
        ? state.numbers.parameters[path]
        : undefined;
      if (numbers === undefined) {
        this.#reset(each);
        continue;
      }
      const { layout, groups, shape } = each.parameter;
      each.numbers = { ...numbers };
      tf.tidy(() => {
        const slots = this.#slotNames.map((name) => {
          const { data } = state.tensors.get(slotKey(path, name))!;
          return fromTorch(tf.tensor(data as Float32Array, [...shape]), layout, groups);
        });
        // Copies: a tensor may share the memory of the array that it was made of.
        replaceSlots(
          each,
          slots.map((slot) => tf.mul(slot, 1)),
        );
      });
    }
  }

  dispose(): void {
    for (const each of this.#tracked()) replaceSlots(each, []);
    this.#groups = [];
  }

  #reset(each: Tracked): Tracked {
    const { variable } = each.parameter;
    each.numbers = { steps: 0 };
    tf.tidy(() =>
      replaceSlots(
        each,
        this.#slotNames.map(() => tf.zerosLike(variable)),
      ),
    );
    return each;
  }

  #tracked(): Tracked[] {
    return this.#groups.flatMap(({ tracked }) => tracked);
  }

  #read(what: string, given: Readonly<Record<string, unknown>>): CommonSettings {
    const { settings: spec, conflict } = this.#definition;
    const settings = readSettings(what, spec as SettingsSpec<CommonSettings>, given);
    const problem = conflict?.(settings);
    if (problem === undefined) return settings;
    throw new PodiumError({ code: 'training-setting', message: `${what}: ${problem}` });
  }

  /** The one factor by which all gradients are multiplied, and their norm after `scale` where that is needed. */
  #clipFactor(
    gradients: readonly tf.Tensor[],
    scale: number | undefined,
    clipNorm: number | undefined,
    needsNorm: boolean,
  ): { factor: tf.Scalar | undefined; gradientNorm: tf.Scalar | undefined } {
    const ownClip = this.#definition.ownClipNorm?.(this.#settings);
    let factor: tf.Scalar | undefined = scale === undefined ? undefined : tf.scalar(scale);
    if (!needsNorm && ownClip === undefined) return { factor, gradientNorm: undefined };
    const measured = globalNorm(gradients);
    const gradientNorm = factor === undefined ? measured : (tf.mul(measured, factor) as tf.Scalar);
    if (clipNorm !== undefined) {
      // The summand is PyTorch's.
      const clip = tf.minimum(tf.div(clipNorm, tf.add(gradientNorm, 1e-6)), 1) as tf.Scalar;
      factor = factor === undefined ? clip : (tf.mul(factor, clip) as tf.Scalar);
    }
    if (ownClip !== undefined) {
      const left = factor === undefined ? measured : tf.mul(measured, factor);
      const clip = tf.div(1, tf.maximum(tf.div(left, ownClip), 1)) as tf.Scalar;
      factor = factor === undefined ? clip : (tf.mul(factor, clip) as tf.Scalar);
    }
    return { factor, gradientNorm };
  }
}

function replaceSlots(each: Tracked, slots: readonly tf.Tensor[]): void {
  for (const tensor of each.slots) tensor.dispose();
  each.slots = slots.map((tensor) => tf.keep(tensor));
}

function checkClip(name: string, value: number | undefined): void {
  if (value === undefined || value > 0) return;
  throw new PodiumError({
    code: 'training-clip',
    path: { key: name },
    message: 'clipping gradients',
    expected: 'a number above 0',
    got: String(value),
  });
}
