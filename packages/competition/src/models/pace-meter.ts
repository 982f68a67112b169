import type { Callback } from '@podium/training';

/** How fast a training goes, its start aside. */
export interface Pace {
  /** Of steps, per image. */
  readonly secondsPerImage: number;
  /** Of what follows the last step of an epoch: validation, a checkpoint. */
  readonly secondsPerEpochEnd: number;
}

/** Measures a training's pace from its second epoch on: the first one has one-time work. */
export class PaceMeter {
  readonly callback: Callback;
  #images = 0;
  #stepSeconds = 0;
  #endSeconds = 0;
  #ends = 0;

  constructor() {
    let [since, isFirst] = [performance.now(), true];
    const passed = (): number => {
      const before = since;
      since = performance.now();
      return (since - before) / 1000;
    };
    this.callback = {
      name: 'pace',
      on: {
        'epoch-start': ({ epoch }) => {
          isFirst = epoch === 0;
          passed();
          return undefined;
        },
        step: ({ images }) => {
          const seconds = passed();
          if (isFirst) return undefined;
          this.#images += images;
          this.#stepSeconds += seconds;
          return undefined;
        },
        'epoch-end': () => {
          const seconds = passed();
          if (isFirst) return undefined;
          this.#endSeconds += seconds;
          this.#ends++;
          return undefined;
        },
      },
    };
  }

  measured(): Pace {
    return {
      secondsPerImage: this.#stepSeconds / Math.max(this.#images, 1),
      secondsPerEpochEnd: this.#endSeconds / Math.max(this.#ends, 1),
    };
  }
}
