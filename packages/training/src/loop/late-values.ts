import * as tf from '@tensorflow/tfjs-core';

/**
 * Values that the device computes and that somebody wants to hear of, read one step after they were asked for: then the
 * next step is on its way and nothing has to wait.
 */
export class LateValues<About> {
  #waiting: { about: About; values: tf.Tensor } | undefined;
  readonly #take: (about: About, values: readonly number[]) => void;

  /** @param take hears of one step's scalars, in order */
  constructor(take: (about: About, values: readonly number[]) => void) {
    this.#take = take;
  }

  /** Takes scalars over; tells of those before. */
  push(about: About, tensors: readonly tf.Tensor[]): void {
    const before = this.#waiting;
    // Together, since each read is a wait.
    this.#waiting = { about, values: tf.tidy(() => tf.stack([...tensors])) };
    tf.dispose([...tensors]);
    read(before, this.#take);
  }

  /** Tells of what is still waiting. */
  flush(): void {
    const before = this.#waiting;
    this.#waiting = undefined;
    read(before, this.#take);
  }

  dispose(): void {
    this.#waiting?.values.dispose();
    this.#waiting = undefined;
  }
}

function read<About>(
  waiting: { about: About; values: tf.Tensor } | undefined,
  take: (about: About, values: readonly number[]) => void,
): void {
  if (waiting === undefined) return;
  const values = Array.from(waiting.values.dataSync());
  waiting.values.dispose();
  take(waiting.about, values);
}
