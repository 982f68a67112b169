import { PodiumError, Rng } from '@podium/core';
import { type Precision, precision, withPrecision } from '@podium/engine';
import type { AnyModule } from '@podium/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { RunProgress } from './definition.ts';
import { LateLosses } from './late-losses.ts';
import type { LearnerSettings, Losses } from './learner.ts';
import { type Part, putState, type RunState, takeState } from './run-state.ts';

/** What happens in a run. A step is told one step late, so that the device need not be waited for. */
export type RunEvent =
  | {
      readonly type: 'step';
      /** From 1. */
      readonly step: number;
      readonly losses: Readonly<Record<string, number>>;
    }
  | { readonly type: 'evaluation'; readonly step: number; readonly metrics: Readonly<Record<string, number>> }
  | { readonly type: 'saved'; readonly step: number }
  | { readonly type: 'end'; readonly reason: 'done' | 'signal'; readonly step: number };

/** What every run is told, whatever it learns. */
export interface RunSettings<Batch> {
  readonly steps: number;
  /** Of dropout and of sampled labels; batches have their own. */
  readonly seed: string | number;
  /**
   * The batches from a step on, counted from 0. The same step must always get the same batch, or a resumed run is another
   * run.
   */
  batches(from: number): Iterable<Batch> | AsyncIterable<Batch>;
  /** Of convolutions and matrix products; losses are float32 in any case. Default: the engine's. */
  readonly precision?: Precision;
  /** Runs every so many steps, and after the last. */
  readonly evaluate?: {
    readonly every: number;
    run(
      model: AnyModule,
      step: number,
    ): Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
  };
  /** Ends the run after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
  /** Called every so many steps, and at the end. */
  readonly checkpoint?: { readonly every: number; save(state: RunState): void | Promise<void> };
  /** Goes on from there, to the bits that the run would have had unbroken (with a deterministic engine). */
  readonly resume?: RunState;
}

export interface Evaluated {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

export interface RunResult {
  readonly reason: 'done' | 'signal';
  /** Steps done, those of before a resume included. */
  readonly steps: number;
  /** Evaluations of this run; of before a resume the caller has them. */
  readonly history: readonly Evaluated[];
}

interface Inner<Batch> {
  readonly method: string;
  readonly learners: readonly LearnerSettings[];
  /** Those that run in training mode; an evaluation may have left them otherwise. */
  readonly models: readonly AnyModule[];
  readonly parts: ReadonlyMap<string, Part>;
  /** The model to evaluate. */
  readonly model: AnyModule;
  step(batch: Batch, progress: RunProgress): Losses;
}

/** The loop that semi-supervised training and pretraining share. */
export async function runSteps<Batch>(
  settings: RunSettings<Batch>,
  { method, learners, models, parts, model, step: takeStep }: Inner<Batch>,
): Promise<RunResult> {
  checkSettings(settings);
  const { steps, seed, evaluate, signal, checkpoint, resume } = settings;
  const rng = Rng.fromSeed(seed);
  const identity = { method, seed, steps };
  let done = resume === undefined ? 0 : putState(parts, identity, resume);
  let savedAt = done;
  const tell = (event: RunEvent) => settings.onEvent?.(event);
  const history: Evaluated[] = [];
  const late = new LateLosses((step, losses) => {
    const odd = Object.entries(losses).find(([, value]) => !Number.isFinite(value));
    if (odd !== undefined) throw notFinite(step, odd);
    tell({ type: 'step', step, losses });
  });
  const save = async () => {
    if (checkpoint === undefined || savedAt === done) return;
    // A loss that is no number must be found before its weights are saved.
    late.flush();
    await checkpoint.save(takeState(parts, identity, done));
    savedAt = done;
    tell({ type: 'saved', step: done });
  };
  const train = () => {
    for (const each of models) each.train();
  };

  let reason: RunResult['reason'] = 'done';
  try {
    train();
    if (done < steps) {
      for await (const batch of settings.batches(done)) {
        if (signal?.aborted === true) {
          reason = 'signal';
          break;
        }
        for (const { optimizer, schedule } of learners) {
          if (schedule !== undefined) optimizer.learningRate = schedule.at(done);
        }
        const progress = { step: done, steps, part: done / steps, rng: rng.split('step', done) };
        const losses = tf.tidy(
          () =>
            withPrecision(settings.precision ?? precision(), () =>
              takeStep(batch, progress),
            ) as tf.TensorContainerObject,
        ) as unknown as Losses;
        done++;
        late.push(done, losses);
        if (evaluate !== undefined && (done % evaluate.every === 0 || done === steps)) {
          late.flush();
          const metrics = await evaluate.run(model, done);
          train();
          history.push({ step: done, metrics });
          tell({ type: 'evaluation', step: done, metrics });
        }
        if (checkpoint !== undefined && done % checkpoint.every === 0) await save();
        if (done >= steps) break;
      }
      if (done < steps && reason === 'done') throw endedEarly(done, steps);
    }
    late.flush();
    await save();
  } finally {
    late.dispose();
  }
  tell({ type: 'end', reason, step: done });
  return { reason, steps: done, history };
}

function checkSettings(settings: Pick<RunSettings<unknown>, 'steps' | 'evaluate' | 'checkpoint'>): void {
  for (const [key, value] of [
    ['steps', settings.steps],
    ['evaluate.every', settings.evaluate?.every],
    ['checkpoint.every', settings.checkpoint?.every],
  ] as const) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new PodiumError({
      code: 'online-setting',
      path: { key },
      expected: 'a whole number above 0',
      got: String(value),
    });
  }
}

function notFinite(step: number, [name, value]: [string, number]): PodiumError {
  return new PodiumError({
    code: 'online-not-finite',
    message: `step ${step} went beyond finite numbers: the loss "${name}" is ${value}`,
    fix: 'try a learning rate ten times lower, a warm-up, clipNorm: 1, or float32; and check that the images are finite',
  });
}

function endedEarly(done: number, steps: number): PodiumError {
  return new PodiumError({
    code: 'online-batches-ended',
    message: 'the batches ended before the run',
    expected: `${steps} batches`,
    got: `${done}`,
    fix: 'go through the images as often as the steps need',
  });
}
