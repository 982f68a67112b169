import { type AnyModule, loadStateDict, recompute, stateDict } from '@podium/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { TrainingBatch } from '../batches/index.ts';
import {
  createOptimizer,
  type GroupOptions,
  type Optimizer,
  type OptimizerOptions,
  parameterGroups,
} from '../optimizers/index.ts';
import type { Schedule } from '../schedules/index.ts';
import { type RefreshOptions, refreshStatistics, type WeightAverage } from '../weights-averaging/index.ts';
import { freezeState, loadFreezeState } from './freeze-state.ts';
import type { LearnerState } from './learner-state.ts';
import { backwardLosses, type Losses } from './losses.ts';
import { scaleGroups } from './scale-groups.ts';
import type { StepHookEvent, StepHooks } from './step-hooks.ts';

/** A running average of the weights, and when it is updated. */
export interface AverageSettings {
  /** See `createAverage`. The caller disposes of it. */
  readonly weights: WeightAverage;
  /** Default: the kind's own; EMA after each step, SWA after each epoch. */
  readonly by?: 'step' | 'epoch';
  /** First epoch, from 0. Default 0. */
  readonly from?: number;
  /**
   * Batches to recompute the running statistics of the averaged weights on, before each validation: SWA needs it, EMA does
   * not.
   */
  readonly refreshStatistics?: () => AsyncIterable<TrainingBatch>;
}

/** A model, and everything that changes its weights. */
export interface LearnerSettings {
  readonly model: AnyModule;
  readonly optimizer: OptimizerOptions;
  readonly groups?: GroupOptions;
  /** Default: the optimizer's learning rate throughout. */
  readonly schedule?: Schedule;
  /** What the schedule counts. Default `step`: optimizer steps. */
  readonly scheduleBy?: 'step' | 'epoch';
  /** Maximum norm of all gradients together; above it they are scaled down. */
  readonly clipNorm?: number;
  /** Maximum absolute value of a gradient. */
  readonly clipValue?: number;
  readonly average?: AverageSettings;
  /**
   * Freezes and unfreezes parts of the model before each epoch, and returns factors of the learning rate by parameter path;
   * others keep 1. `share` is the part of the run that is done, in [0,1).
   */
  readonly plan?: (share: number) => ReadonlyMap<string, number>;
  /**
   * Trades about a third more time for less memory: what these modules compute is discarded and recomputed in the backward
   * pass, to the same bits. `true` for the network's repeated blocks, or globs of module paths; see `recompute` of
   * `@podium/nn`. Default: nothing.
   */
  readonly recompute?: boolean | string | readonly string[];
}

/** Where a step is in the run. */
export interface StepPosition {
  /** Optimizer steps done before it. */
  readonly step: number;
  readonly epoch: number;
  /** Batches whose gradients were added up. */
  readonly batches: number;
}

/** A model that a task trains: gradients, optimizer steps, schedule, average, what is frozen, and its state. */
export class Learner {
  readonly name: string;
  readonly model: AnyModule;
  readonly optimizer: Optimizer;
  readonly settings: LearnerSettings;
  /** Set by the training loop. */
  hooks: StepHooks = {};
  #rates: ReadonlyMap<string, number> | undefined;
  readonly #stopRecomputing: () => void;

  /** @param name lowercase letters; unique within a task */
  constructor(name: string, settings: LearnerSettings) {
    const { model, optimizer, groups, recompute: paths = false } = settings;
    this.name = name;
    this.model = model;
    this.settings = settings;
    model.train();
    this.optimizer = createOptimizer(optimizer, parameterGroups(model, groups));
    this.#stopRecomputing = paths === false ? () => {} : recompute(model, paths === true ? undefined : paths);
  }

  /** Before the first step of a new run. */
  start(): void {
    const weights = this.settings.average?.weights;
    if (weights?.includesInitial && weights.updates === 0) weights.update(this.model, 0);
  }

  /** @param share part of the run that is done, in [0,1) */
  startEpoch(share: number): void {
    const { plan } = this.settings;
    if (plan !== undefined) this.#scaleRates(plan(share));
    this.model.train();
  }

  /**
   * Forward and backward pass: adds gradients to those that the parameters hold, until {@link step}.
   * @returns the losses, which the caller disposes of
   */
  backward(loss: () => Losses): Losses {
    const { beforeForward, afterForward, afterBackward } = this.hooks;
    beforeForward?.(this.#event());
    const losses = backwardLosses(
      loss,
      afterForward && ((forward) => afterForward({ ...this.#event(), losses: forward })),
    );
    afterBackward?.(this.#event());
    return losses;
  }

  /**
   * One optimizer step by the gradients added up so far, at the scheduled learning rate. Gradients are zero afterwards.
   * @returns the norm of all gradients before clipping; the caller disposes of it
   */
  step(position: StepPosition): tf.Scalar {
    this.#setLearningRate(position);
    this.hooks.beforeStep?.(this.#event());
    const norm = optimizerStep(this.optimizer, position.batches, this.settings);
    this.hooks.afterStep?.(this.#event());
    return norm;
  }

  /** Updates the average, if it is due after a `step` or an `epoch`. @param step steps done */
  updateAverage(after: 'step' | 'epoch', step: number, epoch: number): void {
    const { average } = this.settings;
    if (average === undefined || epoch < (average.from ?? 0)) return;
    if ((average.by ?? average.weights.by) === after) average.weights.update(this.model, step);
  }

  /** Runs `f` with the average in the model, its statistics refreshed; without an average, on the model as it is. */
  async withAverage<T>(f: () => Promise<T>, options: RefreshOptions): Promise<T> {
    const { average } = this.settings;
    if (average === undefined || average.weights.updates === 0) return await f();
    average.weights.swapIn(this.model);
    try {
      const batches = average.refreshStatistics?.();
      if (batches !== undefined) await refreshStatistics(this.model, batches, options);
      return await f();
    } finally {
      average.weights.swapOut(this.model);
    }
  }

  /** For a checkpoint. */
  state(): LearnerState {
    const { average, schedule } = this.settings;
    return {
      weights: stateDict(this.model),
      optimizer: this.optimizer.state(),
      ...(average !== undefined && { average: average.weights.state() }),
      ...(schedule !== undefined && { schedule: schedule.state() }),
      freeze: freezeState(this.model),
      ...(this.#rates !== undefined && { rates: Object.fromEntries(this.#rates) }),
    };
  }

  /** @throws PodiumError naming what does not fit */
  loadState(state: LearnerState): void {
    const { average, schedule } = this.settings;
    loadStateDict(this.model, state.weights);
    loadFreezeState(this.model, state.freeze);
    this.#scaleRates(state.rates === undefined ? undefined : new Map(Object.entries(state.rates)));
    this.optimizer.loadState(state.optimizer);
    if (state.average !== undefined) average?.weights.loadState(state.average, this.model);
    if (state.schedule !== undefined) schedule?.loadState(state.schedule);
  }

  /** What a resumed run is compared by. Functions cannot be compared; whether they are given can. */
  config(): Readonly<Record<string, unknown>> {
    const { optimizer, groups, schedule, scheduleBy, average, plan, clipNorm, clipValue } = this.settings;
    return {
      optimizer,
      groups,
      schedule: schedule && { name: schedule.name, ...schedule.settings },
      scheduleBy,
      average: average && { name: average.weights.name, by: average.by, from: average.from },
      plan: plan && 'given',
      clipNorm,
      clipValue,
    };
  }

  /** Frees the optimizer. The model and the average are the caller's. */
  dispose(): void {
    this.#stopRecomputing();
    this.optimizer.zeroGrad();
    this.optimizer.dispose();
  }

  #setLearningRate({ step, epoch }: StepPosition): void {
    const { schedule, scheduleBy = 'step', optimizer } = this.settings;
    const rate =
      schedule === undefined ? optimizer.learningRate : schedule.at(scheduleBy === 'step' ? step : epoch);
    if (rate !== undefined) this.optimizer.learningRate = rate;
  }

  #scaleRates(rates: ReadonlyMap<string, number> | undefined): void {
    const groups = parameterGroups(this.model, this.settings.groups);
    this.#rates = rates;
    this.optimizer.setGroups(rates === undefined ? groups : scaleGroups(groups, rates));
  }

  #event(): StepHookEvent {
    return { learner: this.name, model: this.model, optimizer: this.optimizer };
  }
}

/**
 * One optimizer step by gradients added up over `batches` batches; sets them to zero.
 * @returns their norm, which the caller disposes of
 */
export function optimizerStep(
  optimizer: Optimizer,
  batches: number,
  { clipNorm, clipValue }: Pick<LearnerSettings, 'clipNorm' | 'clipValue'>,
): tf.Scalar {
  const { gradientNorm } = optimizer.step({
    clipNorm,
    clipValue,
    ...(batches !== 1 && { gradientScale: 1 / batches }),
    measureNorm: true,
  });
  optimizer.zeroGrad();
  return gradientNorm!;
}
