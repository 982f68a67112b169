import { Rng } from '@podium/core';
import { Dropout, DropPath } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingBatch } from '../../loop/index.ts';
import { accumulateGradients, optimizerStep } from '../../loop/train-step.ts';
import { leavingUntouched } from '../../loop/untouched.ts';
import { createOptimizer, parameterGroups } from '../../optimizers/index.ts';
import { type DoctorCheck, type DoctorSubject, ok, problem, warning } from '../check.ts';
import { firstBatch, short } from '../tools.ts';

const MOST_STEPS = 60;
/** Transformers need the first, small heads the second. */
const RATES = [5e-4, 5e-3] as const;
const IMAGES = 8;
/** What is left of the first loss where a batch has been learnt by heart. */
const LEARNT = 0.1;

/** A model that cannot learn eight images by heart cannot learn: data, loss and model do not fit together. */
export const overfitsOneBatch: DoctorCheck = {
  name: 'overfits-one-batch',
  title: 'the model learns a few images by heart',
  async run(subject) {
    const { model } = subject;
    const batch = await firstBatch(subject, IMAGES);
    const drops = model.modules().flatMap((module) => {
      const each: unknown = module;
      return each instanceof Dropout || each instanceof DropPath ? [each] : [];
    });
    const rates = drops.map(({ rate }) => rate);
    const frozen = model.parameters().some(({ requiresGrad }) => !requiresGrad);
    let found = { first: Number.NaN, loss: Number.NaN, steps: 0 };
    for (const learningRate of RATES) {
      const tried = await leavingUntouched(model, () => {
        for (const drop of drops) drop.rate = 0;
        try {
          return learn(subject, batch, learningRate);
        } finally {
          drops.forEach((drop, i) => {
            drop.rate = rates[i]!;
          });
        }
      });
      if (!(tried.loss > found.loss)) found = tried;
      if (hasLearnt(found)) break;
    }
    const evidence = `the loss of ${batch.shape[0]} images went from ${short(found.first)} to ${short(found.loss)} in ${found.steps} steps`;
    if (hasLearnt(found)) return ok(evidence);
    const advice =
      'look whether labels belong to the images, gradients reach all layers, and the loss gets raw logits';
    // Smoothed or soft labels have a floor, and a frozen backbone may not tell the images apart.
    if (found.loss < 0.5 * found.first || frozen) {
      return warning(`${evidence}${frozen ? ', with parts of the model frozen' : ''}`, advice);
    }
    return problem(evidence, advice);
  },
};

interface Learning {
  readonly first: number;
  readonly loss: number;
  readonly steps: number;
}

function hasLearnt({ first, loss }: Learning): boolean {
  return loss < LEARNT * first;
}

function learn(subject: DoctorSubject, batch: TrainingBatch, learningRate: number): Learning {
  const { model, seed } = subject;
  model.train();
  const optimizer = createOptimizer({ name: 'adam', learningRate }, parameterGroups(model));
  try {
    let first = Number.NaN;
    let loss = Number.NaN;
    let steps = 0;
    while (steps < MOST_STEPS) {
      const losses = accumulateGradients(subject, batch, Rng.fromSeed(seed).split('overfit', steps));
      loss = losses[0]!.dataSync()[0]!;
      tf.dispose([...losses, optimizerStep(optimizer, 1, { clipNorm: 1 })]);
      if (steps++ === 0) first = loss;
      if (!Number.isFinite(loss) || hasLearnt({ first, loss, steps })) break;
    }
    return { first, loss, steps };
  } finally {
    optimizer.dispose();
  }
}
