import * as tf from '@tensorflow/tfjs-core';

/** Losses of a step, read one step after they were computed: then nothing has to wait for the device. */
export class LateLosses {
  #waiting: { step: number; names: readonly string[]; values: tf.Tensor } | undefined;
  readonly #tell: (step: number, losses: Readonly<Record<string, number>>) => void;

  constructor(tell: (step: number, losses: Readonly<Record<string, number>>) => void) {
    this.#tell = tell;
  }

  /** Takes scalars over; tells of those before. */
  push(step: number, losses: Readonly<Record<string, tf.Scalar>>): void {
    const scalars = Object.values(losses);
    // Together, since each read is a wait.
    const values = tf.tidy(() => tf.stack(scalars));
    tf.dispose(scalars);
    const before = this.#waiting;
    this.#waiting = { step, names: Object.keys(losses), values };
    this.#read(before);
  }

  /** Tells of what is still waiting. */
  flush(): void {
    const before = this.#waiting;
    this.#waiting = undefined;
    this.#read(before);
  }

  dispose(): void {
    this.#waiting?.values.dispose();
    this.#waiting = undefined;
  }

  #read(waiting: { step: number; names: readonly string[]; values: tf.Tensor } | undefined): void {
    if (waiting === undefined) return;
    const values = waiting.values.dataSync();
    waiting.values.dispose();
    this.#tell(waiting.step, Object.fromEntries(waiting.names.map((name, i) => [name, values[i]!])));
  }
}
