import type { Callback } from '../loop/index.ts';

/** Ends a run after so many minutes of training, those of before a resume included: it saves, and can go on later. */
export function timeLimit({ minutes }: { readonly minutes: number }): Callback {
  return {
    name: 'time-limit',
    on: { step: (_, { seconds }) => (seconds >= minutes * 60 ? 'stop' : undefined) },
  };
}
