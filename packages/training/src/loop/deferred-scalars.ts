import * as tf from '@tensorflow/tfjs-core';

interface Pending<About> {
  readonly about: About;
  readonly values: tf.Tensor;
}

/** Scalars of a step that are read one step later, so that the next step is already running and nothing waits. */
export class DeferredScalars<About> {
  #pending: Pending<About> | undefined;
  readonly #onRead: (about: About, values: readonly number[]) => void;

  /** @param onRead receives the scalars of one step, in order */
  constructor(onRead: (about: About, values: readonly number[]) => void) {
    this.#onRead = onRead;
  }

  /** Takes over scalars; reads those of the previous step. */
  push(about: About, tensors: readonly tf.Tensor[]): void {
    const previous = this.#pending;
    // Stacked, since each read waits for the device.
    this.#pending = { about, values: tf.tidy(() => tf.stack([...tensors])) };
    tf.dispose([...tensors]);
    this.#read(previous);
  }

  /** Reads what is pending. */
  flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#read(pending);
  }

  dispose(): void {
    this.#pending?.values.dispose();
    this.#pending = undefined;
  }

  #read(pending: Pending<About> | undefined): void {
    if (pending === undefined) return;
    const values = Array.from(pending.values.dataSync());
    pending.values.dispose();
    this.#onRead(pending.about, values);
  }
}
