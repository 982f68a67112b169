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

/** The part of TensorFlow.js's engine that its own `variableGrads` is made of. */
interface TapeEngine {
  startTape(): void;
  endTape(): void;
  readonly state: { activeTape: TapeNode[] | null; readonly gradientDepth: number };
}

export interface ValueAndGradients {
  /** What the function returned: a scalar. */
  readonly value: tf.Scalar;
  /** The value's gradient by each tensor asked for, in their order; zeros where it does not depend on it. */
  readonly gradients: tf.Tensor[];
}

/**
 * Runs `f` and gives the gradient of its scalar result by each of `by`: what `tf.variableGrads` computes, with less
 * memory. What the forward pass saved for an op is freed as soon as the backward pass has gone through that op, and so
 * is the gradient that came to it. Ops through which no gradient can flow to `by` (a frozen backbone) save nothing
 * and cost nothing.
 *
 * The caller owns what is returned.
 *
 * @throws PodiumError where `f` does not return a scalar, or is itself inside a gradient
 */
export function valueAndGradients(f: () => tf.Tensor, by: readonly tf.Tensor[]): ValueAndGradients {
  return differentiate(f, by, (gradients) =>
    by.map((tensor) => gradients.get(tensor.id) ?? tf.zerosLike(tensor)),
  );
}

/** The value of a function, and its gradient by each tensor that was watched while it ran. */
export interface ValueAndWatched {
  /** What the function returned: a scalar. */
  readonly value: tf.Scalar;
  /** In the order in which they were first watched; without those that the value does not depend on. */
  readonly gradients: readonly { readonly by: tf.Tensor; readonly gradient: tf.Tensor }[];
}

/**
 * {@link valueAndGradients} by whatever `f` hands to {@link watch} while it runs: for layers that know their weights.
 * The caller owns what is returned.
 */
export function valueAndWatched(f: () => tf.Tensor): ValueAndWatched {
  let by: tf.Tensor[] = [];
  const { value, gradients } = differentiate(f, [], (found, watched) => {
    by = watched.filter((tensor) => found.has(tensor.id));
    return by.map((tensor) => found.get(tensor.id)!);
  });
  return { value, gradients: by.map((tensor, i) => ({ by: tensor, gradient: gradients[i]! })) };
}

/** Asks for the gradient by `tensor` of what {@link valueAndWatched} is running; does nothing outside of it. */
export function watch(tensor: tf.Tensor): void {
  recording()?.watch(tensor);
}

/** The tape of the backward pass whose forward pass is running, if one is. */
export function recording(): Tape | undefined {
  const tape = (tf.engine() as unknown as TapeEngine).state.activeTape;
  return tape instanceof Tape ? tape : undefined;
}

/**
 * Runs `f`, not inside another forward pass, and gives the gradients of its result by `by` and by what it watches, where
 * `dy` is the gradient by the result. The caller tidies up.
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
      fix: 'call it once around the whole loss; for second derivatives use tf.grads',
    });
  }
  const tape = new Tape(by);
  const [value, ...gradients] = tf.tidy(() => {
    try {
      const value = record(tape, f);
      if (!(value instanceof tf.Tensor) || value.size !== 1) {
        throw new PodiumError({
          code: 'engine-loss-shape',
          message: 'a loss to take gradients of',
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

/** Records only the ops that lead from the tensors asked for, and frees at once what the others saved. */
class Tape extends Array<TapeNode> {
  readonly reached: Set<number> = new Set();
  readonly watched: tf.Tensor[] = [];
  readonly #listeners: Map<number, tf.Tensor>[] = [];

  constructor(by: readonly tf.Tensor[]) {
    super();
    for (const tensor of by) this.watch(tensor);
  }

  watch(tensor: tf.Tensor): void {
    for (const heard of this.#listeners) heard.set(tensor.id, tensor);
    if (this.reached.has(tensor.id)) return;
    this.reached.add(tensor.id);
    this.watched.push(tensor);
  }

  /** Runs `f` and tells what was watched meanwhile, whether it was before or not. */
  listen<T>(f: () => T): { value: T; watched: Iterable<tf.Tensor> } {
    const heard = new Map<number, tf.Tensor>();
    this.#listeners.push(heard);
    try {
      return { value: f(), watched: heard.values() };
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

/**
 * Walks the tape backwards from `dy`, which it takes over; gives the gradient by every tensor that nothing on the tape
 * computed.
 */
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
  wanted: ReadonlySet<number>,
): [input: tf.Tensor, gradient: tf.Tensor][] {
  if (node.gradient === undefined) {
    throw new PodiumError({
      code: 'engine-no-gradient',
      message: `no gradient is known for the op ${node.kernelName}`,
      fix: 'use a differentiable op, or keep it out of the loss with tensors computed beforehand',
    });
  }
  const gradient = node.gradient;
  const names = Object.keys(node.inputs).filter((name) => wanted.has(node.inputs[name]!.id));
  const results = tf.tidy(() => {
    const byName = gradient(dys);
    // A clone costs nothing, and makes each gradient an owner of its own even where an op passes dy on.
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
