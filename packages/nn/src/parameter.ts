import { PodiumError, Rng } from '@podium/core';
import { isMeta, metaTensor, readValues, watch } from '@podium/engine';
import * as tf from '@tensorflow/tfjs-core';
import { float32Of } from './float32-of.ts';
import type { Initializer } from './init.ts';
import { nextRng } from './random.ts';
import type { StateTensor } from './state-tensor.ts';

/**
 * Memory layout of a tensor compared with PyTorch's:
 * - `same`: no difference;
 * - `conv`: `[O,I,kh,kw]` in PyTorch, `[kh,kw,I,O]` here;
 * - `depthwise`: `[C*m,1,kh,kw]` in PyTorch, `[kh,kw,C,m]` here.
 */
export type Layout = 'same' | 'conv' | 'depthwise';

/** A part of a module that checkpoints hold under its path. */
export interface StateEntry {
  /** PyTorch's shape. */
  readonly shape: readonly number[];
  /** Values in PyTorch's order. */
  toState(): StateTensor;
  /** Sets the values, given in PyTorch's order. The caller has checked the shape. */
  fromState(state: StateTensor): void;
  clone(): StateEntry;
  dispose(): void;
}

/** A tensor of a module, allocated when it is first used: a network of a billion weights costs nothing before. */
abstract class LazyTensor implements StateEntry {
  readonly shape: readonly number[];
  readonly layout: Layout;
  /** Groups of a depthwise layout: C. */
  readonly groups: number;
  #init: () => Float32Array;
  #variable: tf.Variable | undefined;

  constructor(shape: readonly number[], layout: Layout, groups: number, init: () => Float32Array) {
    this.shape = [...shape];
    this.layout = layout;
    this.groups = groups;
    this.#init = init;
  }

  /** Number of values. */
  get size(): number {
    return this.shape.reduce((size, extent) => size * extent, 1);
  }

  /** Whether its values exist. */
  get isAllocated(): boolean {
    return this.#variable !== undefined;
  }

  /** The values in the engine's layout; see {@link Layout}. Assigning copies the new values. */
  get data(): tf.Tensor {
    if (isMeta()) return metaTensor(this.#memoryShape());
    return this.variable;
  }

  set data(value: tf.Tensor) {
    this.variable.assign(value);
  }

  /** The variable behind `data`, which optimizers assign to. */
  get variable(): tf.Variable {
    if (this.#variable === undefined) this.#set(this.#init(), this.shape);
    return this.#variable!;
  }

  toState(): StateTensor {
    const data = readValues(() => toTorch(this.variable, this.layout, this.shape));
    return { dtype: 'float32', shape: this.shape, data };
  }

  fromState(state: StateTensor): void {
    this.#set(float32Of(state), state.shape);
  }

  dispose(): void {
    this.#variable?.dispose();
    this.#variable = undefined;
  }

  abstract clone(): LazyTensor;

  /** Drops the values; `init` makes new ones when they are next used. */
  protected reset(init: () => Float32Array): void {
    this.dispose();
    this.#init = init;
  }

  /** How to make a copy: from the values if they exist, else from the same initializer. */
  protected source(): { init: () => Float32Array; copy: ((into: LazyTensor) => void) | undefined } {
    const variable = this.#variable;
    return {
      init: this.#init,
      copy:
        variable === undefined
          ? undefined
          : (into) => {
              into.#variable = tf.tidy(() => makeVariable(tf.clone(variable)));
            },
    };
  }

  #set(values: Float32Array, shape: readonly number[]): void {
    tf.tidy(() => {
      const made = fromTorch(tf.tensor(values, [...shape]), this.layout, this.groups);
      if (this.#variable === undefined) this.#variable = makeVariable(made);
      else this.#variable.assign(made);
    });
  }

  #memoryShape(): number[] {
    return memoryShape(this.shape, this.layout, this.groups);
  }
}

/** Draws from the current state of `rng`, whenever and however often it is called: copies must get the same values. */
function drawFrom(init: Initializer, shape: readonly number[], rng: Rng): () => Float32Array {
  const state = rng.state();
  return () => init(shape, Rng.fromState(state));
}

function makeVariable(value: tf.Tensor): tf.Variable {
  return tf.variable(value, false);
}

export interface ParameterOptions {
  readonly layout?: Layout;
  /** Groups of a depthwise layout: C. */
  readonly groups?: number;
  readonly requiresGrad?: boolean;
  /** Stream that the initial weights are drawn from. Default: the next stream of the default generator. */
  readonly rng?: Rng;
}

/** A tensor that training changes, with `data`, `grad` and `requiresGrad` (`torch.nn.Parameter`). */
export class Parameter extends LazyTensor {
  /** Sum of the gradients since `zeroGrad()`, in the layout of `data`. */
  grad: tf.Tensor | null = null;
  /** Whether `backward` computes its gradient. Frozen parameters cost neither time nor memory in the backward pass. */
  requiresGrad: boolean;
  readonly #init: Initializer;

  /**
   * @param shape PyTorch's
   * @param init rule for the initial weights
   */
  constructor(shape: readonly number[], init: Initializer, options: ParameterOptions = {}) {
    const rng = options.rng ?? nextRng();
    super(shape, options.layout ?? 'same', options.groups ?? 1, drawFrom(init, shape, rng));
    this.#init = init;
    this.requiresGrad = options.requiresGrad ?? true;
  }

  override get data(): tf.Tensor {
    const data = super.data;
    if (this.requiresGrad) {
      watch(data);
      touched?.set(data.id, this);
    }
    return data;
  }

  override set data(value: tf.Tensor) {
    super.data = value;
  }

  /** Draws new initial weights from `rng` when they are next used. */
  initialize(rng: Rng, init: Initializer = this.#init): void {
    this.reset(drawFrom(init, this.shape, rng));
  }

  /** Clears the gradient. */
  zeroGrad(): void {
    this.grad?.dispose();
    this.grad = null;
  }

  override dispose(): void {
    super.dispose();
    this.zeroGrad();
  }

  override clone(): Parameter {
    const { layout, groups, requiresGrad } = this;
    const { init, copy } = this.source();
    // Values are copied, so a copy must not advance the default generator.
    const twin = new Parameter(this.shape, this.#init, {
      layout,
      groups,
      requiresGrad,
      rng: Rng.fromSeed(0),
    });
    twin.reset(init);
    copy?.(twin);
    return twin;
  }
}

let touched: Map<number, Parameter> | undefined;

/** Runs `f` and returns the parameters with `requiresGrad` that it read, by the id of their tensor. */
export function trackParameters<T>(f: () => T): { result: T; parameters: ReadonlyMap<number, Parameter> } {
  if (touched !== undefined) {
    throw new PodiumError({
      code: 'nn-nested-backward',
      message: 'backward was called inside another backward',
      fix: 'call backward once around the whole loss',
    });
  }
  const parameters = new Map<number, Parameter>();
  touched = parameters;
  try {
    return { result: f(), parameters };
  } finally {
    touched = undefined;
  }
}

/** A tensor without a gradient, such as running statistics. */
export class Buffer extends LazyTensor {
  /** Whether checkpoints hold it. */
  readonly persistent: boolean;

  /** @param value initial value of all elements */
  constructor(shape: readonly number[], value: number, persistent = true) {
    super(shape, 'same', 1, () =>
      new Float32Array(shape.reduce((size, extent) => size * extent, 1)).fill(value),
    );
    this.persistent = persistent;
  }

  override clone(): Buffer {
    const { init, copy } = this.source();
    const twin = new Buffer(this.shape, 0, this.persistent);
    twin.reset(init);
    copy?.(twin);
    return twin;
  }
}

/** An int64 scalar of PyTorch such as `num_batches_tracked`. A plain number here: counting needs no kernel. */
export class Counter implements StateEntry {
  readonly shape: readonly number[] = [];
  readonly persistent = true;
  value: number;

  constructor(value = 0) {
    this.value = value;
  }

  toState(): StateTensor {
    return { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(this.value)) };
  }

  fromState(state: StateTensor): void {
    this.value = Number(state.data[0]);
  }

  clone(): Counter {
    return new Counter(this.value);
  }

  dispose(): void {}
}

/** A table of whole numbers that PyTorch stores in checkpoints although it follows from the settings. */
export class IndexTable implements StateEntry {
  readonly shape: readonly number[];
  readonly persistent: boolean;
  /** Row-major. */
  readonly values: Int32Array;

  constructor(shape: readonly number[], values: Int32Array, persistent = true) {
    this.shape = [...shape];
    this.values = values;
    this.persistent = persistent;
  }

  toState(): StateTensor {
    return { dtype: 'int64', shape: this.shape, data: BigInt64Array.from(this.values, BigInt) };
  }

  /** Ignored: the values follow from the settings. */
  fromState(): void {}

  clone(): IndexTable {
    return new IndexTable(this.shape, this.values, this.persistent);
  }

  dispose(): void {}
}

function memoryShape(shape: readonly number[], layout: Layout, groups: number): number[] {
  if (layout === 'same') return [...shape];
  const [out, into, kh, kw] = shape as [number, number, number, number];
  return layout === 'conv' ? [kh, kw, into, out] : [kh, kw, groups, out / groups];
}

/** The inverse of {@link toTorch}. @param groups of a depthwise layout: C */
export function fromTorch(value: tf.Tensor, layout: Layout, groups: number): tf.Tensor {
  if (layout === 'same') return value;
  if (layout === 'conv') return tf.transpose(value, [2, 3, 1, 0]);
  const [out, , kh, kw] = value.shape as [number, number, number, number];
  return tf.transpose(tf.reshape(value, [groups, out / groups, kh, kw]), [2, 3, 0, 1]);
}

/** Converts a tensor in the engine's layout, such as a gradient, to PyTorch's shape and order. */
export function toTorch(value: tf.Tensor, layout: Layout, shape: readonly number[]): tf.Tensor {
  if (layout === 'same') return value;
  if (layout === 'conv') return tf.transpose(value, [3, 2, 0, 1]);
  return tf.reshape(tf.transpose(value, [2, 3, 0, 1]), [...shape]);
}
