import { PodiumError } from '@podium/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Losses } from '../learner/index.ts';
import { DeferredScalars } from './deferred-scalars.ts';
import type { TrainingEvents } from './events.ts';

type StepEvent = TrainingEvents['step'];
type StepFacts = Omit<StepEvent, 'loss' | 'losses' | 'gradientNorm'>;

interface Pending {
  readonly facts: StepFacts;
  /** Names of the parts of each batch's losses. */
  readonly parts: readonly (readonly string[])[];
}

/** Losses and gradient norms of steps, read one step late. */
export class StepLog {
  readonly #deferred: DeferredScalars<Pending>;
  #read: StepEvent[] = [];

  /** @param onStep receives each step in order, as soon as it is read */
  constructor(onStep: (event: StepEvent) => void) {
    this.#deferred = new DeferredScalars(({ facts, parts }, values) => {
      const event = { ...facts, ...averageLosses(parts, values), gradientNorm: values.at(-1)! };
      onStep(event);
      this.#read.push(event);
    });
  }

  /** Takes over the losses of the step's batches, and its gradient norm. */
  push(facts: StepFacts, losses: readonly Losses[], gradientNorm: tf.Scalar): void {
    this.#deferred.push({ facts, parts: losses.map(({ parts }) => Object.keys(parts)) }, [
      ...losses.flatMap(({ total, parts }) => [total, ...Object.values(parts)]),
      gradientNorm,
    ]);
  }

  /** Waits for the device, so that all steps so far are read. */
  flush(): void {
    this.#deferred.flush();
  }

  /** The steps read since the last call. */
  take(): StepEvent[] {
    return this.#read.splice(0);
  }

  dispose(): void {
    this.#deferred.dispose();
  }
}

/** Means over the batches of a step. A part that some batches lack is averaged over the others. */
function averageLosses(
  parts: readonly (readonly string[])[],
  values: readonly number[],
): Pick<StepEvent, 'loss' | 'losses'> {
  const sums = new Map<string, { sum: number; count: number }>();
  let total = 0;
  let at = 0;
  for (const names of parts) {
    total += values[at++]!;
    for (const name of names) {
      const entry = sums.get(name) ?? { sum: 0, count: 0 };
      entry.sum += values[at++]!;
      entry.count++;
      sums.set(name, entry);
    }
  }
  return {
    loss: total / parts.length,
    losses: Object.fromEntries(Array.from(sums, ([name, { sum, count }]) => [name, sum / count])),
  };
}

/** @throws PodiumError `training-not-finite` if a number of the step is not finite */
export function assertFinite(event: StepEvent, checkpoint: string | undefined): void {
  const { step, epoch, loss, losses, learningRate, gradientNorm } = event;
  const part = Object.entries(losses).find(([, value]) => !Number.isFinite(value));
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm) && part === undefined) return;
  const saved =
    checkpoint === undefined ? 'No checkpoint was written' : `The last good checkpoint is ${checkpoint}`;
  throw new PodiumError({
    code: 'training-not-finite',
    message:
      `step ${step} (epoch ${epoch}) went beyond finite numbers: loss ${loss}, gradient norm ${gradientNorm}, ` +
      `learning rate ${learningRate}${part === undefined ? '' : `, ${part[0]} ${part[1]}`}`,
    fix:
      'try a learning rate ten times lower, a warmup, clipping by norm (clipNorm: 1), or float32; and check that the ' +
      `inputs are finite. ${saved}`,
  });
}
