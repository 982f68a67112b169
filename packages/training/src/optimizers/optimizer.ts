import { PodiumError } from '@podium/core';
import { parseSettings } from '@podium/core/settings';
import { applyUpdates, globalNorm, readValues } from '@podium/engine';
import { fromTorch, type Parameter, type StateTensor, toTorch } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerDefinition, ParameterNumbers, Update } from './definition.ts';
import type { ParameterGroup } from './groups.ts';
import { type OptimizerOptions, optimizers } from './registry.ts';
import { assertState, type OptimizerState, slotKey } from './state.ts';

export interface StepOptions {
  /** Scales all gradients down so that their joint norm is at most this (`torch.nn.utils.clip_grad_norm_`). */
  readonly clipNorm?: number;
  /** Then clips every value to [-clipValue, clipValue] (`clip_grad_value_`). */
  readonly clipValue?: number;
  /** Multiplies gradients before clipping: one over the number of accumulated batches. */
  readonly gradientScale?: number;
  /** Measures the norm even if nothing is clipped by it. */
  readonly measureNorm?: boolean;
}

export interface StepResult {
  /**
   * Joint norm of all gradients after `gradientScale` and before clipping, if it was clipped or measured. The caller owns
   * the tensor; reading it in every step slows training.
   */
  readonly gradientNorm?: tf.Scalar;
}

interface Tracked {
  readonly path: string;
  readonly parameter: Parameter;
  numbers: ParameterNumbers;
  /** Created at once, so that the number of tensors is the same after every step. */
  slots: readonly tf.Tensor[];
}

interface Group {
  readonly name: string;
  readonly scale: number;
  readonly update: Update;
  readonly tracked: readonly Tracked[];
}

/**
 * Updates parameters by their gradients. Nothing is read back to the CPU. On TensorFlow a step is a few native ops,
 * however many parameters there are.
 */
export interface Optimizer {
  readonly name: string;
  /** Learning rate of the next steps, set by the training loop. Each group multiplies it by its own scale. */
  learningRate: number;
  /** Current learning rate of each group, by name. */
  learningRates(): Map<string, number>;
  /** One step. Parameters whose `grad` is null do not change; gradients are kept. */
  step(options?: StepOptions): StepResult;
  /** Clears the gradients of all parameters. */
  zeroGrad(): void;
  /** Replaces the groups, after unfreezing for example. Parameters that stay keep their state. */
  setGroups(groups: readonly ParameterGroup[]): void;
  /** Everything that lasts from step to step, for a checkpoint. Reads values back to the CPU. */
  state(): OptimizerState;
  /**
   * Resumes from a state, bit for bit. If it does not fit, nothing changes.
   * @throws PodiumError `training-optimizer-state`
   */
  loadState(state: OptimizerState): void;
  /** Frees the running averages, not the parameters. */
  dispose(): void;
}

/**
 * Creates an optimizer for parameter groups.
 *
 * @throws PodiumError for an unknown name, an invalid setting, or a parameter that is in two groups
 *
 * @example
 * const optimizer = createOptimizer({ name: 'adamw', learningRate: 1e-3 }, parameterGroups(model));
 * backward(() => loss.call(model.call(images), labels));
 * optimizer.step({ clipNorm: 1 });
 * optimizer.zeroGrad();
 */
export function createOptimizer(options: OptimizerOptions, groups: readonly ParameterGroup[]): Optimizer {
  const { name, ...settings } = options;
  return new FusedOptimizer(optimizers.get(name), settings, groups);
}

class FusedOptimizer implements Optimizer {
  readonly #definition: OptimizerDefinition;
  readonly #settings: Readonly<Record<string, unknown>>;
  readonly #update: Update;
  #groups: readonly Group[] = [];
  learningRate: number;

  constructor(
    definition: OptimizerDefinition,
    settings: Readonly<Record<string, unknown>>,
    groups: readonly ParameterGroup[],
  ) {
    this.#definition = definition;
    this.#settings = settings;
    const parsed = parse(definition, settings);
    this.#update = definition.create(parsed);
    this.learningRate = parsed.learningRate;
    this.setGroups(groups);
  }

  get name(): string {
    return this.#definition.name;
  }

  learningRates(): Map<string, number> {
    return new Map(this.#groups.map(({ name, scale }) => [name, this.learningRate * scale]));
  }

  step({ clipNorm, clipValue, gradientScale, measureNorm = false }: StepOptions = {}): StepResult {
    assertClip('clipNorm', clipNorm);
    assertClip('clipValue', clipValue);
    if (!(this.learningRate >= 0 && Number.isFinite(this.learningRate))) {
      throw new PodiumError({
        code: 'training-learning-rate',
        message: 'learning rate of a step',
        expected: 'a number >= 0',
        got: String(this.learningRate),
      });
    }
    const active = this.#groups.flatMap(({ scale, update, tracked }) =>
      tracked
        .filter(({ parameter }) => parameter.grad !== null)
        .map((entry) => {
          const numbers = { ...entry.numbers, steps: entry.numbers.steps + 1 };
          return { entry, numbers, settings: update.row(this.learningRate * scale, numbers) };
        }),
    );
    const needsNorm = measureNorm || clipNorm !== undefined;
    const norm = tf.tidy(() => {
      const given = active.map(({ entry }) => entry.parameter.grad!);
      const { gradients, factor, bound, gradientNorm } = this.#clip(given, {
        scale: gradientScale,
        clipNorm,
        clipValue,
        needsNorm,
      });
      const updates = active.map(({ entry, settings }, i) => ({
        weights: entry.parameter.variable,
        gradient: gradients[i]!,
        slots: entry.slots,
        settings,
      }));
      const take = (index: number, weights: tf.Tensor, slots: readonly tf.Tensor[]) => {
        const { entry, numbers } = active[index]!;
        entry.parameter.variable.assign(weights);
        weights.dispose();
        replaceSlots(entry, slots);
        entry.numbers = numbers;
      };
      applyUpdates(this.#definition.rule, updates, { factor, bound }, take);
      // Otherwise tidy disposes it.
      return needsNorm ? gradientNorm : undefined;
    }) as tf.Scalar | undefined;
    return norm === undefined ? {} : { gradientNorm: norm };
  }

  zeroGrad(): void {
    for (const { parameter } of this.#tracked()) parameter.zeroGrad();
  }

  setGroups(groups: readonly ParameterGroup[]): void {
    const before = new Map(this.#tracked().map((entry) => [entry.path, entry]));
    const seen = new Map<string, string>();
    const seenParameters = new Set<Parameter>();
    const next = groups.map((group): Group => {
      const { weightDecay } = group;
      const given = {
        ...this.#settings,
        ...group.settings,
        ...(weightDecay !== undefined && { weightDecay }),
      };
      const update = this.#definition.create(parse(this.#definition, given, `, group "${group.name}"`));
      if (String(update.slots) !== String(this.#update.slots)) {
        throw new PodiumError({
          code: 'training-groups',
          message: `group "${group.name}" needs other running averages than the optimizer`,
          expected: this.#update.slots.join(', ') || 'none',
          got: update.slots.join(', ') || 'none',
          fix: 'set momentum, amsgrad and centered for the whole optimizer, not for a group',
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
      return { name: group.name, scale: group.learningRateScale ?? 1, update, tracked };
    });
    const kept = new Set(next.flatMap(({ tracked }) => tracked));
    for (const entry of before.values()) if (!kept.has(entry)) replaceSlots(entry, []);
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
        const key = slotKey(path, this.#update.slots[k]!);
        tensors.set(key, { dtype: 'float32', shape: parameter.shape, data });
      }
    }
    return { tensors, numbers: { optimizer: this.name, learningRate: this.learningRate, parameters } };
  }

  loadState(state: OptimizerState): void {
    const tracked = new Map(this.#tracked().map((entry) => [entry.path, entry]));
    const shapes = new Map(Array.from(tracked, ([path, { parameter }]) => [path, parameter.shape]));
    assertState(state, this.name, this.#update.slots, shapes);
    this.learningRate = state.numbers.learningRate;
    for (const [path, entry] of tracked) {
      const numbers = Object.hasOwn(state.numbers.parameters, path)
        ? state.numbers.parameters[path]
        : undefined;
      if (numbers === undefined) {
        this.#reset(entry);
        continue;
      }
      const { layout, groups, shape } = entry.parameter;
      entry.numbers = { ...numbers };
      tf.tidy(() => {
        const slots = this.#update.slots.map((name) => {
          const { data } = state.tensors.get(slotKey(path, name))!;
          return fromTorch(tf.tensor(data as Float32Array, [...shape]), layout, groups);
        });
        // Copies, since a tensor may share memory with the array it was made from.
        replaceSlots(
          entry,
          slots.map((slot) => tf.mul(slot, 1)),
        );
      });
    }
  }

  dispose(): void {
    for (const entry of this.#tracked()) replaceSlots(entry, []);
    this.#groups = [];
  }

  #reset(entry: Tracked): Tracked {
    const { variable } = entry.parameter;
    entry.numbers = { steps: 0 };
    tf.tidy(() =>
      replaceSlots(
        entry,
        this.#update.slots.map(() => tf.zerosLike(variable)),
      ),
    );
    return entry;
  }

  #tracked(): Tracked[] {
    return this.#groups.flatMap(({ tracked }) => tracked);
  }

  /**
   * Gradients, and the factor and bound that they are still to be clipped by: first to the trainer's norm, then to its bound,
   * and last to the optimizer's own norm, as PyTorch clips before an optimizer's step and LAMB within it.
   */
  #clip(
    gradients: readonly tf.Tensor[],
    {
      scale,
      clipNorm,
      clipValue,
      needsNorm,
    }: {
      readonly scale: number | undefined;
      readonly clipNorm: number | undefined;
      readonly clipValue: number | undefined;
      readonly needsNorm: boolean;
    },
  ): {
    readonly gradients: readonly tf.Tensor[];
    readonly factor: tf.Scalar | undefined;
    readonly bound: number | undefined;
    /** After `scale`, if it is needed. */
    readonly gradientNorm: tf.Scalar | undefined;
  } {
    const { clipNorm: ownClipNorm } = this.#update;
    let factor: tf.Scalar | undefined = scale === undefined ? undefined : tf.scalar(scale);
    if (!needsNorm && ownClipNorm === undefined)
      return { gradients, factor, bound: clipValue, gradientNorm: undefined };
    const measured = globalNorm(gradients);
    const gradientNorm = factor === undefined ? measured : (tf.mul(measured, factor) as tf.Scalar);
    if (clipNorm !== undefined) {
      // PyTorch adds 1e-6, too.
      const clip = tf.minimum(tf.div(clipNorm, tf.add(gradientNorm, 1e-6)), 1) as tf.Scalar;
      factor = factor === undefined ? clip : (tf.mul(factor, clip) as tf.Scalar);
    }
    if (ownClipNorm === undefined) return { gradients, factor, bound: clipValue, gradientNorm };
    if (clipValue !== undefined) {
      const bounded = gradients.map((gradient) =>
        tf.clipByValue(factor === undefined ? gradient : tf.mul(gradient, factor), -clipValue, clipValue),
      );
      return {
        gradients: bounded,
        factor: ownFactor(globalNorm(bounded), ownClipNorm),
        bound: undefined,
        gradientNorm,
      };
    }
    const own = ownFactor(factor === undefined ? measured : tf.mul(measured, factor), ownClipNorm);
    factor = factor === undefined ? own : (tf.mul(factor, own) as tf.Scalar);
    return { gradients, factor, bound: undefined, gradientNorm };
  }
}

/** timm's `Lamb`: gradients are divided by their norm over its limit, if that is above 1. */
function ownFactor(norm: tf.Tensor, limit: number): tf.Scalar {
  return tf.div(1, tf.maximum(tf.div(norm, limit), 1)) as tf.Scalar;
}

function parse(definition: OptimizerDefinition, given: Readonly<Record<string, unknown>>, group = '') {
  const owner = `optimizer "${definition.name}"${group}`;
  return parseSettings(definition.settings, given, { owner, code: 'training-setting' });
}

function replaceSlots(entry: Tracked, slots: readonly tf.Tensor[]): void {
  for (const tensor of entry.slots) tensor.dispose();
  entry.slots = slots.map((tensor) => tf.keep(tensor));
}

function assertClip(name: string, value: number | undefined): void {
  if (value === undefined || value > 0) return;
  throw new PodiumError({
    code: 'training-clip',
    path: { key: name },
    message: 'clipping gradients',
    expected: 'a number > 0',
    got: String(value),
  });
}
