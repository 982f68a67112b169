import { PodiumError } from '@podium/core';
import * as tf from '@tensorflow/tfjs-core';

/** One recorded op, as TensorFlow.js's tape keeps it. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  readonly gradient?: (dys: (tf.Tensor | null)[]) => Readonly<Record<string, () => tf.Tensor>>;
  readonly saved?: readonly tf.Tensor[];
}

/** The internals of TensorFlow.js's engine behind `tf.variableGrads`. */
interface TapeEngine {
  startTape(): void;
  endTape(): void;
  readonly state: { activeTape: TapeNode[] | null; readonly gradientDepth: number };
}

/** Result of {@link valueAndGradients}. */
export interface ValueAndGradients {
  /** What the function returned. */
  readonly value: tf.Scalar;
  /** The gradient by each tensor, in the order given; zeros if the value does not depend on it. */
  readonly gradients: tf.Tensor[];
}

/**
 * Computes the scalar `f()` and its gradient by each tensor of `by`, as `tf.variableGrads` does, with less memory:
 * saved tensors and gradients of an op are freed as soon as the backward pass has processed that op, and ops that do
 * not depend on `by` (a frozen backbone) save nothing and cost nothing.
 *
 * The caller owns the returned tensors.
 *
 * @throws PodiumError `engine-loss-shape` if `f` does not return a scalar, `engine-nested-gradient` inside another
 * gradient, `engine-no-gradient` for an op without one
 *
 * @example
 * const { value, gradients } = valueAndGradients(() => tf.mean(conv2d(x, weight)), [weight]);
 */
export function valueAndGradients(f: () => tf.Tensor, by: readonly tf.Tensor[]): ValueAndGradients {
  return differentiate(f, by, (gradients) =>
    by.map((tensor) => gradients.get(tensor.id) ?? tf.zerosLike(tensor)),
  );
}

/** Result of {@link valueAndWatched}. */
export interface ValueAndWatched {
  /** What the function returned: a scalar. */
  readonly value: tf.Scalar;
  /** In the order in which tensors were first watched, without those that the value does not depend on. */
  readonly gradients: readonly { readonly by: tf.Tensor; readonly gradient: tf.Tensor }[];
}

/**
 * {@link valueAndGradients} by the tensors that `f` passes to {@link watch}: for layers that know their weights. The
 * caller owns the returned tensors.
 */
export function valueAndWatched(f: () => tf.Tensor): ValueAndWatched {
  let by: tf.Tensor[] = [];
  const { value, gradients } = differentiate(f, [], (found, watched) => {
    by = watched.filter((tensor) => found.has(tensor.id));
    return by.map((tensor) => found.get(tensor.id)!);
  });
  return { value, gradients: by.map((tensor, i) => ({ by: tensor, gradient: gradients[i]! })) };
}

/** Requests the gradient by `tensor` from the enclosing {@link valueAndWatched}; does nothing outside of it. */
export function watch(tensor: tf.Tensor): void {
  recording()?.watch(tensor);
}

/** The tape that is recording, if any. */
export function recording(): Tape | undefined {
  const tape = (tf.engine() as unknown as TapeEngine).state.activeTape;
  return tape instanceof Tape ? tape : undefined;
}

/**
 * Runs `f` outside of any forward pass and returns the gradients by `by` and by watched tensors, given the gradient
 * `dy` by its result. To be called inside `tf.tidy`.
 */
export function gradientsOf(
  f: () => tf.Tensor,
  by: readonly tf.Tensor[],
  dy: tf.Tensor,
): ReadonlyMap<number, tf.Tensor> {
  const tape = new Tape(by);
  try {
    const value = record(tape, f);
    return propagate(tape, value, tf.clone(dy));
  } finally {
    tape.dispose();
  }
}

function differentiate(
  f: () => tf.Tensor,
  by: readonly tf.Tensor[],
  choose: (gradients: ReadonlyMap<number, tf.Tensor>, watched: readonly tf.Tensor[]) => tf.Tensor[],
): ValueAndGradients {
  const engine = tf.engine() as unknown as TapeEngine;
  if (engine.state.gradientDepth > 0) {
    throw new PodiumError({
      code: 'engine-nested-gradient',
      message: 'valueAndGradients was called inside another gradient',
      fix: 'call it once, around the whole loss; for second derivatives use tf.grads',
    });
  }
  const tape = new Tape(by);
  const [value, ...gradients] = tf.tidy(() => {
    try {
      const value = record(tape, f);
      if (!(value instanceof tf.Tensor) || value.size !== 1) {
        throw new PodiumError({
          code: 'engine-loss-shape',
          message: 'the loss is not a scalar',
          expected: 'a scalar tensor',
          got: value instanceof tf.Tensor ? `a tensor [${value.shape}]` : typeof value,
          fix: 'reduce it, with tf.mean for example',
        });
      }
      return [value, ...choose(propagate(tape, value, tf.onesLike(value)), tape.watched)];
    } finally {
      tape.dispose();
    }
  });
  return { value: value as tf.Scalar, gradients };
}

function record(tape: Tape, f: () => tf.Tensor): tf.Tensor {
  const engine = tf.engine() as unknown as TapeEngine;
  engine.startTape();
  engine.state.activeTape = tape;
  try {
    return tf.tidy('forward', f);
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** Records only ops that depend on the requested tensors; frees at once what the others saved. */
class Tape extends Array<TapeNode> {
  readonly reached: Set<number> = new Set();
  readonly watched: tf.Tensor[] = [];
  readonly #listeners: Map<number, tf.Tensor>[] = [];

  constructor(by: readonly tf.Tensor[]) {
    super();
    for (const tensor of by) this.watch(tensor);
  }

  watch(tensor: tf.Tensor): void {
    for (const listener of this.#listeners) listener.set(tensor.id, tensor);
    if (this.reached.has(tensor.id)) return;
    this.reached.add(tensor.id);
    this.watched.push(tensor);
  }

  /** Runs `f` and returns the tensors that it watched, also those that were watched before. */
  listen<T>(f: () => T): { value: T; watched: Iterable<tf.Tensor> } {
    const watched = new Map<number, tf.Tensor>();
    this.#listeners.push(watched);
    try {
      return { value: f(), watched: watched.values() };
    } finally {
      this.#listeners.pop();
    }
  }

  override push(...nodes: TapeNode[]): number {
    for (const node of nodes) {
      if (Object.values(node.inputs).some((input) => this.reached.has(input.id))) {
        for (const output of node.outputs) this.reached.add(output.id);
        super.push(node);
      } else {
        free(node);
      }
    }
    return this.length;
  }

  dispose(): void {
    for (const node of this) free(node);
  }
}

function free(node: TapeNode): void {
  for (const tensor of node.saved ?? []) tensor.dispose();
}

/** Walks the tape backwards from `dy`, which it disposes of; returns the gradients by all leaves of the tape. */
function propagate(tape: Tape, value: tf.Tensor, dy: tf.Tensor): Map<number, tf.Tensor> {
  const gradients = new Map<number, tf.Tensor>([[value.id, dy]]);
  while (tape.length > 0) {
    const node = tape.pop()!;
    const dys = node.outputs.map((output) => gradients.get(output.id) ?? null);
    if (dys.some((dy) => dy !== null)) {
      for (const [input, dx] of inputGradients(node, dys, tape.reached)) {
        const sum = gradients.get(input.id);
        gradients.set(input.id, sum === undefined ? dx : tf.add(sum, dx));
        if (sum !== undefined) {
          sum.dispose();
          dx.dispose();
        }
      }
      for (const [i, output] of node.outputs.entries()) {
        dys[i]?.dispose();
        gradients.delete(output.id);
      }
    }
    free(node);
  }
  return gradients;
}

function inputGradients(
  node: TapeNode,
  dys: (tf.Tensor | null)[],
  needed: ReadonlySet<number>,
): [input: tf.Tensor, gradient: tf.Tensor][] {
  if (node.gradient === undefined) {
    throw new PodiumError({
      code: 'engine-no-gradient',
      message: `the op ${node.kernelName} has no gradient`,
      fix: 'use a differentiable op, or compute its result outside of the loss',
    });
  }
  const gradient = node.gradient;
  const names = Object.keys(node.inputs).filter((name) => needed.has(node.inputs[name]!.id));
  const results = tf.tidy(() => {
    const byName = gradient(dys);
    // A clone is free, and makes gradients independent even if an op passes dy on.
    return names.map((name) => tf.clone(byName[name]!()));
  });
  return names.map((name, i) => {
    const input = node.inputs[name]!;
    const dx = results[i]!;
    if (String(dx.shape) !== String(input.shape)) {
      throw new PodiumError({
        code: 'engine-gradient-shape',
        message: `gradient of ${node.kernelName} by ${name}`,
        expected: `[${input.shape}]`,
        got: `[${dx.shape}]`,
      });
    }
    return [input, dx];
  });
}
