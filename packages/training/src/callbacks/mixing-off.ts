import type { Callback } from '../loop/index.ts';

/** Ends MixUp and CutMix so many epochs before the end: the last ones then see images as they are. */
export function mixingOff({ lastEpochs }: { readonly lastEpochs: number }): Callback {
  return {
    name: 'mixing-off',
    on: {
      'epoch-start': ({ epoch }, { epochs }) => (epoch >= epochs - lastEpochs ? 'stop-mixing' : undefined),
    },
  };
}
