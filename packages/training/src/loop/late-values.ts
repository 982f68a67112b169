import type * as tf from '@tensorflow/tfjs-core';

/**
 * Values that the device computes and that somebody wants to hear of, read one step after they were asked for: then the
 * next step is on its way and nothing has to wait.
 */
export class LateValues<About> {
  #waiting: { about: About; tensors: readonly tf.Tensor[] } | undefined;
  readonly #take: (about: About, values: readonly number[]) => void;

  /** @param take hears of one step's scalars, in order */
  constructor(take: (about: About, values: readonly number[]) => void) {
    this.#take = take;
  }

  /** Hands over scalars, which are disposed of when they have been read; tells of those before. */
  push(about: About, tensors: readonly tf.Tensor[]): void {
    const before = this.#waiting;
    this.#waiting = { about, tensors };
    read(before, this.#take);
  }

  /** Tells of what is still waiting. */
  flush(): void {
    const before = this.#waiting;
    this.#waiting = undefined;
    read(before, this.#take);
  }

  dispose(): void {
    for (const tensor of this.#waiting?.tensors ?? []) tensor.dispose();
    this.#waiting = undefined;
  }
}

function read<About>(
  waiting: { about: About; tensors: readonly tf.Tensor[] } | undefined,
  take: (about: About, values: readonly number[]) => void,
): void {
  if (waiting === undefined) return;
  const values = waiting.tensors.map((tensor) => tensor.dataSync()[0] as number);
  for (const tensor of waiting.tensors) tensor.dispose();
  take(waiting.about, values);
}
