import { Predictions, type Rng } from '@podium/core';
import { createLoader, type LoaderState, sequential, shuffled } from '@podium/dataset';
import { createHeadsLoss, createSchedule, createTrainer, evaluate } from '@podium/training';
import { digitNet } from '../digits/net.ts';
import { type DigitRecipe, NORMALIZATION } from '../digits/recipe.ts';
import type { DigitSet } from '../digits/train.ts';
import { say } from '../experiment.ts';

/** Out-of-fold probabilities `[N,K]`, in the rows' order. */
export async function outOfFold(
  set: DigitSet,
  rows: DigitSet['train'],
  recipe: DigitRecipe,
  { folds, rng }: { readonly folds: number; readonly rng: Rng },
): Promise<Predictions> {
  const order = [...rng.split('folds').permutation(rows.length)];
  const parts: Predictions[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const held = order.filter((_, i) => i % folds === fold).map((i) => rows[i]!);
    const train = order.filter((_, i) => i % folds !== fold).map((i) => rows[i]!);
    parts.push(await trainAndPredict(set, train, held, recipe, rng.split('train', fold).int(2 ** 31)));
    say(`fold ${fold + 1} of ${folds}`);
  }
  return Predictions.concat(parts).align(rows.map(({ id }) => id));
}

async function trainAndPredict(
  set: DigitSet,
  train: DigitSet['train'],
  held: DigitSet['train'],
  { epochs, batchSize, learningRate, weightDecay, dropout }: DigitRecipe,
  seed: number,
): Promise<Predictions> {
  const { root, heads } = set;
  const [head] = heads as [DigitSet['heads'][number]];
  const common = {
    root,
    heads,
    seed,
    workers: 1,
    imageSize: [28, 28],
    decode: { mode: 'gray' },
  } as const;
  const { name, classes } = head;
  const model = digitNet(seed, { dropout });
  const loss = createHeadsLoss([{ name, classes: classes.length, loss: { name: 'cross-entropy' } }]);
  const totalSteps = epochs * Math.floor(train.length / batchSize);
  await createTrainer({
    model,
    loss,
    epochs,
    seed,
    normalization: NORMALIZATION,
    optimizer: { name: 'adamw', learningRate, weightDecay },
    schedule: createSchedule({ name: 'one-cycle', learningRate, totalSteps }),
    batches: (state) =>
      createLoader({
        ...common,
        rows: train,
        batchSize,
        epochs,
        sampler: shuffled(),
        dropLast: true,
        state: state as LoaderState,
      }),
  }).fit();
  const batches = createLoader({ ...common, rows: held, batchSize: 500, sampler: sequential() });
  const { predictions } = await evaluate({ model, loss, normalization: NORMALIZATION }, batches, {
    [name]: classes,
  });
  model.dispose();
  return predictions[name]!.softmax();
}
