import { Learner } from '../learner/index.ts';
import { validate } from './evaluate.ts';
import { supervisedLosses } from './supervised-step.ts';
import type { TrainingTask } from './task.ts';
import type { TrainerSettings } from './trainer-settings.ts';

/** Trains a model on labeled images: the loss of each batch, one optimizer step for several. */
export function supervisedTask(settings: TrainerSettings): TrainingTask {
  const { model, loss, mixer, normalization, precision, validation, seed } = settings;
  const learner = new Learner('model', settings);
  return {
    name: 'supervised',
    learners: [learner],
    model,
    images: ({ shape }) => shape[0],
    addGradients: (batch, { rng, batch: number, mixing }) =>
      supervisedLosses(
        { model, loss, normalization, precision, mixer: mixing ? mixer : undefined },
        batch,
        rng.split('batch', number),
        (forward) => learner.backward(forward),
      ),
    step: (position) => learner.step(position),
    validate: async () =>
      validation === undefined
        ? {}
        : await learner.withAverage(() => validate(settings, validation), { normalization, seed }),
    config: () => ({
      heads: loss.heads,
      ...learner.config(),
      mixer: mixer && 'given',
      normalization,
      precision,
    }),
    dispose: () => learner.dispose(),
  };
}
