import { Rng } from '@podium/core';
import {
  type AnyModule,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  fromTorch,
  Linear,
  manualSeed,
  ReLU,
  Sequential,
  type StateTensor,
  toTorch,
} from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSet, StepOptimizer } from '../src/online/index.ts';

export const CLASSES = 3;
const SIDE = 4;

/** Images of noise with one bright column: the class. */
export function pictures(seed: string, count: number): ImageSet & { readonly targets: Int32Array } {
  const rng = Rng.fromSeed(seed);
  const images = new Uint8Array(count * SIDE * SIDE);
  const targets = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  for (let at = 0; at < images.length; at++) {
    const label = targets[Math.floor(at / (SIDE * SIDE))]!;
    images[at] = rng.int(120) + (at % SIDE === label ? 110 : 0);
  }
  return { images, shape: [count, SIDE, SIDE, 1], targets };
}

/** With everything that has a state or a random part: batch norm and dropout. */
export function net(seed: number, outputs: number = CLASSES): AnyModule {
  manualSeed(seed);
  return new Sequential({
    conv: new Conv2d(1, 6, 3, { padding: 1, bias: false }),
    norm: new BatchNorm2d(6, { activation: 'relu' }),
    flatten: new Flatten(),
    drop: new Dropout(0.2),
    hidden: new Linear(6 * SIDE * SIDE, 12),
    relu: new ReLU(),
    out: new Linear(12, outputs),
  }) as unknown as AnyModule;
}

/** Stochastic gradient descent with momentum, as `torch.optim.SGD`. */
export class Sgd implements StepOptimizer {
  learningRate: number;
  readonly #model: AnyModule;
  readonly #momentum: number;
  readonly #slots = new Map<string, tf.Tensor>();

  constructor(model: AnyModule, learningRate: number, momentum = 0) {
    this.#model = model;
    this.learningRate = learningRate;
    this.#momentum = momentum;
  }

  step(): void {
    for (const [path, parameter] of this.#model.namedParameters()) {
      const { grad } = parameter;
      if (grad === null) continue;
      tf.tidy(() => {
        const before = this.#slots.get(path);
        const moved = before === undefined ? tf.clone(grad) : tf.add(tf.mul(before, this.#momentum), grad);
        parameter.data = tf.sub(parameter.variable, tf.mul(moved, this.learningRate));
        before?.dispose();
        this.#slots.set(path, tf.keep(moved));
      });
    }
  }

  zeroGrad(): void {
    this.#model.zeroGrad();
  }

  state(): { tensors: Map<string, StateTensor>; numbers: unknown } {
    const parameters = new Map(this.#model.namedParameters());
    const tensors = new Map<string, StateTensor>();
    for (const [path, slot] of this.#slots) {
      const { layout, shape } = parameters.get(path)!;
      const data = tf.tidy(() => toTorch(slot, layout, shape).dataSync()) as Float32Array;
      tensors.set(path, { dtype: 'float32', shape, data });
    }
    return { tensors, numbers: {} };
  }

  loadState({ tensors }: { readonly tensors: ReadonlyMap<string, StateTensor> }): void {
    this.dispose();
    const parameters = new Map(this.#model.namedParameters());
    for (const [path, { data, shape }] of tensors) {
      const { layout, groups } = parameters.get(path)!;
      const slot = tf.tidy(() =>
        tf.mul(fromTorch(tf.tensor(data as Float32Array, [...shape]), layout, groups), 1),
      );
      this.#slots.set(path, slot);
    }
  }

  dispose(): void {
    for (const slot of this.#slots.values()) slot.dispose();
    this.#slots.clear();
  }
}
